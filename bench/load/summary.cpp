#include "bench/load/summary.hpp"

#include "bench/load/progress.hpp"

#include <fmt/core.h>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace jangteo::bench {

namespace {

constexpr std::size_t most_unexpected_shown = 5;

double rounded(double value)
{
    return std::round(value * 1000) / 1000;
}

}  // namespace

double Summary::orders_per_s() const
{
    return seconds > 0 ? static_cast<double>(sent) / seconds : 0;
}

void Summary::note_unexpected(std::string what)
{
    if (++unexpected <= most_unexpected_shown) first_unexpected.push_back(std::move(what));
}

std::string to_text(Summary& summary)
{
    std::size_t refused = 0;
    std::string reasons;
    for (const auto& [code, count] : summary.refused) {
        refused += count;
        reasons += fmt::format("{}{} {}", reasons.empty() ? " (" : ", ", code, with_thousands(count));
    }
    if (!reasons.empty()) reasons += ")";

    std::string text;
    text += fmt::format("products stocked  {}\n", with_thousands(summary.products));
    if (summary.granted_before > 0) {
        text += fmt::format("{} households had been granted another amount before and got no more\n",
                            with_thousands(summary.granted_before));
    }
    if (summary.grants > 0) text += fmt::format("points granted to {} households\n", with_thousands(summary.grants));
    if (summary.sent == 0 && summary.unexpected > 0) text += "no orders were sent, because of what went wrong before\n";
    text += fmt::format("orders sent       {} in {:.1f} s, {:.0f}/s\n", with_thousands(summary.sent), summary.seconds,
                        summary.orders_per_s());
    text += fmt::format("  accepted        {} with {} lines\n", with_thousands(summary.accepted),
                        with_thousands(summary.lines));
    text += fmt::format("  refused         {}{}\n", with_thousands(refused), reasons);
    text += fmt::format("units held        {}\n", with_thousands(static_cast<std::size_t>(summary.units_held)));
    text += fmt::format("points spent      {}\n", with_thousands(static_cast<std::size_t>(summary.points_spent)));
    text += fmt::format("latency           p50 {:.1f} ms, p95 {:.1f} ms, p99 {:.1f} ms\n",
                        summary.latencies.percentile_ms(50), summary.latencies.percentile_ms(95),
                        summary.latencies.percentile_ms(99));
    text += fmt::format("projection lag    {:.3f} s after the last answer\n", summary.lag_s);
    if (summary.repeats > 0 && summary.changes == 0) {
        text += fmt::format("Nothing changed: this was loaded before, {} answers were given again.\n",
                            with_thousands(summary.repeats));
    } else if (summary.repeats > 0) {
        text += fmt::format("{} answers had been given before and changed nothing; {} commands were new.\n",
                            with_thousands(summary.repeats), with_thousands(summary.changes));
    }
    if (summary.unexpected > 0) {
        text += fmt::format("UNEXPECTED: {} commands came to no answer that a market may give:\n",
                            with_thousands(summary.unexpected));
        for (const auto& what : summary.first_unexpected) text += "  " + what + "\n";
    }
    return text;
}

std::string to_json(Summary& summary, const std::optional<Ending>& ending)
{
    nlohmann::ordered_json json;
    json["orders"] = {{"sent", summary.sent}, {"accepted", summary.accepted}};
    json["orders"]["refused"] = nlohmann::ordered_json::object();
    for (const auto& [code, count] : summary.refused) json["orders"]["refused"][code] = count;
    json["lines"] = summary.lines;
    json["units_held"] = summary.units_held;
    json["points_spent"] = summary.points_spent;
    json["seconds"] = rounded(summary.seconds);
    json["orders_per_s"] = rounded(summary.orders_per_s());
    json["latency_ms"] = {{"p50", rounded(summary.latencies.percentile_ms(50))},
                          {"p95", rounded(summary.latencies.percentile_ms(95))},
                          {"p99", rounded(summary.latencies.percentile_ms(99))}};
    json["lag_s"] = rounded(summary.lag_s);
    if (ending) json["play"] = nlohmann::ordered_json::parse(to_json(*ending));
    return json.dump() + "\n";
}

}  // namespace jangteo::bench
