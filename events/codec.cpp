#include "events/codec.hpp"

#include "events/json_reader.hpp"

#include <boost/json/src.hpp>  // The whole of Boost.JSON, compiled here and nowhere else.
#include <charconv>
#include <utility>

namespace jangteo::events {

namespace {

template <class Number>
void append_number(std::string& to, Number number)
{
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    to.append(digits, end);
}

void append_tree(std::string& to, const boost::json::value& value)
{
    switch (value.kind()) {
        case boost::json::kind::null: to += "null"; break;
        case boost::json::kind::bool_: to += value.get_bool() ? "true" : "false"; break;
        case boost::json::kind::int64: append_number(to, value.get_int64()); break;
        case boost::json::kind::uint64: append_number(to, value.get_uint64()); break;
        case boost::json::kind::double_: append_number(to, value.get_double()); break;
        case boost::json::kind::string: append_json(to, std::string_view(value.get_string())); break;
        case boost::json::kind::array: {
            to += '[';
            for (bool first = true; const auto& item : value.get_array()) {
                if (!std::exchange(first, false)) to += ',';
                append_tree(to, item);
            }
            to += ']';
            break;
        }
        case boost::json::kind::object: {
            to += '{';
            for (bool first = true; const auto& member : value.get_object()) {
                if (!std::exchange(first, false)) to += ',';
                append_json(to, std::string_view(member.key()));
                to += ':';
                append_tree(to, member.value());
            }
            to += '}';
            break;
        }
    }
}

}  // namespace

DecodeError::DecodeError(std::string path, std::string problem)
    : std::runtime_error(path.empty() ? problem : path + ": " + problem),
      path_(std::move(path)),
      problem_(std::move(problem))
{}

std::optional<Json> Json::parse(std::string_view text)
{
    boost::json::error_code error;
    const auto value = boost::json::parse(text, error);
    if (error) return std::nullopt;
    Json json{std::string()};
    append_tree(json.text, value);
    return json;
}

void append_json(std::string& to, std::string_view text)
{
    static constexpr char digits[] = "0123456789abcdef";
    to += '"';
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
        to.append(text, copied, i - copied);
        copied = i + 1;
        switch (c) {
            case '"': to += "\\\""; break;
            case '\\': to += "\\\\"; break;
            case '\b': to += "\\b"; break;
            case '\f': to += "\\f"; break;
            case '\n': to += "\\n"; break;
            case '\r': to += "\\r"; break;
            case '\t': to += "\\t"; break;
            default:
                to += "\\u00";
                to += digits[c >> 4];
                to += digits[c & 0xf];
        }
    }
    to.append(text, copied);
    to += '"';
}

void append_json(std::string& to, std::int64_t number)
{
    append_number(to, number);
}

void append_json(std::string& to, const Uuid& id)
{
    to += '"';
    to += to_string(id);
    to += '"';
}

void append_json(std::string& to, Timestamp time)
{
    to += '"';
    to += to_iso8601(time);
    to += '"';
}

void append_json(std::string& to, const Json& json)
{
    to += json.text;
}

namespace reading {

std::string Path::text() const
{
    if (parent == nullptr) return {};
    std::string text = parent->text();
    if (name.empty()) return text + "[" + std::to_string(index) + "]";
    if (!text.empty()) text += '.';
    text += name;
    return text;
}

void Path::fail(std::string problem) const
{
    throw DecodeError(text(), std::move(problem));
}

Object::Object(const boost::json::value& value, const Path& path) : path_(path)
{
    object_ = value.if_object();
    if (object_ == nullptr) path.fail("must be an object");
}

const boost::json::value* Object::find(std::string_view name) const
{
    return object_->if_contains(name);
}

namespace {

std::string_view text_of(const boost::json::value& value, const Path& path)
{
    const auto* text = value.if_string();
    if (text == nullptr) path.fail("must be a string");
    return *text;
}

/// JSON Schema counts characters, not bytes.
std::int64_t characters_of(std::string_view utf8)
{
    std::int64_t count = 0;
    for (const char byte : utf8) count += (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    return count;
}

}  // namespace

void read(const boost::json::value& value, const Path& path, std::int64_t& to, Bounds bounds)
{
    const auto* number = value.if_int64();
    if (number == nullptr) path.fail(value.is_uint64() ? "must fit into 64 bits with a sign" : "must be an integer");
    if (*number < bounds.minimum) path.fail("must be at least " + std::to_string(bounds.minimum));
    if (*number > bounds.maximum) path.fail("must be at most " + std::to_string(bounds.maximum));
    to = *number;
}

void read(const boost::json::value& value, const Path& path, bool& to, Bounds)
{
    const auto* truth = value.if_bool();
    if (truth == nullptr) path.fail("must be true or false");
    to = *truth;
}

void read(const boost::json::value& value, const Path& path, std::string& to, Bounds bounds)
{
    const auto text = text_of(value, path);
    check_count(characters_of(text), path, bounds, "characters");
    to = text;
}

void read(const boost::json::value& value, const Path& path, Uuid& to, Bounds)
{
    const auto id = parse_uuid(text_of(value, path));
    if (!id) path.fail("must be a UUID of 36 characters");
    to = *id;
}

void read(const boost::json::value& value, const Path& path, Timestamp& to, Bounds)
{
    const auto time = parse_iso8601(text_of(value, path));
    if (!time) path.fail("must be a moment in UTC such as 2026-01-18T14:30:00Z");
    to = *time;
}

void read(const boost::json::value& value, const Path&, Json& to, Bounds)
{
    to.text.clear();
    append_tree(to.text, value);
}

void check_count(std::int64_t count, const Path& path, Bounds bounds, const char* what)
{
    if (count < bounds.minimum) path.fail("must have at least " + std::to_string(bounds.minimum) + " " + what);
    if (count > bounds.maximum) path.fail("must have at most " + std::to_string(bounds.maximum) + " " + what);
}

std::string_view read_choice(const boost::json::value& value, const Path& path)
{
    return text_of(value, path);
}

}  // namespace reading

}  // namespace jangteo::events
