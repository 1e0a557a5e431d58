#include "infra/kafka/wire.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <string>

namespace jangteo::kafka {

namespace {

using events::Envelope;
using events::Uuid;

/// The text of an id, without an allocation: this is the hot path of everything.
class UuidText {
public:
    explicit UuidText(const Uuid& id)
    {
        static constexpr std::array<bool, 16> dash_before{false, false, false, false, true,  false, true,  false,
                                                          true,  false, true,  false, false, false, false, false};
        static constexpr char digits[] = "0123456789abcdef";
        char* to = text_.data();
        for (std::size_t i = 0; i < id.size(); ++i) {
            if (dash_before[i]) *to++ = '-';
            *to++ = digits[id.data[i] >> 4];
            *to++ = digits[id.data[i] & 0xf];
        }
    }
    [[nodiscard]] std::string_view view() const { return {text_.data(), text_.size()}; }

private:
    std::array<char, 36> text_;
};

/// `ReturnAddress::text` with one allocation instead of five.
void add_address(HeaderSink& sink, std::string_view name, const events::ReturnAddress& address)
{
    if (address.empty()) return;
    std::array<char, 12> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), address.partition).ptr;
    std::string text;
    text.reserve(address.topic.size() + address.instance.size() + digits.size() + 40);
    text.append(address.topic).append("/").append(digits.data(), end).append("/");
    text.append(address.instance).append("/").append(UuidText(address.request_id).view());
    sink.add(name, text);
}

void add_text(HeaderSink& sink, std::string_view name, std::string_view value)
{
    if (!value.empty()) sink.add(name, value);
}

void add_uuid(HeaderSink& sink, std::string_view name, const Uuid& id)
{
    if (!id.is_nil()) sink.add(name, UuidText(id).view());
}

template <class Number>
void add_number(HeaderSink& sink, std::string_view name, Number value, Number absent)
{
    if (value == absent) return;
    std::array<char, 24> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    sink.add(name, {text.data(), static_cast<std::size_t>(end - text.data())});
}

void read_uuid(std::string_view value, Uuid& id)
{
    if (const auto parsed = events::parse_uuid(value)) id = *parsed;
}

template <class Number>
void read_number(std::string_view value, Number& number)
{
    Number parsed{};
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (error == std::errc() && end == value.data() + value.size()) number = parsed;
}

constexpr std::string_view specification_version = "1.0";
constexpr std::string_view json_content = "application/json";

}  // namespace

void write_headers(const Envelope& envelope, HeaderSink& sink)
{
    // What has no source is no CloudEvent but an answer on its way to one waiting edge.
    if (!envelope.source.empty()) {
        sink.add("ce_specversion", specification_version);
        sink.add("content-type", json_content);
    }
    add_uuid(sink, "ce_id", envelope.id);
    add_text(sink, "ce_type", envelope.type);
    add_text(sink, "ce_source", envelope.source);
    add_text(sink, "ce_subject", envelope.subject);
    if (envelope.time != events::Timestamp{}) sink.add("ce_time", events::to_iso8601(envelope.time));
    add_text(sink, "ce_dataschema", envelope.schema);
    add_uuid(sink, "correlationid", envelope.correlation_id);
    add_uuid(sink, "causationid", envelope.causation_id);
    add_text(sink, "traceparent", envelope.traceparent);
    add_text(sink, "actor", envelope.actor);
    add_address(sink, "replyto", envelope.reply_to);
    add_address(sink, "settles", envelope.settles);
    if (!envelope.position.empty()) sink.add("position", envelope.position.text());
    add_number<std::uint64_t>(sink, "fingerprint", envelope.fingerprint, 0);
    add_uuid(sink, "writer", envelope.writer);
    add_number<std::int64_t>(sink, "seq", envelope.sequence, 0);
    add_number<std::int64_t>(sink, "command_offset", envelope.command_offset, -1);
    add_number<std::int64_t>(sink, "answered", envelope.answered_below, 0);
}

void read_header(std::string_view name, std::string_view value, Envelope& envelope)
{
    // By length first: a name is compared with at most five others.
    switch (name.size()) {
        case 3:
            if (name == "seq") read_number(value, envelope.sequence);
            return;
        case 5:
            if (name == "ce_id")
                read_uuid(value, envelope.id);
            else if (name == "actor")
                envelope.actor = value;
            return;
        case 6:
            if (name == "writer") read_uuid(value, envelope.writer);
            return;
        case 7:
            if (name == "ce_type")
                envelope.type = value;
            else if (name == "ce_time")
                envelope.time = events::parse_iso8601(value).value_or(events::Timestamp{});
            else if (name == "replyto")
                envelope.reply_to = events::ReturnAddress::parse(value);
            else if (name == "settles")
                envelope.settles = events::ReturnAddress::parse(value);
            return;
        case 8:
            if (name == "answered")
                read_number(value, envelope.answered_below);
            else if (name == "position")
                envelope.position = events::Position::parse(value);
            return;
        case 9:
            if (name == "ce_source") envelope.source = value;
            return;
        case 10:
            if (name == "ce_subject") envelope.subject = value;
            return;
        case 11:
            if (name == "causationid")
                read_uuid(value, envelope.causation_id);
            else if (name == "traceparent")
                envelope.traceparent = value;
            else if (name == "fingerprint")
                read_number(value, envelope.fingerprint);
            return;
        case 13:
            if (name == "ce_dataschema")
                envelope.schema = value;
            else if (name == "correlationid")
                read_uuid(value, envelope.correlation_id);
            return;
        case 14:
            if (name == "command_offset") read_number(value, envelope.command_offset);
            return;
        default: return;
    }
}

}  // namespace jangteo::kafka
