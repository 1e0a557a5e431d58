// `jangteo status`: asks a running Jangteo how it stands.
#pragma once

#include "main/config.hpp"

#include <ostream>

namespace jangteo {

/// By the edge's /metrics and RabbitMQ's quarantines. True: nothing needs anybody.
bool show_status(const Config& config, std::ostream& out);

}  // namespace jangteo
