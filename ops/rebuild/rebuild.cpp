#include "ops/rebuild/rebuild.hpp"

#include "events/codec.hpp"

#include <algorithm>
#include <cstdio>

namespace jangteo::ops::rebuild {

namespace {

constexpr std::size_t bar_width = 24;
constexpr std::size_t shown_at_most = 20;

/// `1,234,567`
std::string grouped(std::int64_t number)
{
    const std::string digits = std::to_string(number);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

std::string seconds(double time)
{
    char text[32];
    std::snprintf(text, sizeof text, time < 10 ? "%.1f s" : "%.0f s", time);
    return text;
}

std::string named(std::string phase)
{
    phase.resize(std::max<std::size_t>(phase.size(), 10), ' ');
    return phase;
}

void append_list(std::string& text, const std::string& what, const std::vector<std::string>& items)
{
    for (std::size_t i = 0; i < items.size() && i < shown_at_most; ++i) text += what + items[i] + "\n";
    if (items.size() > shown_at_most) text += what + "… and " + grouped(std::ssize(items) - shown_at_most) + " more\n";
}

void append_member(std::string& json, std::string_view name)
{
    if (json.back() != '{') json += ',';
    events::append_json(json, name);
    json += ':';
}

void append_strings(std::string& json, std::string_view name, const std::vector<std::string>& items)
{
    append_member(json, name);
    json += '[';
    for (bool first = true; const auto& item : items) {
        if (!std::exchange(first, false)) json += ',';
        events::append_json(json, std::string_view(item));
    }
    json += ']';
}

void append_text(std::string& json, std::string_view name, std::string_view value)
{
    append_member(json, name);
    events::append_json(json, value);
}

}  // namespace

std::string progress_line(const std::string& phase, std::int64_t events, std::int64_t total,
                          std::chrono::duration<double> passed)
{
    if (total <= 0) return named(phase) + " " + seconds(passed.count());
    const auto share = std::min(1.0, static_cast<double>(events) / static_cast<double>(total));
    const auto filled = static_cast<std::size_t>(share * bar_width);
    const auto rate = passed.count() > 0 ? static_cast<double>(events) / passed.count() : 0;
    std::string text = named(phase) + " [" + std::string(filled, '#') + std::string(bar_width - filled, '-') + "] ";
    text += std::to_string(static_cast<int>(share * 100)) + " %  " + grouped(events) + " of " + grouped(total) +
            " events  " + grouped(static_cast<std::int64_t>(rate)) + "/s";
    if (rate > 0)
        text += "  " + seconds(static_cast<double>(std::max<std::int64_t>(0, total - events)) / rate) + " left";
    return text;
}

std::string text_of(const Summary& summary)
{
    std::string text;
    for (const auto& [phase, time] : summary.seconds) text += named(phase) + " " + seconds(time) + "\n";
    for (const auto& [table, rows] : summary.rows) {
        text += "rows       " + summary.schema + "." + table + ": " + grouped(rows) + "\n";
    }
    if (!summary.compared.empty()) text += "compared   " + summary.compared + "\n";
    append_list(text, "DIFFERENT  ", summary.differences);
    append_list(text, "PARKED     ", summary.parked);
    text += "rebuild: ";
    if (!summary.not_switched.empty()) {
        return text + "not switched, because " + summary.not_switched + ". What was built stays in " + summary.schema +
               ": look at it (jangteo diff read_" + summary.projection + " " + summary.schema +
               "), then call again with --accept-differences or --accept-parked\n";
    }
    text += grouped(summary.events) + " events, ";
    if (summary.live)
        return text + summary.schema + " has its new tables; the former ones are in " + summary.schema + "_previous\n";
    return text + "the tables are in " + summary.schema + "\n";
}

std::string json_of(const Summary& summary)
{
    std::string json = "{";
    append_text(json, "projection", summary.projection);
    append_text(json, "schema", summary.schema);
    append_member(json, "live");
    json += summary.live ? "true" : "false";
    append_member(json, "events");
    json += std::to_string(summary.events);
    append_member(json, "seconds");
    json += '{';
    for (const auto& [phase, time] : summary.seconds) {
        append_member(json, phase);
        json += std::to_string(time);
    }
    json += '}';
    append_member(json, "rows");
    json += '{';
    for (const auto& [table, rows] : summary.rows) {
        append_member(json, table);
        json += std::to_string(rows);
    }
    json += '}';
    append_text(json, "compared", summary.compared);
    append_strings(json, "differences", summary.differences);
    append_strings(json, "parked", summary.parked);
    append_text(json, "notSwitched", summary.not_switched);
    return json + "}\n";
}

}  // namespace jangteo::ops::rebuild
