// Texts on their way between gateways and the log: cut to what the other side takes, never in the middle of a character.
#pragma once

#include "consumers/payments/gateway.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace jangteo::consumers::payments {

/// To so many bytes of UTF-8.
std::string shortened(std::string text, std::size_t most_bytes);
/// So many characters of it, at most.
std::string first_characters(std::string_view text, std::size_t most);
/// A gateway's refusal as our messages can hold it.
Declined declined(std::string code, std::string message);

}  // namespace jangteo::consumers::payments
