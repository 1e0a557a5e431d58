// `jangteo status`: asks a running Jangteo how it stands.
#pragma once

#include "main/config.hpp"

#include <ostream>

namespace jangteo {

/// By Kafka's own end offsets and owners, then by what the edge's /metrics say of themselves, and RabbitMQ's quarantines.
/// True: nothing needs anybody. `json`: an object a line for each partition that is read, then one with what needs
/// somebody.
bool show_status(const Config& config, bool json, std::ostream& out);

}  // namespace jangteo
