// The point ledger against a naive list of lots: the list keeps every lot for ever, used up or not, and has no notion
// of places, spendings by order or used-up lots that come back.
#include "producers/points/decider.hpp"

#include "tests/unit/given.hpp"

#include <rapidcheck/gtest.h>
#include <map>
#include <set>

namespace jangteo::producers::points {
namespace {

using events::UserId;
using std::chrono::days;
using std::chrono::hours;

const auto member = id<UserId>(1);

struct NaiveLedger {
    struct Lot {
        LotId id;
        std::int64_t left = 0;
        Timestamp expires_at;
    };
    std::vector<Lot> lots;  // In the order of earning, for ever.
    std::map<OrderId, std::vector<std::pair<std::size_t, std::int64_t>>> spendings;
    std::map<OrderId, std::set<ClaimId>> restored;
    std::set<std::string> references;

    [[nodiscard]] std::int64_t balance() const
    {
        std::int64_t sum = 0;
        for (const auto& lot : lots) sum += lot.left;
        return sum;
    }
    [[nodiscard]] std::int64_t spendable(Timestamp now) const
    {
        std::int64_t sum = 0;
        for (const auto& lot : lots) {
            if (now < lot.expires_at) sum += lot.left;
        }
        return sum;
    }
    std::vector<std::pair<std::size_t, std::int64_t>> take(std::int64_t amount, Timestamp now)
    {
        std::vector<std::pair<std::size_t, std::int64_t>> taken;
        for (std::size_t i = 0; i < lots.size() && amount > 0; ++i) {
            const auto part = now < lots[i].expires_at ? std::min(lots[i].left, amount) : 0;
            if (part == 0) continue;
            lots[i].left -= part;
            amount -= part;
            taken.emplace_back(i, part);
        }
        return taken;
    }
};

/// The ledger under test, the list, and the clock.
struct Run {
    Decider::State state;
    NaiveLedger naive;
    Timestamp now = usual_time;
    std::uint64_t commands = 0;

    Decision<Event> send(const Command& command)
    {
        const auto meta = meta_at(now, ++commands);
        auto outcome =
            std::visit([&](const auto& c) { return Decision<Event>(Decider::decide(c, state, meta)); }, command);
        std::string came = "already";
        if (const auto* rejection = std::get_if<Rejection>(&outcome)) came = rejection_to_json(*rejection, "");
        if (const auto* event = std::get_if<Event>(&outcome)) {
            came = std::string(type_of(*event)) + to_json(*event);
            RC_ASSERT(decode_event(type_of(*event), to_json(*event)) == *event);
            std::visit([&](const auto& e) { Decider::evolve(state, e, meta); }, *event);
        }
        RC_LOG() << events::to_iso8601(now) << " " << type_of(command) << to_json(command) << "\n  -> " << came << "\n";
        return outcome;
    }

    void earn()
    {
        EarnPoints command{.user_id = member,
                           .amount = {*rc::gen::inRange<std::int64_t>(-1, 100)},
                           .source = PointSource::review,
                           .description = "review"};
        if (*rc::gen::arbitrary<bool>()) command.reference = std::to_string(*rc::gen::inRange(0, 5));
        if (*rc::gen::arbitrary<bool>()) command.expires_at = now + days{*rc::gen::inRange(0, 200)};
        const auto outcome = send(command);
        if (command.reference && naive.references.contains(*command.reference)) return expect_already(outcome);
        if (command.amount.value <= 0) return expect_refused(outcome, "POINT_002");
        if (command.expires_at == now) return expect_refused(outcome, "COMMON_400");
        const auto& event = expect<PointsEarned>(outcome);
        if (command.reference) naive.references.insert(*command.reference);
        if (command.expires_at) RC_ASSERT(event.expires_at == *command.expires_at);
        if (!command.expires_at) RC_ASSERT(event.expires_at == one_year_after(now));
        naive.lots.push_back({event.lot_id, command.amount.value, event.expires_at});
        RC_ASSERT(event.balance.value == naive.balance());
    }

