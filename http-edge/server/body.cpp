#include "http-edge/server/body.hpp"

#include "http-edge/server/description.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace jangteo::edge {

namespace json = boost::json;

namespace {

Text required_text()
{
    return {"필수 항목입니다", "is required"};
}

Text duplicate_text()
{
    return {"같은 이름의 항목이 두 번 있습니다", "appears twice"};
}

Text nul_text()
{
    return {"NUL 문자를 포함할 수 없습니다", "must not contain NUL"};
}

Text too_large_text()
{
    return {"2^53을 넘는 숫자는 사용할 수 없습니다", "must be a number within -2^53 and 2^53"};
}

/// What Boost.JSON's parser calls: it checks what the parser does not, and builds the tree.
class CheckingHandler {
public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = 256;
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    CheckingHandler(const BodyLimits& limits, std::vector<FieldError>& errors, json::storage_ptr memory)
        : limits_(limits), errors_(errors)
    {
        stack_.reset(std::move(memory));
    }

    json::value release() { return stack_.release(); }
    [[nodiscard]] bool too_many() const { return values_ > limits_.values; }

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }

    bool on_object_begin(json::error_code& error)
    {
        levels_.push_back({false, 0, keys_.size()});
        return count(error);
    }
    bool on_object_end(std::size_t size, json::error_code&)
    {
        check_for_duplicates(levels_.back().first_key);
        keys_.resize(levels_.back().first_key);
        levels_.pop_back();
        stack_.push_object(size);
        return item_done();
    }
    bool on_array_begin(json::error_code& error)
    {
        levels_.push_back({true, 0, keys_.size()});
        return count(error);
    }
    bool on_array_end(std::size_t size, json::error_code&)
    {
        levels_.pop_back();
        stack_.push_array(size);
        return item_done();
    }

    bool on_key_part(json::string_view text, std::size_t, json::error_code&)
    {
        key_.append(text.data(), text.size());
        stack_.push_chars(text);
        return true;
    }
    bool on_key(json::string_view text, std::size_t, json::error_code&)
    {
        key_.append(text.data(), text.size());
        keys_.push_back(std::move(key_));
        key_.clear();
        stack_.push_key(text);
        if (keys_.back().find('\0') != std::string::npos) errors_.push_back({path(), nul_text()});
        return true;
    }
    bool on_string_part(json::string_view text, std::size_t, json::error_code&)
    {
        has_nul_ |= text.find('\0') != json::string_view::npos;
        stack_.push_chars(text);
        return true;
    }
    bool on_string(json::string_view text, std::size_t, json::error_code& error)
    {
        has_nul_ |= text.find('\0') != json::string_view::npos;
        if (std::exchange(has_nul_, false)) errors_.push_back({path(), nul_text()});
        stack_.push_string(text);
        return scalar(error);
    }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, json::error_code& error)
    {
        if (number > largest_exact_integer || number < -largest_exact_integer) {
            errors_.push_back({path(), too_large_text()});
        }
        stack_.push_int64(number);
        return scalar(error);
    }
    bool on_uint64(std::uint64_t number, json::string_view, json::error_code& error)
    {
        // The parser comes here only with what does not fit into 64 bits with a sign.
        errors_.push_back({path(), too_large_text()});
        stack_.push_uint64(number);
        return scalar(error);
    }
    bool on_double(double number, json::string_view, json::error_code& error)
    {
        if (!(std::abs(number) <= static_cast<double>(largest_exact_integer))) {
            errors_.push_back({path(), too_large_text()});
        }
        stack_.push_double(number);
        return scalar(error);
    }
    bool on_bool(bool truth, json::error_code& error)
    {
        stack_.push_bool(truth);
        return scalar(error);
    }
    bool on_null(json::error_code& error)
    {
        stack_.push_null();
        return scalar(error);
    }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    struct Level {
        bool array;
        std::size_t index;
        std::size_t first_key;
    };

    bool count(json::error_code& error)
    {
        if (++values_ <= limits_.values) return true;
        error = json::error::exception;
        return false;
    }
    bool scalar(json::error_code& error) { return item_done() && count(error); }
    bool item_done()
    {
        if (!levels_.empty()) ++levels_.back().index;
        return true;
    }

    void check_for_duplicates(std::size_t first)
    {
        const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
        std::sort(begin, keys_.end());
        for (auto twin = std::adjacent_find(begin, keys_.end()); twin != keys_.end();
             twin = std::adjacent_find(std::upper_bound(twin, keys_.end(), *twin), keys_.end())) {
            auto where = path_of_level(levels_.size() - 1);
            if (!where.empty()) where += '.';
            errors_.push_back({where + *twin, duplicate_text()});
        }
    }

    [[nodiscard]] std::string path() const { return path_of_level(levels_.size()); }
    /// The path of the value that is being read at that level.
    [[nodiscard]] std::string path_of_level(std::size_t level) const
    {
        std::string text;
        for (std::size_t i = 0; i < level; ++i) {
            if (levels_[i].array) {
                text += '[' + std::to_string(levels_[i].index) + ']';
                continue;
            }
            const std::size_t key = levels_[i].first_key + levels_[i].index;
            if (key >= keys_.size()) continue;
            if (!text.empty()) text += '.';
            text += keys_[key].substr(0, keys_[key].find('\0'));
        }
        return text;
    }

    const BodyLimits& limits_;
    std::vector<FieldError>& errors_;
    json::value_stack stack_;
    std::vector<Level> levels_;
    std::vector<std::string> keys_;  ///< Of all open objects, in the order they came.
    std::string key_;
    bool has_nul_ = false;
    std::size_t values_ = 0;
};

