#include "ops/log/selection.hpp"

#include "events/codec.hpp"

namespace jangteo::ops::log {

bool Selection::matches(const events::Record& record) const
{
    const auto& says = record.envelope;
    if (!refusals && says.type == events::rejected_type) return false;
    if (aggregate && says.subject != *aggregate) return false;
    if (correlation_id && says.correlation_id != *correlation_id) return false;
    return types.empty() || types.contains(says.type) || types.contains(std::string(short_type(says.type)));
}

std::string_view short_type(std::string_view type)
{
    const auto dot = type.rfind('.');
    return dot == std::string_view::npos ? type : type.substr(dot + 1);
}

std::string_view context_of(std::string_view topic)
{
    return topic.substr(0, topic.find('.'));
}

std::string line_of(const events::Record& record, bool dead)
{
    const auto& says = record.envelope;
    std::string line = events::to_iso8601(says.time);
    line += ' ';
    line += record.topic + '[' + std::to_string(record.partition) + "]@" + std::to_string(record.offset) + ' ';
    if (dead) line += "DEAD ";
    line += short_type(says.type);
    line += ' ' + says.subject + ' ' + (says.actor.empty() ? std::string("-") : says.actor);
    if (!record.value.empty()) line += ' ' + record.value;
    return line;
}

std::string json_of(const events::Record& record, bool dead)
{
    const auto& says = record.envelope;
    std::string json = R"({"topic":)";
    const auto member = [&json](std::string_view name, const auto& value) {
        json += ",\"";
        json += name;
        json += "\":";
        events::append_json(json, value);
    };
    events::append_json(json, std::string_view(record.topic));
    member("partition", static_cast<std::int64_t>(record.partition));
    member("offset", record.offset);
    member("time", says.time);
    member("type", std::string_view(says.type));
    member("id", says.id);
    member("subject", std::string_view(says.subject));
    member("actor", std::string_view(says.actor));
    member("correlationId", says.correlation_id);
    member("causationId", says.causation_id);
    if (!says.traceparent.empty()) member("traceparent", std::string_view(says.traceparent));
    member("writer", says.writer);
    member("sequence", says.sequence);
    member("commandOffset", says.command_offset);
    if (dead) member("dead", true);
    json += R"(,"data":)";
    json += record.value.empty() ? "null" : record.value;
    return json + '}';
}

}  // namespace jangteo::ops::log
