// Members of the JSON objects that queries answer with. The first member of an object is written by hand, with its brace.
#pragma once

#include "events/codec.hpp"

#include <string>
#include <string_view>

namespace jangteo::edge {

inline void append_name(std::string& to, std::string_view name)
{
    to += ",\"";
    to += name;
    to += "\":";
}

/// `,"name":value`, the value in JSON's form of its type.
void append_member(std::string& to, std::string_view name, const auto& value)
{
    append_name(to, name);
    events::append_json(to, value);
}

/// `,"name":json`, which is JSON already.
inline void append_raw(std::string& to, std::string_view name, std::string_view json)
{
    append_name(to, name);
    to += json;
}

}  // namespace jangteo::edge