void append_canonical(std::string& to, const json::value& value)
{
    switch (value.kind()) {
        case json::kind::null: to += "null"; return;
        case json::kind::bool_: to += value.get_bool() ? "true" : "false"; return;
        case json::kind::int64: to += std::to_string(value.get_int64()); return;
        case json::kind::uint64: to += std::to_string(value.get_uint64()); return;
        case json::kind::double_: to += json::serialize(value); return;
        case json::kind::string: events::append_json(to, std::string_view(value.get_string())); return;
        case json::kind::array:
            to += '[';
            for (bool first = true; const auto& item : value.get_array()) {
                if (!std::exchange(first, false)) to += ',';
                append_canonical(to, item);
            }
            to += ']';
            return;
        case json::kind::object: {
            std::vector<const json::key_value_pair*> members;
            members.reserve(value.get_object().size());
            for (const auto& member : value.get_object()) members.push_back(&member);
            std::ranges::sort(members, {}, [](const auto* member) { return std::string_view(member->key()); });
            to += '{';
            for (bool first = true; const auto* member : members) {
                if (!std::exchange(first, false)) to += ',';
                events::append_json(to, std::string_view(member->key()));
                to += ':';
                append_canonical(to, member->value());
            }
            to += '}';
            return;
        }
    }
}

std::string range_text(std::int64_t least, std::int64_t most, std::string_view between, std::string_view end)
{
    return std::to_string(least) + std::string(between) + std::to_string(most) + std::string(end);
}

}  // namespace

std::size_t count_characters(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

struct BodyReader::Impl {
    Impl() : memory(buffer.data(), buffer.size()), root(json::storage_ptr(&memory)) {}

    std::array<unsigned char, 4096> buffer;  // The tree of a usual request fits; a larger one goes on in the heap.
    json::monotonic_resource memory;
    json::value root;
    std::vector<FieldError> errors;
    const Description* described = nullptr;
};

BodyReader::BodyReader(std::string_view text, const BodyLimits& limits) : impl_(std::make_unique<Impl>())
{
    json::parse_options options;
    options.max_depth = limits.depth;
    json::basic_parser<CheckingHandler> parser(options, limits, impl_->errors, json::storage_ptr(&impl_->memory));
    json::error_code error;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().too_many()) {
        throw Problem({FieldError{"", {"본문의 값이 너무 많습니다", "has too many values"}}});
    }
    if (error == json::error::too_deep) {
        throw Problem({FieldError{"", {"본문이 너무 깊게 중첩되었습니다", "is nested too deep"}}});
    }
    if (error || !parser.done() || used != text.size()) {
        throw Problem({FieldError{"", {"올바른 JSON이 아닙니다", "is not one JSON value in UTF-8"}}});
    }
    impl_->root = parser.handler().release();
}

namespace {

std::string_view text_of(const Request& request)
{
    const bool may_be_missing = request.described != nullptr && request.described->body_may_be_missing();
    return may_be_missing && request.body.empty() ? std::string_view("{}") : request.body;
}

}  // namespace

