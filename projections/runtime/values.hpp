// Each C++ type a column may have: its PostgreSQL type and its value in PostgreSQL's binary form. Lists and structs are
// jsonb, with the names of their members in camelCase, as the API shows them. Only .cpp files include this.
#pragma once

#include "events/amounts.hpp"
#include "events/codec.hpp"
#include "events/ids.hpp"
#include "events/json_reader.hpp"
#include "events/time.hpp"
#include "projections/runtime/table.hpp"

#include <array>
#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace jangteo::projections::values {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_tuple = false;
template <class T, std::size_t n>
inline constexpr bool is_tuple<std::array<T, n>> = true;
template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<events::Id<Tag>> = true;
template <class T>
inline constexpr bool is_amount = false;
template <class Unit>
inline constexpr bool is_amount<events::Amount<Unit>> = true;
template <class T>
concept Enumeration = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept Struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public>;

template <class T, class See>
constexpr void each_member(See see)
{
    boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) { see(std::string_view(member.name), member.pointer); });
}

// --- JSON ---

/// `product_id` → `productId`
inline std::string camel_case(std::string_view name)
{
    std::string text;
    bool upper = false;
    for (const char c : name) {
        if (c == '_') {
            upper = true;
        } else {
            text += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            upper = false;
        }
    }
    return text;
}

template <class T>
void write_json(std::string& to, const T& from)
{
    if constexpr (is_list<T> || is_tuple<T>) {
        to += '[';
        for (bool first = true; const auto& item : from) {
            if (!std::exchange(first, false)) to += ',';
            write_json(to, item);
        }
        to += ']';
    } else if constexpr (Enumeration<T>) {
        events::append_json(to, std::string_view(boost::describe::enum_to_string(from, "")));
    } else if constexpr (Struct<T>) {
        to += '{';
        bool first = true;
        each_member<T>([&](std::string_view name, auto pointer) {
            const auto& member = from.*pointer;
            constexpr bool optional = is_optional<std::remove_cvref_t<decltype(member)>>;
            if constexpr (optional) {
                if (!member) return;
            }
            if (!std::exchange(first, false)) to += ',';
            events::append_json(to, std::string_view(camel_case(name)));
            to += ':';
            if constexpr (optional) {
                write_json(to, *member);
            } else {
                write_json(to, member);
            }
        });
        to += '}';
    } else {
        events::append_json(to, from);
    }
}

template <class T>
void read_json(const boost::json::value& value, const events::reading::Path& path, T& to)
{
    using events::reading::Path;
    if constexpr (is_list<T> || is_tuple<T>) {
        const auto* items = value.if_array();
        if (items == nullptr) path.fail("must be an array");
        if constexpr (is_list<T>) to.resize(items->size());
        if (items->size() != to.size()) path.fail("has another number of items");
        for (std::size_t i = 0; i < to.size(); ++i) read_json((*items)[i], Path{&path, {}, i}, to[i]);
    } else if constexpr (Enumeration<T>) {
        const std::string text(events::reading::read_choice(value, path));
        if (!boost::describe::enum_from_string(text.c_str(), to)) path.fail("is not one of the known values");
    } else if constexpr (Struct<T>) {
        const auto* object = value.if_object();
        if (object == nullptr) path.fail("must be an object");
        each_member<T>([&](std::string_view name, auto pointer) {
            auto& member = to.*pointer;
            const auto json_name = camel_case(name);
            const Path here{&path, json_name};
            const auto* found = object->if_contains(json_name);
            if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>) {
                member.reset();
                if (found != nullptr) read_json(*found, here, member.emplace());
            } else {
                if (found == nullptr) here.fail("is missing");
                read_json(*found, here, member);
            }
        });
    } else {
        events::reading::read(value, path, to, events::reading::Bounds{});
    }
}

/// So that `read_document` can be asked for any of these types.
template <class T>
struct Document {
    T& to;
};
template <class T>
void read(const boost::json::value& value, const events::reading::Path& path, Document<T>& document,
          events::reading::Bounds)
{
    read_json(value, path, document.to);
}

// --- PostgreSQL's binary form ---

/// PostgreSQL counts microseconds from here.
inline constexpr events::Timestamp postgres_epoch = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

template <class T>
constexpr ColumnType column_type()
{
    if constexpr (is_optional<T>) {
        return column_type<typename T::value_type>();
    } else if constexpr (is_id<T> || std::same_as<T, events::Uuid>) {
        return {"uuid", 2950};
    } else if constexpr (std::same_as<T, std::string> || Enumeration<T>) {
        return {"text", 25};
    } else if constexpr (std::same_as<T, std::int64_t> || is_amount<T>) {
        return {"bigint", 20};
    } else if constexpr (std::same_as<T, std::int32_t>) {
        return {"integer", 23};
    } else if constexpr (std::same_as<T, bool>) {
        return {"boolean", 16};
    } else if constexpr (std::same_as<T, events::Timestamp>) {
        return {"timestamptz", 1184};
    } else {
        static_assert(Struct<T> || is_list<T> || std::same_as<T, events::Json>, "no column may have this type");
        return {"jsonb", 3802};
    }
}

