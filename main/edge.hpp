// The edge from the program's settings.
#pragma once

#include "http-edge/server/server.hpp"
#include "main/config.hpp"

#include <string>

namespace jangteo {

/// Throws std::invalid_argument when no key is configured.
edge::TokenSettings token_settings(const Config& config);
edge::Config edge_config(const Config& config, kafka::Settings kafka);

/// What the edge takes and answers, as OpenAPI 3.1.
std::string openapi_document();

/// An access token for `jangteo token`. Throws std::invalid_argument for a user that is no UUID, or a role that is none.
std::string mint_token(const Config& config, const std::string& user, const std::string& role);

}  // namespace jangteo
