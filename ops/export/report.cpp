// What an export says to its operator.
#include "events/codec.hpp"
#include "ops/export/export.hpp"

#include <cstdio>

namespace jangteo::ops::exporting {

namespace {

std::string context_of(const std::string& topic)
{
    return topic.substr(0, topic.find('.'));
}

std::string megabytes(std::int64_t bytes)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

void append_member(std::string& json, std::string_view name, auto value)
{
    if (json.back() != '{') json += ',';
    events::append_json(json, name);
    json += ':';
    events::append_json(json, value);
}

}  // namespace

std::string text_of(const Plan& plan, const Settings& settings)
{
    const std::string folder = settings.to.string();
    std::map<std::string, std::pair<std::int64_t, int>> by_context;
    for (const auto& portion : plan.portions) {
        auto& [records, partitions] = by_context[context_of(portion.place.topic)];
        records += portion.end - portion.reached.next;
        ++partitions;
    }
    std::string text;
    for (const auto& [context, what] : by_context) {
        text += folder + "/" + context + "/TYPE/PARTITION-FIRST-LAST." +
                std::string(name_of(settings.selection.format)) + ": " + std::to_string(what.first) + " records of " +
                std::to_string(what.second) + " partitions\n";
    }
    text += "export: " + std::to_string(plan.records) + " records to read";
    if (plan.goes_on) text += ", which have come since the last export into " + folder;
    return text + "; nothing was written\n";
}

std::string text_of(const Summary& summary, const Settings& settings)
{
    std::string text;
    std::int64_t events = 0;
    for (const auto& [table, count] : summary.events) {
        text += table + ": " + std::to_string(count) + "\n";
        events += count;
    }
    text += "export: " + std::to_string(events) + " events in " + std::to_string(summary.files) + " files, " +
            megabytes(summary.bytes) + "; " + settings.to.string() + " has " + std::to_string(summary.all_events) +
            " events now\n";
    if (!summary.whole) text += "export: stopped before the end; the same command goes on from here\n";
    return text;
}

std::string json_of(const Summary& summary, const Settings& settings)
{
    std::string json = "{";
    append_member(json, "folder", std::string_view(settings.to.native()));
    append_member(json, "format", name_of(settings.selection.format));
    json += ",\"events\":{";
    for (const auto& [table, count] : summary.events) append_member(json, table, count);
    json += '}';
    append_member(json, "files", summary.files);
    append_member(json, "bytes", summary.bytes);
    append_member(json, "allEvents", summary.all_events);
    json += ",\"seconds\":" + std::to_string(summary.seconds);
    append_member(json, "whole", summary.whole);
    return json + "}\n";
}

}  // namespace jangteo::ops::exporting
