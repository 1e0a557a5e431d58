// How generated code reads a message: strictly by its schema, and naming the field that is wrong. Only .cpp files
// include this: Boost.JSON is heavy. (Boost.JSON and not nlohmann, because a message of 250 bytes takes 0.4 µs to parse
// instead of 2.8 µs, and a runner parses tens of thousands of commands a second.)
#pragma once

#include "events/codec.hpp"

#include <boost/json.hpp>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::events::reading {

/// Where the reader stands in the message; turned into text only when something is wrong.
struct Path {
    const Path* parent = nullptr;
    std::string_view name{};
    std::size_t index = 0;

    [[nodiscard]] std::string text() const;
    [[noreturn]] void fail(std::string problem) const;
};

/// Of an integer's value, a string's characters or an array's items.
struct Bounds {
    std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
    std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
};

void check_count(std::int64_t count, const Path& path, Bounds bounds, const char* what);

void read(const boost::json::value& value, const Path& path, std::int64_t& to, Bounds bounds);
void read(const boost::json::value& value, const Path& path, bool& to, Bounds bounds);
void read(const boost::json::value& value, const Path& path, std::string& to, Bounds bounds);
void read(const boost::json::value& value, const Path& path, Uuid& to, Bounds bounds);
void read(const boost::json::value& value, const Path& path, Timestamp& to, Bounds bounds);
void read(const boost::json::value& value, const Path& path, Json& to, Bounds bounds);

template <class Tag>
void read(const boost::json::value& value, const Path& path, Id<Tag>& to, Bounds bounds)
{
    read(value, path, to.value, bounds);
}

template <class Unit>
void read(const boost::json::value& value, const Path& path, Amount<Unit>& to, Bounds bounds)
{
    read(value, path, to.value, bounds);
}

template <class Item>
void read(const boost::json::value& value, const Path& path, std::vector<Item>& to, Bounds bounds)
{
    const auto* items = value.if_array();
    if (items == nullptr) path.fail("must be an array");
    check_count(static_cast<std::int64_t>(items->size()), path, bounds, "items");
    to.resize(items->size());
    for (std::size_t i = 0; i < to.size(); ++i) read((*items)[i], Path{&path, {}, i}, to[i], Bounds{});
}

/// The text of an enumeration's value.
std::string_view read_choice(const boost::json::value& value, const Path& path);

/// An object's members, asked for by name. Members that nobody asks for are ignored: a newer writer may add some.
class Object {
public:
    Object(const boost::json::value& value, const Path& path);

    template <class Member>
    void required(std::string_view name, Member& to, Bounds bounds = {}) const
    {
        const Path path{&path_, name};
        const auto* value = find(name);
        if (value == nullptr) path.fail("is missing");
        read(*value, path, to, bounds);
    }

    template <class Member>
    void optional(std::string_view name, std::optional<Member>& to, Bounds bounds = {}) const
    {
        to.reset();
        if (const auto* value = find(name)) read(*value, Path{&path_, name}, to.emplace(), bounds);
    }

private:
    [[nodiscard]] const boost::json::value* find(std::string_view name) const;

    const boost::json::object* object_ = nullptr;
    const Path& path_;
};

/// One text, parsed. Throws DecodeError when it is not one JSON value in UTF-8 of at most 32 levels.
template <class Message>
void read_document(std::string_view json, Message& to)
{
    unsigned char buffer[4096];  // The tree of a usual message fits; a larger one goes on in the heap.
    boost::json::monotonic_resource memory(buffer);
    boost::json::error_code error;
    const auto root = boost::json::parse(json, error, &memory);
    const Path path;
    if (error) path.fail("is not JSON: " + error.message());
    read(root, path, to, Bounds{});
}

}  // namespace jangteo::events::reading
