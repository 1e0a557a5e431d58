#include "events/schema_components.hpp"

#include <boost/json.hpp>
#include <string>

namespace jangteo::events {

namespace json = boost::json;

namespace {

constexpr std::string_view types_file = "types.json";

/// `types.json#/$defs/Provider` of payments is `payments.Provider`, `../shared/types.json#/$defs/Won` is `shared.Won`.
std::string component_of(std::string_view file_reference, std::string_view context)
{
    constexpr std::string_view elsewhere = "../";
    if (file_reference.starts_with(elsewhere)) {
        context = file_reference.substr(elsewhere.size());
        context = context.substr(0, context.find('/'));
    }
    std::string key("#/components/schemas/");
    key += context;
    key += '.';
    return key += file_reference.substr(file_reference.rfind('/') + 1);
}

}  // namespace

json::value within_components(const json::value& schema, std::string_view context)
{
    if (const auto* array = schema.if_array()) {
        json::array items;
        for (const auto& item : *array) items.push_back(within_components(item, context));
        return items;
    }
    const auto* object = schema.if_object();
    if (object == nullptr) return schema;
    json::object copy;
    json::object referred;
    for (const auto& [name, value] : *object) {
        if (name == "$schema" || name == "$id" || name == "x-cpp") continue;
        if (name == "$ref" && value.is_string()) {
            referred = {{"$ref", component_of(value.get_string(), context)}};
        } else {
            copy[name] = within_components(value, context);
        }
    }
    if (referred.empty()) return copy;
    if (copy.empty()) return referred;
    copy["allOf"] = json::array{referred};
    return copy;
}

json::object type_components(std::span<const SchemaFile> files)
{
    json::object components;
    for (const auto& file : files) {
        if (file.name != types_file) continue;
        const auto schema = json::parse(file.json);
        for (const auto& [name, type] : schema.at("$defs").as_object()) {
            std::string key(file.context);
            key += '.';
            key += name;
            components[key] = within_components(type, file.context);
        }
    }
    return components;
}

}  // namespace jangteo::events
