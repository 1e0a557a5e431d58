#include "events/ids.hpp"

#include <array>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>

namespace jangteo::events {

// Initialized by the compiler, so that other files may name ids before `main`: 6ba7b811-9dad-11d1-80b4-00c04fd430c8.
constinit const Uuid url_namespace{
    {0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}};

namespace {

constexpr std::size_t text_length = 36;

bool is_dash_position(std::size_t position)
{
    return position == 8 || position == 13 || position == 18 || position == 23;
}

constexpr std::uint8_t no_digit = 0xff;

/// By a table: four ids stand in the headers of every record, and a rebuild reads millions of them.
constexpr auto hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (unsigned digit = 0; digit < 10; ++digit) values['0' + digit] = static_cast<std::uint8_t>(digit);
    for (unsigned digit = 0; digit < 6; ++digit) {
        values['a' + digit] = values['A' + digit] = static_cast<std::uint8_t>(10 + digit);
    }
    return values;
}();

/// Where in the text the two digits of each byte begin.
constexpr std::array<std::uint8_t, 16> digits_at{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

}  // namespace

std::string to_string(const Uuid& id)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(text_length);
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (is_dash_position(text.size())) text.push_back('-');
        text.push_back(digits[id.data[i] >> 4]);
        text.push_back(digits[id.data[i] & 0xf]);
    }
    return text;
}

std::optional<Uuid> parse_uuid(std::string_view text)
{
    if (text.size() != text_length) return std::nullopt;
    if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
    Uuid id{};
    unsigned wrong = 0;
    for (std::size_t byte = 0; byte < digits_at.size(); ++byte) {
        const auto high = hex_values[static_cast<unsigned char>(text[digits_at[byte]])];
        const auto low = hex_values[static_cast<unsigned char>(text[digits_at[byte] + 1U])];
        wrong |= static_cast<unsigned>(high | low) & 0xf0U;
        id.data[byte] = static_cast<std::uint8_t>(high << 4 | low);
    }
    if (wrong != 0) return std::nullopt;
    return id;
}

Uuid uuid_v5(const Uuid& name_space, std::string_view name)
{
    return boost::uuids::name_generator_sha1(name_space)(name.data(), name.size());
}

Uuid random_uuid()
{
    return boost::uuids::random_generator_pure()();
}

}  // namespace jangteo::events