BodyReader::BodyReader(const Request& request) : BodyReader(text_of(request))
{
    const auto* described = request.described;
    if (described == nullptr) return;
    if (described->body() == nullptr) throw std::logic_error("the route says nothing of a body");
    impl_->described = described;
    described->schemas->check(*described->body(), impl_->root, Reading::request, {}, impl_->errors);
}

BodyReader::~BodyReader() = default;

Fields BodyReader::fields()
{
    const auto* root = impl_->root.is_object() ? &impl_->root : nullptr;
    if (root == nullptr) wrong("", {"JSON 객체여야 합니다", "must be an object"});
    return {this, nullptr, {}, root, impl_->described == nullptr ? nullptr : impl_->described->body()};
}

std::string BodyReader::canonical() const
{
    std::string text;
    append_canonical(text, impl_->root);
    return text;
}

void BodyReader::wrong(std::string field, Text reason)
{
    impl_->errors.push_back({std::move(field), std::move(reason)});
}

void BodyReader::check() const
{
    if (impl_->errors.empty()) return;
    // A field is named once, with the first thing that is wrong with it.
    std::vector<FieldError> errors;
    for (const auto& error : impl_->errors) {
        if (std::ranges::find(errors, error.field, &FieldError::field) == errors.end()) errors.push_back(error);
    }
    throw Problem(std::move(errors));
}

// --- Fields ----------------------------------------------------------------------------------------------------------

const json::value* Fields::described(std::string_view name) const
{
    if (schema_ == nullptr) return nullptr;
    const auto* member = reader_->impl_->described->schemas->member(*schema_, name);
    if (member == nullptr) throw std::logic_error("the route says nothing of a field " + path_of(name));
    return member;
}

const json::value* Fields::find(std::string_view name) const
{
    static_cast<void>(described(name));
    if (value_ == nullptr || !value_->is_object()) return nullptr;
    const auto* value = value_->get_object().if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

bool Fields::has(std::string_view name) const
{
    return find(name) != nullptr;
}

const json::value* Fields::required(std::string_view name) const
{
    const auto* value = find(name);
    if (value == nullptr && value_ != nullptr) wrong(name, required_text());
    return value;
}

std::string Fields::checked_text(const json::value& value, std::string_view name, std::size_t least,
                                 std::size_t most) const
{
    const auto* text = value.if_string();
    if (text == nullptr) {
        wrong(name, {"문자열이어야 합니다", "must be a string"});
        return {};
    }
    const std::string_view view(text->data(), text->size());
    if (least > 0 && view.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        wrong(name, required_text());
        return {};
    }
    const auto characters = count_characters(view);
    if (characters < least || characters > most) {
        wrong(name, {range_text(static_cast<std::int64_t>(least), static_cast<std::int64_t>(most), "자에서 ",
                                "자 사이여야 합니다"),
                     "must have from " + range_text(static_cast<std::int64_t>(least), static_cast<std::int64_t>(most),
                                                    " to ", " characters")});
        return {};
    }
    return std::string(view);
}

std::string Fields::text(std::string_view name, std::size_t least, std::size_t most) const
{
    const auto* value = required(name);
    return value == nullptr ? std::string() : checked_text(*value, name, least, most);
}

std::optional<std::string> Fields::optional_text(std::string_view name, std::size_t most) const
{
    const auto* value = find(name);
    return value == nullptr ? std::nullopt : std::optional(checked_text(*value, name, 0, most));
}

bool Fields::boolean(std::string_view name) const
{
    const auto* value = required(name);
    if (value == nullptr) return false;
    const auto* flag = value->if_bool();
    if (flag == nullptr) wrong(name, {"true 또는 false여야 합니다", "must be true or false"});
    return flag != nullptr && *flag;
}

std::vector<std::string> Fields::texts(std::string_view name, std::size_t least, std::size_t most,
                                       std::size_t longest) const
{
    std::vector<std::string> found;
    const std::size_t count = array_size(name, least, most);
    for (std::size_t i = 0; i < count; ++i) {
        const auto place = std::string(name) + '[' + std::to_string(i) + ']';
        found.push_back(checked_text(find(name)->get_array()[i], place, 1, longest));
    }
    return found;
}

std::int64_t Fields::checked_integer(const json::value& value, std::string_view name, std::int64_t least,
                                     std::int64_t most) const
{
    const auto* number = value.if_int64();
    if (number != nullptr && *number >= least && *number <= most) return *number;
    wrong(name, {range_text(least, most, "에서 ", " 사이의 정수여야 합니다"),
                 "must be an integer from " + range_text(least, most, " to ", "")});
    return least;
}

std::int64_t Fields::integer(std::string_view name, std::int64_t least, std::int64_t most) const
{
    const auto* value = required(name);
    return value == nullptr ? least : checked_integer(*value, name, least, most);
}

std::optional<std::int64_t> Fields::optional_integer(std::string_view name, std::int64_t least, std::int64_t most) const
{
    const auto* value = find(name);
    return value == nullptr ? std::nullopt : std::optional(checked_integer(*value, name, least, most));
}

std::optional<bool> Fields::optional_boolean(std::string_view name) const
{
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (const auto* yes = value->if_bool()) return *yes;
    wrong(name, {"true 또는 false여야 합니다", "must be true or false"});
    return std::nullopt;
}

events::Uuid Fields::uuid(std::string_view name) const
{
    const auto* value = required(name);
    if (value == nullptr) return {};
    if (const auto* text = value->if_string()) {
        if (const auto id = events::parse_uuid({text->data(), text->size()})) return *id;
    }
    wrong(name, {"UUID여야 합니다", "must be a UUID"});
    return {};
}

events::Timestamp Fields::time(std::string_view name) const
{
    return required(name) == nullptr ? events::Timestamp{} : optional_time(name).value_or(events::Timestamp{});
}

std::optional<events::Timestamp> Fields::optional_time(std::string_view name) const
{
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (const auto* text = value->if_string()) {
        if (const auto time = events::parse_iso8601({text->data(), text->size()})) return time;
    }
    wrong(name,
          {"2026-01-18T14:30:00Z 형식의 UTC 시각이어야 합니다", "must be a time in UTC like 2026-01-18T14:30:00Z"});
    return std::nullopt;
}

std::optional<events::Json> Fields::optional_json_object(std::string_view name) const
{
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_object()) {
        wrong(name, {"JSON 객체여야 합니다", "must be an object"});
        return std::nullopt;
    }
    return events::Json{json::serialize(*value)};
}

