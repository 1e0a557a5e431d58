// The schemas of all messages, as this program was built with: what is said about messages is made of them.
#pragma once

#include <span>
#include <string_view>

namespace jangteo::events {

struct SchemaFile {
    std::string_view context;  ///< Its folder: `orders`, or `shared`.
    std::string_view name;     ///< `PlaceOrder.command.v1.json`, `types.json`
    std::string_view json;
};

/// Sorted by context and name.
std::span<const SchemaFile> schema_files();

}  // namespace jangteo::events
