// Digests as gateways want their requests signed: SHA-2, written in hexadecimal or base64.
#pragma once

#include <string>
#include <string_view>

namespace jangteo::crypto {

/// In small hexadecimal letters. Throws std::runtime_error when OpenSSL cannot, as the others.
std::string sha256_hex(std::string_view text);
std::string sha512_hex(std::string_view text);
/// With padding.
std::string sha512_base64(std::string_view text);

}  // namespace jangteo::crypto
