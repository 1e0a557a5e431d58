#include "events/record.hpp"

#include "events/codec.hpp"
#include "events/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace jangteo::events {

namespace {

/// The whole of `text` as a number; empty for anything else.
template <class Number>
std::optional<Number> number_of(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

}  // namespace

std::string ReturnAddress::text() const
{
    if (empty()) return {};
    return topic + "/" + std::to_string(partition) + "/" + instance + "/" + to_string(request_id);
}

ReturnAddress ReturnAddress::parse(std::string_view text)
{
    const auto parts = split(text, '/');
    if (parts.size() != 4 || parts[0].empty()) return {};
    const auto partition = number_of<std::int32_t>(parts[1]);
    const auto request_id = parse_uuid(parts[3]);
    if (!partition || !request_id) return {};
    return {std::string(parts[0]), *partition, std::string(parts[2]), *request_id};
}

void Position::advance(const std::string& context, std::int32_t partition, std::int64_t offset)
{
    const auto [entry, added] = offsets_.try_emplace({context, partition}, offset);
    if (!added) entry->second = std::max(entry->second, offset);
}

void Position::merge(const Position& other)
{
    for (const auto& [place, offset] : other.offsets_) advance(place.first, place.second, offset);
}

std::string Position::text() const
{
    std::string text;
    for (const auto& [place, offset] : offsets_) {
        if (!text.empty()) text += ',';
        text += place.first + ":" + std::to_string(place.second) + ":" + std::to_string(offset);
    }
    return text;
}

Position Position::parse(std::string_view text)
{
    Position position;
    if (text.empty()) return position;
    for (const auto entry : split(text, ',')) {
        const auto parts = split(entry, ':');
        if (parts.size() != 3 || parts[0].empty()) return {};
        const auto partition = number_of<std::int32_t>(parts[1]);
        const auto offset = number_of<std::int64_t>(parts[2]);
        if (!partition || !offset || *partition < 0 || *offset < 0) return {};
        position.advance(std::string(parts[0]), *partition, *offset);
    }
    return position;
}

std::string details_to_json(const Details& details)
{
    std::string text = "{";
    for (bool first = true; const auto& [name, detail] : details) {
        if (!first) text += ',';
        first = false;
        append_json(text, std::string_view(name));
        text += ':';
        std::visit([&](const auto& value) { append_json(text, value); }, detail);
    }
    text += '}';
    return text;
}

std::string rejection_to_json(const Rejection& rejection, std::string_view command_type)
{
    std::string text = R"({"command":)";
    append_json(text, command_type);
    text += R"(,"code":)";
    append_json(text, std::string_view(rejection.code));
    text += R"(,"details":)";
    text += details_to_json(rejection.details);
    text += '}';
    return text;
}

namespace {

/// A rejection as it is read: details of other kinds than an integer or a text are none of ours.
struct RejectionText {
    Rejection rejection;
    std::string command;
};

void read(const boost::json::value& value, const reading::Path& path, RejectionText& to, reading::Bounds)
{
    const reading::Object object(value, path);
    object.required("code", to.rejection.code, {.minimum = 1});
    object.required("command", to.command);
    const auto* details = value.get_object().if_contains("details");
    if (details == nullptr) return;
    const reading::Path details_path{&path, "details"};
    const reading::Object checked(*details, details_path);
    for (const auto& member : details->get_object()) {
        const std::string_view name = member.key();
        const reading::Path detail_path{&details_path, name};
        if (member.value().is_string()) {
            reading::read(member.value(), detail_path, to.rejection.details[std::string(name)].emplace<std::string>(),
                          {});
        } else {
            reading::read(member.value(), detail_path, to.rejection.details[std::string(name)].emplace<std::int64_t>(),
                          {});
        }
    }
}

}  // namespace

Rejection rejection_from_json(std::string_view json)
{
    RejectionText text;
    reading::read_document(json, text);
    return std::move(text.rejection);
}

std::string rejected_command(std::string_view json)
{
    RejectionText text;
    reading::read_document(json, text);
    return std::move(text.command);
}

}  // namespace jangteo::events
