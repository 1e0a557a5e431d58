// JSON of described structs (Boost.Describe): state of aggregates and saga instances in snapshots. It is written and
// read by us alone, so a member that is not there keeps its default and one that is not known is passed over: a newer
// program reads an older snapshot. Only .cpp files include this: Boost.JSON is heavy.
#pragma once

#include "events/codec.hpp"
#include "events/json_reader.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <deque>
#include <map>
#include <set>
#include <type_traits>

namespace jangteo::events::described {

template <class T>
concept Enumeration = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept Struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_list<std::deque<T>> = true;
template <class T>
inline constexpr bool is_set = false;
template <class T>
inline constexpr bool is_set<std::set<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class K, class V>
inline constexpr bool is_map<std::map<K, V>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Calls `see(name, member pointer)` for each described member.
template <class T, class See>
void each_member(See see)
{
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_any_access>>(
        [&](auto member) { see(std::string_view(member.name), member.pointer); });
}

/// A member for which `omit<Member>` is true is left out: it is kept elsewhere.
template <class>
inline constexpr bool omit = false;

template <class T>
void write(std::string& to, const T& from)
{
    if constexpr (is_optional<T>) {
        from ? write(to, *from) : void(to += "null");
    } else if constexpr (is_list<T> || is_set<T>) {
        to += '[';
        for (bool first = true; const auto& item : from) {
            if (!first) to += ',';
            first = false;
            write(to, item);
        }
        to += ']';
    } else if constexpr (is_map<T>) {
        to += '[';
        for (bool first = true; const auto& [key, value] : from) {
            to += first ? "[" : ",[";
            first = false;
            write(to, key);
            to += ',';
            write(to, value);
            to += ']';
        }
        to += ']';
    } else if constexpr (Enumeration<T>) {
        append_json(to, std::string_view(boost::describe::enum_to_string(from, "")));
    } else if constexpr (Struct<T>) {
        to += '{';
        bool first = true;
        each_member<T>([&](std::string_view name, auto pointer) {
            using Member = std::remove_cvref_t<decltype(from.*pointer)>;
            if constexpr (!omit<Member>) {
                if (!first) to += ',';
                first = false;
                append_json(to, name);
                to += ':';
                write(to, from.*pointer);
            }
        });
        to += '}';
    } else if constexpr (std::integral<T> && !std::same_as<T, bool>) {
        append_json(to, static_cast<std::int64_t>(from));
    } else {
        append_json(to, from);
    }
}

template <class T>
void read(const boost::json::value& value, const reading::Path& path, T& to)
{
    if constexpr (is_optional<T>) {
        to.reset();
        if (!value.is_null()) read(value, path, to.emplace());
    } else if constexpr (is_list<T> || is_set<T>) {
        const auto* items = value.if_array();
        if (items == nullptr) path.fail("must be an array");
        to.clear();
        for (std::size_t i = 0; i < items->size(); ++i) {
            typename T::value_type item{};
            read((*items)[i], reading::Path{&path, {}, i}, item);
            to.insert(to.end(), std::move(item));
        }
    } else if constexpr (is_map<T>) {
        const auto* items = value.if_array();
        if (items == nullptr) path.fail("must be an array");
        to.clear();
        for (std::size_t i = 0; i < items->size(); ++i) {
            const reading::Path here{&path, {}, i};
            const auto* pair = (*items)[i].if_array();
            if (pair == nullptr || pair->size() != 2) here.fail("must be a pair");
            typename T::key_type key{};
            read((*pair)[0], here, key);
            read((*pair)[1], here, to[key]);
        }
    } else if constexpr (Enumeration<T>) {
        if (!boost::describe::enum_from_string(std::string(reading::read_choice(value, path)).c_str(), to)) {
            path.fail("is not one of the known values");
        }
    } else if constexpr (Struct<T>) {
        const auto* object = value.if_object();
        if (object == nullptr) path.fail("must be an object");
        each_member<T>([&](std::string_view name, auto pointer) {
            using Member = std::remove_cvref_t<decltype(to.*pointer)>;
            if constexpr (!omit<Member>) {
                if (const auto* member = object->if_contains(name)) {
                    read(*member, reading::Path{&path, name}, to.*pointer);
                }
            }
        });
    } else if constexpr (std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, std::int64_t>) {
        std::int64_t wide = 0;
        reading::read(value, path, wide, reading::Bounds{});
        if (!std::in_range<T>(wide)) path.fail("is out of range");
        to = static_cast<T>(wide);
    } else {
        reading::read(value, path, to, reading::Bounds{});
    }
}

template <class T>
std::string to_text(const T& from)
{
    std::string text;
    write(text, from);
    return text;
}

/// Throws DecodeError.
inline boost::json::value parse(std::string_view json)
{
    boost::json::error_code error;
    auto root = boost::json::parse(json, error);
    if (error) reading::Path{}.fail("is not JSON: " + error.message());
    return root;
}

/// Throws DecodeError.
template <class T>
void from_text(std::string_view json, T& to)
{
    read(parse(json), reading::Path{}, to);
}

}  // namespace jangteo::events::described