    void spend()
    {
        SpendPoints command{
            .user_id = member, .amount = {*rc::gen::inRange<std::int64_t>(-1, 250)}, .description = "paid"};
        if (*rc::gen::inRange(0, 4) > 0) command.order_id = some_order();
        const auto outcome = send(command);
        if (command.order_id && naive.spendings.contains(*command.order_id)) return expect_already(outcome);
        if (command.amount.value <= 0) return expect_refused(outcome, "POINT_002");
        if (command.amount.value > naive.spendable(now)) return expect_refused(outcome, "POINT_001");
        const auto& event = expect<PointsSpent>(outcome);
        const auto taken = naive.take(command.amount.value, now);
        expect_same(event.allocations, taken);
        if (command.order_id) naive.spendings[*command.order_id] = taken;
        RC_ASSERT(event.balance.value == naive.balance());
    }

    /// All of what an order took, or a part for a claim: then what was taken last goes back first.
    void restore()
    {
        RestorePoints command{member, some_order(), std::nullopt};
        const bool in_part = *rc::gen::arbitrary<bool>();
        if (in_part) {
            command.amount = Points{*rc::gen::inRange<std::int64_t>(0, 120)};
            command.claim_id = id<ClaimId>(*rc::gen::inRange<std::uint64_t>(200, 203));
        }
        const auto outcome = send(command);
        const auto spending = naive.spendings.find(command.order_id);
        if (spending == naive.spendings.end()) return expect_already(outcome);
        auto& claims = naive.restored[command.order_id];
        if (in_part && claims.contains(*command.claim_id)) return expect_already(outcome);
        std::int64_t left = 0;
        for (const auto& [lot, amount] : spending->second) left += amount;
        if (in_part && (command.amount->value <= 0 || command.amount->value > left)) {
            return expect_refused(outcome, "POINT_002");
        }
        const auto& event = expect<PointsRestored>(outcome);
        if (in_part) claims.insert(*command.claim_id);
        std::size_t returned = 0;
        std::size_t reissued = 0;
        auto wanted = in_part ? command.amount->value : left;
        auto& taken = spending->second;
        while (wanted > 0) {
            const auto at = in_part ? std::prev(taken.end()) : taken.begin();
            const auto [lot, had] = *at;
            const auto amount = std::min(had, wanted);
            wanted -= amount;
            if (now < naive.lots[lot].expires_at) {
                RC_ASSERT(event.returned.at(returned).lot_id == naive.lots[lot].id);
                RC_ASSERT(event.returned.at(returned).amount.value == amount);
                RC_ASSERT(event.returned.at(returned++).expires_at == naive.lots[lot].expires_at);
                naive.lots[lot].left += amount;
            } else {
                const auto& fresh = event.reissued.at(reissued++);
                RC_ASSERT(fresh.from_lot_id == naive.lots[lot].id);
                RC_ASSERT(fresh.amount.value == amount);
                RC_ASSERT(fresh.expires_at == now + days{30});
                naive.lots.push_back({fresh.lot_id, amount, fresh.expires_at});
            }
            amount == had ? void(taken.erase(at)) : void(at->second -= amount);
        }
        RC_ASSERT(event.returned.size() == returned);
        RC_ASSERT(event.reissued.size() == reissued);
        if (taken.empty()) {
            naive.spendings.erase(spending);
            naive.restored.erase(command.order_id);
        }
        RC_ASSERT(event.balance.value == naive.balance());
    }

    void expire()
    {
        const auto outcome = send(ExpirePoints{member});
        std::vector<std::pair<std::size_t, std::int64_t>> lost;
        for (std::size_t i = 0; i < naive.lots.size(); ++i) {
            if (now < naive.lots[i].expires_at || naive.lots[i].left == 0) continue;
            lost.emplace_back(i, std::exchange(naive.lots[i].left, 0));
        }
        if (lost.empty()) return expect_already(outcome);
        const auto& event = expect<PointsExpired>(outcome);
        expect_same(event.lots, lost);
        RC_ASSERT(event.balance.value == naive.balance());
    }