Fields Fields::object(std::string_view name) const
{
    const auto* value = required(name);
    if (value != nullptr && !value->is_object()) {
        wrong(name, {"JSON 객체여야 합니다", "must be an object"});
        value = nullptr;
    }
    return {reader_, this, name, value, described(name)};
}

std::size_t Fields::array_size(std::string_view name, std::size_t least, std::size_t most) const
{
    const auto* value = required(name);
    if (value == nullptr) return 0;
    const auto* items = value->if_array();
    if (items == nullptr) {
        wrong(name, {"배열이어야 합니다", "must be an array"});
        return 0;
    }
    if (items->size() < least || items->size() > most) {
        wrong(name, {range_text(static_cast<std::int64_t>(least), static_cast<std::int64_t>(most), "개에서 ",
                                "개 사이여야 합니다"),
                     "must have from " + range_text(static_cast<std::int64_t>(least), static_cast<std::int64_t>(most),
                                                    " to ", " items")});
        return 0;
    }
    return items->size();
}

Fields Fields::item(std::size_t index) const
{
    const auto& value = value_->get_array()[index];
    const auto* schema = schema_ == nullptr ? nullptr : reader_->impl_->described->schemas->items(*schema_);
    Fields item{reader_, this, {}, value.is_object() ? &value : nullptr, schema};
    item.index_ = index;
    if (item.value_ == nullptr) reader_->wrong(item.path(), {"JSON 객체여야 합니다", "must be an object"});
    return item;
}

void Fields::wrong(std::string_view name, Text reason) const
{
    reader_->wrong(path_of(name), std::move(reason));
}

std::string Fields::path() const
{
    std::string text = parent_ == nullptr ? std::string() : parent_->path();
    if (index_ != no_index) return text + '[' + std::to_string(index_) + ']';
    if (!text.empty() && !name_.empty()) text += '.';
    return text += name_;
}

std::string Fields::path_of(std::string_view name) const
{
    std::string text = path();
    if (!text.empty()) text += '.';
    return text += name;
}

}  // namespace jangteo::edge
