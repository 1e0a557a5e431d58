#include "projections/runtime/copy_text.hpp"

#include "projections/runtime/values.hpp"

#include <array>
#include <charconv>

namespace jangteo::projections {

namespace {

constexpr std::uint32_t uuid_type = values::column_type<events::Uuid>().oid;
constexpr std::uint32_t bigint_type = values::column_type<std::int64_t>().oid;
constexpr std::uint32_t integer_type = values::column_type<std::int32_t>().oid;
constexpr std::uint32_t boolean_type = values::column_type<bool>().oid;
constexpr std::uint32_t time_type = values::column_type<events::Timestamp>().oid;
constexpr std::uint32_t jsonb_type = values::column_type<events::Json>().oid;

void append_escaped(std::string& to, std::string_view text)
{
    std::size_t plain = 0;  // From where on nothing needs to be escaped.
    for (std::size_t at = 0; at < text.size(); ++at) {
        char escaped = 0;
        switch (text[at]) {
            case '\t': escaped = 't'; break;
            case '\n': escaped = 'n'; break;
            case '\r': escaped = 'r'; break;
            case '\\': escaped = '\\'; break;
            default: continue;
        }
        to.append(text.substr(plain, at - plain));
        to += '\\';
        to += escaped;
        plain = at + 1;
    }
    to.append(text.substr(plain));
}

void append_number(std::string& to, std::int64_t number)
{
    std::array<char, 24> digits;
    to.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_uuid(std::string& to, std::string_view bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    for (const char byte : bytes) {
        const auto bits = static_cast<unsigned char>(byte);
        to += digits[bits >> 4];
        to += digits[bits & 0xf];
    }
}

void append_text_of(std::string& to, const ColumnType& type, std::string_view bytes)
{
    switch (type.oid) {
        case uuid_type: append_uuid(to, bytes); break;
        case bigint_type: append_number(to, values::read_integer<std::int64_t>(bytes)); break;
        case integer_type: append_number(to, values::read_integer<std::int32_t>(bytes)); break;
        case boolean_type: to += values::read_integer<std::int8_t>(bytes) != 0 ? 't' : 'f'; break;
        case time_type: {
            events::Timestamp time;
            values::read_value(bytes, time);
            to += events::to_iso8601(time);
            break;
        }
        case jsonb_type: append_escaped(to, bytes.substr(1)); break;  // Without the version of its binary form.
        default: append_escaped(to, bytes);
    }
}

}  // namespace

void append_copy_lines(std::string& to, const TableDefinition& table, const RowImages& rows)
{
    to.reserve(to.size() + rows.bytes.size() + rows.bytes.size() / 2);
    std::string_view rest = rows.bytes;
    for (std::size_t row = 0; row < rows.count; ++row) {
        for (const auto& column : table.columns) {
            if (const auto value = next_value(rest)) {
                append_text_of(to, column.type, *value);
            } else {
                to += "\\N";
            }
            to += '\t';
        }
        to.back() = '\n';
    }
}

}  // namespace jangteo::projections
