// The log: JSON lines, one object each (SH-LOG-01).
#pragma once

#include "infra/kafka/settings.hpp"

#include <string>
#include <string_view>

namespace jangteo {

/// Opens the log. `file` empty: standard error. Throws std::runtime_error when it cannot be written.
void open_log(const std::string& file, const std::string& level, const std::string& service);

void log(kafka::LogLevel level, std::string_view text);

}  // namespace jangteo
