#include "bench/load/ending.hpp"

#include "bench/load/progress.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

namespace jangteo::bench {

namespace {

constexpr std::size_t most_shown = 5;

/// As an order goes through them. What is not among them is written after them.
constexpr std::array states{"pending",   "confirmed", "processing", "shipped",
                            "delivered", "kept",      "cancelled",  "refused"};

std::string line_of(const std::string& state, const std::map<std::string, std::size_t>& by_reason)
{
    std::size_t all = 0;
    std::string reasons;
    for (const auto& [why, count] : by_reason) {
        all += count;
        if (!why.empty()) reasons += fmt::format("{}{} {}", reasons.empty() ? " (" : ", ", why, with_thousands(count));
    }
    if (!reasons.empty()) reasons += ')';
    if (state == "kept") reasons = " (shipped, delivered, and the purchase confirmed)";
    return fmt::format("  {:<16}{}{}\n", state, with_thousands(all), reasons);
}

std::string won(std::int64_t amount)
{
    return (amount < 0 ? "-" : "") + with_thousands(static_cast<std::size_t>(std::abs(amount))) + " won";
}

std::string money_in_words(const Balance& money)
{
    std::string text;
    text += fmt::format("captured          {} at the gateway\n", won(money.gateways.captured));
    text += fmt::format("  given back      {}\n", won(money.gateways.given_back));
    text += fmt::format("  kept            {}\n", won(money.gateways.kept()));
    if (money.adds_up()) {
        text += fmt::format("money adds up to the won: the gateway's ledger has the same of all {} payments\n",
                            with_thousands(money.payments));
        return text;
    }
    text += fmt::format("MONEY DOES NOT ADD UP: here {} are captured and {} given back; {} differ\n",
                        won(money.ours.captured), won(money.ours.given_back),
                        won(std::abs(money.ours.kept() - money.gateways.kept())));
    for (std::size_t i = 0; i < std::min(most_shown, money.differences.size()); ++i) {
        text += "  " + money.differences[i] + "\n";
    }
    return text;
}

}  // namespace

void Ending::note_unexpected(std::string what)
{
    if (++unexpected <= most_shown) first_unexpected.push_back(std::move(what));
}

std::string to_text(const Ending& ending)
{
    const double rate = ending.seconds > 0 ? static_cast<double>(ending.played) / ending.seconds : 0;
    std::string text = fmt::format("orders played     {} in {:.1f} s, {:.0f}/s\n", with_thousands(ending.played),
                                   ending.seconds, rate);
    for (const auto* state : states) {
        if (const auto found = ending.orders.find(state); found != ending.orders.end()) {
            text += line_of(state, found->second);
        }
    }
    for (const auto& [state, by_reason] : ending.orders) {
        if (std::ranges::find(states, state) == states.end()) text += line_of(state, by_reason);
    }
    if (ending.paid_twice_at_once > 0) {
        text += fmt::format("paid twice        {} buyers said so twice at once\n",
                            with_thousands(ending.paid_twice_at_once));
    }
    const auto& trouble = ending.trouble;
    if (trouble.failed + trouble.silent + trouble.cards_rejected > 0) {
        text += fmt::format("gateway's trouble failed {} calls, left {} done without an answer, refused {} cards\n",
                            with_thousands(ending.trouble.failed), with_thousands(ending.trouble.silent),
                            with_thousands(ending.trouble.cards_rejected));
    }
    if (ending.money_seen) text += money_in_words(ending.money);
    if (ending.settled) {
        const auto& run = *ending.settled;
        text += fmt::format("settled           {} to {} of {} sellers for {}{}\n", won(run.amount),
                            with_thousands(static_cast<std::size_t>(run.settled)),
                            with_thousands(static_cast<std::size_t>(run.sellers)), run.period,
                            run.before ? ", before: what came since then is of the next week" : "");
    }
    if (ending.unexpected > 0) {
        text += fmt::format("UNEXPECTED: {} times it did not go as it should:\n", with_thousands(ending.unexpected));
        for (const auto& what : ending.first_unexpected) text += "  " + what + "\n";
    }
    return text;
}

std::string to_json(const Ending& ending)
{
    nlohmann::ordered_json json;
    json["played"] = ending.played;
    json["seconds"] = std::round(ending.seconds * 1000) / 1000;
    json["states"] = ending.orders;
    json["captured"] = ending.money.gateways.captured;
    json["given_back"] = ending.money.gateways.given_back;
    json["kept"] = ending.money.gateways.kept();
    json["adds_up"] = ending.money_seen && ending.money.adds_up();
    if (ending.settled) {
        json["settled"] = {{"period", ending.settled->period},
                           {"sellers", ending.settled->settled},
                           {"amount", ending.settled->amount}};
    }
    return json.dump();
}

}  // namespace jangteo::bench
