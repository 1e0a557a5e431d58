// What operators do is written down: who, why, when.
#pragma once

#include "infra/postgres/session.hpp"

#include <string>
#include <string_view>

namespace jangteo::ops {

struct Action {
    std::string who;
    std::string what;    ///< `retry`, `discard`, `skip`, `compensate`
    std::string target;  ///< For instance `read model orders, aggregate 3f0c…`
    std::string reason;
    std::string details = "{}";  ///< JSON: what was left out.
};

/// A part of `transaction`: it is written when that is.
void write_down(postgres::Transaction& transaction, const Action& action);

}  // namespace jangteo::ops
