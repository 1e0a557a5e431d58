#include "http-edge/server/schema.hpp"

#include "events/ids.hpp"
#include "events/time.hpp"
#include "http-edge/server/body.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

namespace jangteo::edge {

namespace json = boost::json;

namespace {

constexpr std::string_view components_path = "#/components/schemas/";

const json::value* word(const json::object& schema, std::string_view name)
{
    return schema.if_contains(name);
}

bool is_of(const json::value& value, std::string_view type)
{
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_bool();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    return type == "null" && value.is_null();
}

bool is_of_one(const json::value& value, const json::value& types)
{
    if (const auto* type = types.if_string()) return is_of(value, *type);
    const auto& list = types.as_array();
    return std::ranges::any_of(list, [&](const auto& type) { return is_of(value, type.as_string()); });
}

Text type_text(const json::value& types)
{
    const auto& type = types.is_array() ? types.as_array().front() : types;
    const std::string_view name = type.as_string();
    if (name == "string") return {"문자열이어야 합니다", "must be a string"};
    if (name == "integer") return {"정수여야 합니다", "must be an integer"};
    if (name == "boolean") return {"true 또는 false여야 합니다", "must be true or false"};
    if (name == "array") return {"배열이어야 합니다", "must be an array"};
    if (name == "object") return {"JSON 객체여야 합니다", "must be an object"};
    return {"형식이 올바르지 않습니다", "is of another type"};
}

bool is_day(std::string_view text)
{
    return events::parse_iso8601(std::string(text) + "T00:00:00Z").has_value();
}

Text format_trouble(std::string_view format, std::string_view text)
{
    if (format == "uuid" && !events::parse_uuid(text)) return {"UUID여야 합니다", "must be a UUID"};
    if (format == "date-time" && !events::parse_iso8601(text)) {
        return {"2026-01-18T14:30:00Z 형식의 UTC 시각이어야 합니다", "must be a time in UTC like 2026-01-18T14:30:00Z"};
    }
    if (format == "date" && !is_day(text))
        return {"2026-01-18 형식의 날짜여야 합니다", "must be a day like 2026-01-18"};
    return {};
}

std::string joined(const json::array& values)
{
    std::string text;
    for (const auto& value : values) {
        if (!text.empty()) text += ", ";
        text += value.is_string() ? std::string(std::string_view(value.get_string())) : json::serialize(value);
    }
    return text;
}

struct Bounds {
    std::optional<std::int64_t> least;
    std::optional<std::int64_t> most;
    [[nodiscard]] bool hold(std::int64_t number) const
    {
        return (!least || number >= *least) && (!most || number <= *most);
    }
};

Bounds bounds_in(const json::object& schema, std::string_view least, std::string_view most)
{
    const auto number = [&](std::string_view name) {
        const auto* bound = word(schema, name);
        return bound == nullptr ? std::optional<std::int64_t>() : bound->to_number<std::int64_t>();
    };
    return {number(least), number(most)};
}

Text bounds_text(const Bounds& bounds, std::string_view korean_unit, std::string_view english_unit)
{
    Text text;
    if (bounds.least) text.korean += std::to_string(*bounds.least) + std::string(korean_unit) + " 이상 ";
    if (bounds.most) text.korean += std::to_string(*bounds.most) + std::string(korean_unit) + " 이하";
    text.korean += "여야 합니다";
    text.english = english_unit.empty() ? "must be" : "must have";
    if (bounds.least) text.english += " at least " + std::to_string(*bounds.least);
    if (bounds.least && bounds.most) text.english += " and";
    if (bounds.most) text.english += " at most " + std::to_string(*bounds.most);
    text.english += english_unit;
    return text;
}

std::string below(const std::string& path, std::string_view name)
{
    std::string text = path;
    if (!text.empty()) text += '.';
    return text += name;
}

/// One value's way through its schema.
class Check {
public:
    Check(const Schemas& schemas, Reading reading, std::vector<FieldError>& errors)
        : schemas_(schemas), reading_(reading), errors_(errors)
    {}

    void operator()(const json::value& given, const json::value& value, const std::string& path)
    {
        const auto& resolved = schemas_.resolved(given);
        if (const auto* any = resolved.if_bool()) {
            if (!*any) wrong(path, {"허용되지 않는 값입니다", "is not allowed"});
            return;
        }
        const auto& schema = resolved.as_object();
        if (const auto* types = word(schema, "type"); types != nullptr && !is_of_one(value, *types)) {
            return wrong(path, type_text(*types));
        }
        if (!one_of_the_values(schema, value, path)) return;
        if (value.is_string()) text(schema, value.get_string(), path);
        if (value.is_int64()) number(schema, value.get_int64(), path);
        if (value.is_array()) array(schema, value.get_array(), path);
        if (value.is_object()) object(schema, value.get_object(), path);
        combined(schema, value, path);
    }

private:
    void wrong(const std::string& path, Text reason) { errors_.push_back({path, std::move(reason)}); }

    [[nodiscard]] bool holds(const json::value& schema, const json::value& value) const
    {
        std::vector<FieldError> errors;
        schemas_.check(schema, value, reading_, {}, errors);
        return errors.empty();
    }