template <class Integer>
void append_integer(std::string& to, Integer number)
{
    auto bits = static_cast<std::make_unsigned_t<Integer>>(number);
    char bytes[sizeof bits];
    for (std::size_t i = sizeof bits; i-- > 0; bits = static_cast<decltype(bits)>(bits >> 8)) {
        bytes[i] = static_cast<char>(bits & 0xff);
    }
    to.append(bytes, sizeof bytes);
}

template <class Integer>
Integer read_integer(std::string_view bytes)
{
    if (bytes.size() != sizeof(Integer)) throw std::runtime_error("a value of another size than its column's type");
    std::make_unsigned_t<Integer> bits = 0;
    for (const char byte : bytes) bits = static_cast<decltype(bits)>(bits << 8 | static_cast<unsigned char>(byte));
    return static_cast<Integer>(bits);
}

/// The value without its length.
template <class T>
void append_value(std::string& to, const T& from)
{
    if constexpr (is_id<T>) {
        append_value(to, from.value);
    } else if constexpr (std::same_as<T, events::Uuid>) {
        to.append(reinterpret_cast<const char*>(from.data), from.size());
    } else if constexpr (std::same_as<T, std::string>) {
        to += from;
    } else if constexpr (Enumeration<T>) {
        to += boost::describe::enum_to_string(from, "");
    } else if constexpr (is_amount<T>) {
        append_integer(to, from.value);
    } else if constexpr (std::same_as<T, bool>) {
        to += from ? '\1' : '\0';
    } else if constexpr (std::integral<T>) {
        append_integer(to, from);
    } else if constexpr (std::same_as<T, events::Timestamp>) {
        append_integer<std::int64_t>(to, (from - postgres_epoch).count());
    } else {
        to += '\1';  // The version of jsonb's binary form.
        write_json(to, from);
    }
}

template <class T>
void read_value(std::string_view bytes, T& to)
{
    if constexpr (is_id<T>) {
        read_value(bytes, to.value);
    } else if constexpr (std::same_as<T, events::Uuid>) {
        if (bytes.size() != to.size()) throw std::runtime_error("a UUID of another size");
        std::memcpy(to.data, bytes.data(), bytes.size());
    } else if constexpr (std::same_as<T, std::string>) {
        to = bytes;
    } else if constexpr (Enumeration<T>) {
        if (!boost::describe::enum_from_string(std::string(bytes).c_str(), to)) {
            throw std::runtime_error("'" + std::string(bytes) + "' is none of the column's values");
        }
    } else if constexpr (is_amount<T>) {
        to.value = read_integer<std::int64_t>(bytes);
    } else if constexpr (std::same_as<T, bool>) {
        to = read_integer<std::int8_t>(bytes) != 0;
    } else if constexpr (std::integral<T>) {
        to = read_integer<T>(bytes);
    } else if constexpr (std::same_as<T, events::Timestamp>) {
        to = postgres_epoch + std::chrono::microseconds(read_integer<std::int64_t>(bytes));
    } else {
        Document<T> document{to};
        events::reading::read_document(bytes.substr(1), document);
    }
}

// --- Rows ---

template <class T>
void append_column(std::string& to, const T& from)
{
    if constexpr (is_optional<T>) {
        from ? append_column(to, *from) : append_big_endian(to, ~std::uint32_t{0});
    } else {
        const auto start = to.size();
        append_big_endian(to, 0);
        append_value(to, from);
        std::string length;
        append_big_endian(length, static_cast<std::uint32_t>(to.size() - start - 4));
        to.replace(start, 4, length);
    }
}

template <class T>
void read_column(std::string_view& image, T& to)
{
    const auto value = next_value(image);
    if constexpr (is_optional<T>) {
        to.reset();
        if (value) read_value(*value, to.emplace());
    } else {
        if (!value) throw std::runtime_error("null in a column that is never null");
        read_value(*value, to);
    }
}

template <class Row>
void append_row(std::string& to, const Row& row)
{
    each_member<Row>([&](std::string_view, auto pointer) { append_column(to, row.*pointer); });
}

template <class Row>
Row read_row(std::string_view image)
{
    Row row;
    each_member<Row>([&](std::string_view, auto pointer) { read_column(image, row.*pointer); });
    return row;
}

}  // namespace jangteo::projections::values