    void adjust()
    {
        const AdjustPoints command{member, {*rc::gen::inRange<std::int64_t>(-120, 60)}, "corrected"};
        const auto outcome = send(command);
        if (command.amount.value == 0) return expect_refused(outcome, "POINT_002");
        if (-command.amount.value > naive.spendable(now)) return expect_refused(outcome, "POINT_001");
        const auto& event = expect<PointsAdjusted>(outcome);
        if (command.amount.value > 0) {
            naive.lots.push_back({event.lot_id.value(), command.amount.value, event.expires_at.value()});
            RC_ASSERT(event.allocations.empty());
        } else {
            expect_same(event.allocations, naive.take(-command.amount.value, now));
            RC_ASSERT(!event.lot_id);
        }
        RC_ASSERT(event.balance.value == naive.balance());
    }

    /// The open lots are those of the list in which something is left, in the same order.
    void compare() const
    {
        RC_ASSERT(state.balance().value == naive.balance());
        RC_ASSERT(state.balance().value >= 0);
        RC_ASSERT(state.spendable(now).value == naive.spendable(now));
        auto open = state.lots.begin();
        for (const auto& lot : naive.lots) {
            if (lot.left == 0) continue;
            RC_ASSERT(open != state.lots.end());
            RC_ASSERT(open->id == lot.id);
            RC_ASSERT(open->remaining.value == lot.left);
            RC_ASSERT(open->expires_at == lot.expires_at);
            ++open;
        }
        RC_ASSERT(open == state.lots.end());
        RC_ASSERT(state.spent.size() == naive.spendings.size());
    }

private:
    static OrderId some_order() { return id<OrderId>(*rc::gen::inRange<std::uint64_t>(100, 105)); }

    static void expect_already(const Decision<Event>& outcome) { RC_ASSERT(std::holds_alternative<Already>(outcome)); }
    static void expect_refused(const Decision<Event>& outcome, std::string_view code)
    {
        const auto* rejection = std::get_if<Rejection>(&outcome);
        RC_ASSERT(rejection != nullptr);
        RC_ASSERT(rejection->code == code);
    }
    template <class Message>
    static const Message& expect(const Decision<Event>& outcome)
    {
        const auto* event = std::get_if<Event>(&outcome);
        RC_ASSERT(event != nullptr);
        RC_ASSERT(std::holds_alternative<Message>(*event));
        return std::get<Message>(*event);
    }
    void expect_same(const std::vector<LotAmount>& parts,
                     const std::vector<std::pair<std::size_t, std::int64_t>>& naive_parts) const
    {
        RC_ASSERT(parts.size() == naive_parts.size());
        for (std::size_t i = 0; i < parts.size(); ++i) {
            RC_ASSERT(parts[i].lot_id == naive.lots[naive_parts[i].first].id);
            RC_ASSERT(parts[i].amount.value == naive_parts[i].second);
        }
    }
};

RC_GTEST_PROP(PointsProperty, the_ledger_agrees_with_a_naive_list_of_lots, ())
{
    Run run;
    const auto steps = *rc::gen::inRange(1, 100);
    for (int i = 0; i < steps; ++i) {
        // Mostly forward; clocks of different edges may also disagree by a few hours.
        run.now +=
            hours{*rc::gen::weightedOneOf<int>({{4, rc::gen::inRange(0, 40 * 24)}, {1, rc::gen::inRange(-6, 0)}})};
        switch (*rc::gen::weightedElement<int>({{4, 0}, {5, 1}, {4, 2}, {1, 3}, {2, 4}})) {
            case 0: run.earn(); break;
            case 1: run.spend(); break;
            case 2: run.restore(); break;
            case 3: run.expire(); break;
            default: run.adjust();
        }
        run.compare();
    }
}

}  // namespace
}  // namespace jangteo::producers::points