    bool one_of_the_values(const json::object& schema, const json::value& value, const std::string& path)
    {
        if (const auto* values = word(schema, "enum")) {
            const auto& list = values->as_array();
            if (std::ranges::find(list, value) == list.end()) {
                wrong(path, {joined(list) + " 중 하나여야 합니다", "must be one of " + joined(list)});
                return false;
            }
        }
        if (const auto* constant = word(schema, "const"); constant != nullptr && *constant != value) {
            wrong(path, {json::serialize(*constant) + " 이어야 합니다", "must be " + json::serialize(*constant)});
            return false;
        }
        return true;
    }

    void text(const json::object& schema, std::string_view value, const std::string& path)
    {
        const auto bounds = bounds_in(schema, "minLength", "maxLength");
        if (!bounds.hold(static_cast<std::int64_t>(count_characters(value)))) {
            return wrong(path, bounds_text(bounds, "자", " characters"));
        }
        const auto* format = word(schema, "format");
        if (format == nullptr) return;
        auto trouble = format_trouble(format->as_string(), value);
        if (!trouble.korean.empty()) wrong(path, std::move(trouble));
    }

    void number(const json::object& schema, std::int64_t value, const std::string& path)
    {
        const auto bounds = bounds_in(schema, "minimum", "maximum");
        if (!bounds.hold(value)) wrong(path, bounds_text(bounds, "", ""));
    }

    void array(const json::object& schema, const json::array& value, const std::string& path)
    {
        const auto bounds = bounds_in(schema, "minItems", "maxItems");
        if (!bounds.hold(static_cast<std::int64_t>(value.size()))) {
            return wrong(path, bounds_text(bounds, "개", " items"));
        }
        const auto* items = word(schema, "items");
        if (items == nullptr) return;
        for (std::size_t i = 0; i < value.size(); ++i) (*this)(*items, value[i], path + '[' + std::to_string(i) + ']');
    }

    [[nodiscard]] bool missing(const json::value* value) const
    {
        return value == nullptr || (reading_ == Reading::request && value->is_null());
    }

    void object(const json::object& schema, const json::object& value, const std::string& path)
    {
        if (const auto* required = word(schema, "required")) {
            for (const auto& name : required->as_array()) {
                if (!missing(value.if_contains(name.as_string()))) continue;
                wrong(below(path, name.as_string()), {"필수 항목입니다", "is required"});
            }
        }
        const auto* properties = word(schema, "properties");
        const auto* others = word(schema, "additionalProperties");
        for (const auto& [name, member] : value) {
            const auto* known = properties == nullptr ? nullptr : properties->as_object().if_contains(name);
            if (known == nullptr) known = others;
            if (known != nullptr) {
                if (!(reading_ == Reading::request && member.is_null())) (*this)(*known, member, below(path, name));
            } else if (reading_ == Reading::answer && properties != nullptr) {
                wrong(below(path, name), {"문서에 없는 항목입니다", "is not in the document"});
            }
        }
    }

    void combined(const json::object& schema, const json::value& value, const std::string& path)
    {
        if (const auto* all = word(schema, "allOf")) {
            for (const auto& one : all->as_array()) (*this)(one, value, path);
        }
        if (const auto* some = word(schema, "anyOf")) {
            const auto& list = some->as_array();
            if (std::ranges::none_of(list, [&](const auto& one) { return holds(one, value); })) {
                // Of several what the first says; with one and null that is what there is to say.
                (*this)(list.front(), value, path);
            }
        }
        const auto* condition = word(schema, "if");
        const auto* then = word(schema, "then");
        if (condition != nullptr && then != nullptr && holds(*condition, value)) (*this)(*then, value, path);
    }

    const Schemas& schemas_;
    Reading reading_;
    std::vector<FieldError>& errors_;
};

}  // namespace

Schemas::Schemas(json::object components) : components_(std::move(components))
{
    for (const auto& [name, schema] : components_) check_references(schema);
}

void Schemas::check_references(const json::value& schema) const
{
    if (const auto* array = schema.if_array()) {
        for (const auto& item : *array) check_references(item);
    }
    const auto* object = schema.if_object();
    if (object == nullptr) return;
    if (const auto* reference = object->if_contains("$ref"); reference != nullptr && reference->is_string()) {
        static_cast<void>(resolved(schema));
    }
    for (const auto& [name, value] : *object) check_references(value);
}

const json::value& Schemas::resolved(const json::value& schema) const
{
    const auto* object = schema.if_object();
    const auto* reference = object == nullptr ? nullptr : object->if_contains("$ref");
    if (reference == nullptr) return schema;
    std::string_view name = reference->as_string();
    if (name.starts_with(components_path)) name.remove_prefix(components_path.size());
    const auto* component = components_.if_contains(name);
    if (component == nullptr)
        throw std::runtime_error("a description refers to " + std::string(name) + ": nobody has it");
    return resolved(*component);
}

void Schemas::check(const json::value& schema, const json::value& value, Reading reading, const std::string& path,
                    std::vector<FieldError>& errors) const
{
    Check{*this, reading, errors}(schema, value, path);
}

const json::value* Schemas::member(const json::value& schema, std::string_view name) const
{
    const auto* object = resolved(schema).if_object();
    const auto* properties = object == nullptr ? nullptr : object->if_contains("properties");
    return properties == nullptr ? nullptr : properties->as_object().if_contains(name);
}

const json::value* Schemas::items(const json::value& schema) const
{
    const auto* object = resolved(schema).if_object();
    return object == nullptr ? nullptr : object->if_contains("items");
}

}  // namespace jangteo::edge
