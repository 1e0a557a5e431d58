#include "events/ids.hpp"

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

int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

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
    Uuid id{};
    std::size_t byte = 0;
    for (std::size_t i = 0; i < text_length;) {
        if (is_dash_position(i)) {
            if (text[i] != '-') return std::nullopt;
            ++i;
            continue;
        }
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        id.data[byte++] = static_cast<std::uint8_t>(high << 4 | low);
        i += 2;
    }
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
