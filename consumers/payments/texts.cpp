#include "consumers/payments/texts.hpp"

#include <algorithm>
#include <utility>

namespace jangteo::consumers::payments {

namespace {

constexpr std::size_t longest_code = 100;  ///< Of our messages; in bytes, as the next.
constexpr std::size_t longest_message = 500;

bool begins_character(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

}  // namespace

std::string shortened(std::string text, std::size_t most_bytes)
{
    if (text.size() <= most_bytes) return text;
    while (most_bytes > 0 && !begins_character(text[most_bytes])) --most_bytes;
    text.resize(most_bytes);
    return text;
}

std::string first_characters(std::string_view text, std::size_t most)
{
    std::size_t characters = 0;
    const auto* too_far =
        std::ranges::find_if(text, [&](char c) { return begins_character(c) && ++characters > most; });
    return {text.begin(), too_far};
}

Declined declined(std::string code, std::string message)
{
    return {shortened(std::move(code), longest_code), shortened(std::move(message), longest_message)};
}

}  // namespace jangteo::consumers::payments
