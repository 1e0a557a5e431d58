// `jangteo reconcile`: opens the books of the gateways that are configured.
#pragma once

#include "main/config.hpp"
#include "ops/reconcile/reconcile.hpp"

#include <iosfwd>
#include <stop_token>
#include <string>

namespace jangteo {

/// `only`: of this gateway; empty: of all. The exit code: 0 nothing differs (any more), 1 something does, or a gateway does
/// not show its books. Throws std::invalid_argument for a gateway that there is none of.
int reconcile(const Config& config, const ops::reconcile::Settings& settings, const std::string& only,
              const std::stop_token& stop, std::ostream& out);

}  // namespace jangteo
