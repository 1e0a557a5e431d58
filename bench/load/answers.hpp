// What an answer of the edge says.
#pragma once

#include "bench/load/http_connection.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace jangteo::bench {

bool is_success(const Answer& answer);
/// The error's code of a refusal; `HTTP 502` for an answer that is not the edge's.
std::string code_of(const Answer& answer);
/// For whoever reads the summary.
std::string described(const std::string& what, const Answer& answer);

/// Discarded when it is no JSON.
nlohmann::json parsed(const std::string& body);
/// What a success is about, `data`; null when the answer has none.
nlohmann::json data_of(const Answer& answer);

}  // namespace jangteo::bench
