#include "bench/figures/report.hpp"

#include "bench/latencies.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace jangteo::bench {

namespace {

double rounded(double value)
{
    return std::round(value * 1000) / 1000;
}

std::string shown(double value)
{
    return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.2f}", value);
}

std::vector<double> ratios_of(const Figure& figure)
{
    std::vector<double> ratios;
    for (const auto& round : figure.rounds()) ratios.push_back(round.ours / round.base);
    return ratios;
}

std::string target_text(const Figure& figure)
{
    if (!figure.target()) return "";
    const auto& target = *figure.target();
    return fmt::format("{}{}{}: {}", target.kind == Target::Kind::at_least ? "at least " : "at most ", target.ratio,
                       target.allowance > 0 ? fmt::format(" (+ {} {})", target.allowance, figure.unit()) : "",
                       figure.met() ? "met" : "NOT MET");
}

}  // namespace

double Figure::ours() const
{
    std::vector<double> values;
    for (const auto& round : rounds_) values.push_back(round.ours);
    return median(std::move(values));
}

double Figure::base() const
{
    std::vector<double> values;
    for (const auto& round : rounds_) values.push_back(round.base);
    return median(std::move(values));
}

bool Figure::met() const
{
    if (!target_) return true;
    const double limit = target_->ratio * base() + target_->allowance;
    return target_->kind == Target::Kind::at_least ? ours() >= limit : ours() <= limit;
}

bool Race::right() const
{
    if (runs == 0 || hung > 0) return false;
    for (std::size_t i = 0; i < runs; ++i) {
        const std::map<std::string, std::size_t> expected{{"PROD_002", buyers - units}};
        if (accepted[i] != units || refused[i] != expected) return false;
    }
    return true;
}

std::string to_text(const Report& report)
{
    std::string text = "measured on\n";
    for (const auto& [name, value] : report.machine) text += fmt::format("  {:<12} {}\n", name, value);
    text += fmt::format("\n{:<22} {:>10} {:>10} {:>7}  {:<13} {:<8} {}\n", "figure", "ours", "base", "ratio", "min-max",
                        "unit", "target");
    for (const auto& [name, figure] : report.figures) {
        if (figure.empty()) continue;
        const auto ratios = ratios_of(figure);
        const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
        text += fmt::format("{:<22} {:>10} {:>10} {:>7.2f}  {:<13} {:<8} {}\n", name, shown(figure.ours()),
                            shown(figure.base()), figure.ratio(), fmt::format("{:.2f}-{:.2f}", *least, *most),
                            figure.unit(), target_text(figure));
    }
    if (!report.lone.empty()) text += fmt::format("\n{:<34} {:>10}  {:<19} {}\n", "alone", "median", "min-max", "unit");
    for (const auto& [name, lone] : report.lone) {
        const auto [least, most] = std::minmax_element(lone.rounds.begin(), lone.rounds.end());
        text += fmt::format("{:<34} {:>10} {:<20} {}\n", name, shown(median(lone.rounds)),
                            fmt::format(" {}-{}", shown(*least), shown(*most)), lone.unit);
    }
    if (report.race.runs > 0) {
        text += fmt::format("\n{} buyers at once for {} units, {} times: {}\n", report.race.buyers, report.race.units,
                            report.race.runs, report.race.right() ? "exactly that many sold, nobody hung" : "WRONG");
        for (std::size_t i = 0; i < report.race.runs; ++i) {
            std::string refused;
            for (const auto& [code, count] : report.race.refused[i]) refused += fmt::format(", {} {}", count, code);
            text +=
                fmt::format("  {} accepted{} in {:.2f} s\n", report.race.accepted[i], refused, report.race.seconds[i]);
        }
        if (report.race.hung > 0) text += fmt::format("  {} got no answer\n", report.race.hung);
    }
    return text;
}

std::string to_json(const Report& report)
{
    nlohmann::ordered_json json;
    json["machine"] = report.machine;
    for (const auto& [name, figure] : report.figures) {
        if (figure.empty()) continue;
        auto& entry = json[name];
        entry["ours"] = rounded(figure.ours());
        entry["base"] = rounded(figure.base());
        entry["ratio"] = rounded(figure.ratio());
        entry["runs"] = nlohmann::ordered_json::array();
        for (const auto& round : figure.rounds()) {
            entry["runs"].push_back({{"ours", rounded(round.ours)},
                                     {"base", rounded(round.base)},
                                     {"ratio", rounded(round.ours / round.base)}});
        }
        entry["unit"] = figure.unit();
        entry["what"] = figure.what();
        if (figure.target()) entry["met"] = figure.met();
    }
    for (const auto& [name, lone] : report.lone) {
        auto& entry = json["alone"][name];
        entry["median"] = rounded(median(lone.rounds));
        entry["min"] = rounded(*std::min_element(lone.rounds.begin(), lone.rounds.end()));
        entry["max"] = rounded(*std::max_element(lone.rounds.begin(), lone.rounds.end()));
        entry["unit"] = lone.unit;
    }
    if (report.race.runs > 0) {
        auto& entry = json["race"];
        entry["buyers"] = report.race.buyers;
        entry["units"] = report.race.units;
        entry["accepted"] = report.race.accepted;
        entry["refused"] = report.race.refused;
        entry["hung"] = report.race.hung;
        entry["seconds"] = report.race.seconds;
        entry["right"] = report.race.right();
    }
    return json.dump(2) + "\n";
}

}  // namespace jangteo::bench
