// What tokens are made of: base64url, and a MAC that nobody can make who does not have the key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jangteo::edge {

std::string base64url(std::string_view bytes);
/// Canonical only: no padding, and the unused bits of the last character are zero, so that a token has one spelling.
std::optional<std::string> from_base64url(std::string_view text);
std::string hmac_sha256(const std::string& secret, std::string_view text);
/// In the same time wherever they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace jangteo::edge
