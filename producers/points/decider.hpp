// The point ledger of one member: lots in the order they were earned. A spending takes from the oldest lot that has not
// expired; a cancelled order, or goods that come back, give points back to the lots they came from. The balance is the sum of what is left of
// the open lots, always (DOA-POINT-05…07, 11; SM-07).
#pragma once

#include "events/points.hpp"
#include "events/seeded_bugs.hpp"
#include "producers/runtime/decider.hpp"
#include "producers/runtime/keyed.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::producers::points {

using namespace events::points;  // The messages of this context, and nothing else, are spoken of here.
using events::ClaimId;
using events::LotId;
using events::OrderId;
using events::Points;
using events::Rejection;
using events::Timestamp;
using events::Uuid;

/// How long points live that are given back after their own lot has expired (DOA-POINT-07).
inline constexpr std::chrono::days reissued_lot_life{30};

/// What the history says of points given back, unless the command says something else.
inline constexpr const char* usual_restore_description = "주문 취소로 반환된 포인트";

/// One year later by the calendar of Seoul, at the same time of day (DOA-POINT-06). Points of a 29th of February live
/// until the 1st of March: nobody loses a day.
inline Timestamp one_year_after(Timestamp time)
{
    using namespace std::chrono;
    constexpr hours seoul_offset{9};
    const auto local = time + seoul_offset;
    const auto day = floor<days>(local);
    const auto next_year = year_month_day{day} + years{1};
    const sys_days next_day = next_year.ok() ? sys_days{next_year} : sys_days{next_year.year() / March / 1};
    return next_day + (local - day) - seoul_offset;
}

/// What rewards may be given for once only: a source and its reference.
using RewardId = events::Id<struct RewardTag>;

/// Points that were earned together and are not used up.
struct Lot {
    LotId id;
    std::int64_t place = 0;  ///< In the order of earning; a used-up lot that comes back takes its old place.
    Points remaining;
    Timestamp expires_at;

    friend bool operator==(const Lot&, const Lot&) = default;
};
BOOST_DESCRIBE_STRUCT(Lot, (), (id, place, remaining, expires_at))

/// What a spending took from one lot, and all it needs to bring that lot back.
struct Taken {
    LotId lot_id;
    std::int64_t place = 0;
    Points amount;
    Timestamp expires_at;

    friend bool operator==(const Taken&, const Taken&) = default;
};
BOOST_DESCRIBE_STRUCT(Taken, (), (lot_id, place, amount, expires_at))

struct Spending {
    Uuid id{};
    std::vector<Taken> taken;       ///< And not given back, in the order of taking.
    std::vector<ClaimId> restored;  ///< What points were given back for.

    friend bool operator==(const Spending&, const Spending&) = default;
};
BOOST_DESCRIBE_STRUCT(Spending, (), (id, taken, restored))

struct Decider {
    using Command = events::points::Command;
    using Event = events::points::Event;

    struct State {
        std::vector<Lot> lots;  ///< Open ones, by place. Expired ones stay until ExpirePoints.
        std::int64_t next_place = 0;
        Keyed<OrderId, Spending> spent;   ///< By order, until all of it is restored.
        Keyed<RewardId, LotId> rewarded;  ///< What has been rewarded, for ever.

        [[nodiscard]] Points balance() const
        {
            Points sum;
            for (const Lot& lot : lots) sum += lot.remaining;
            return sum;
        }
        [[nodiscard]] Points spendable(Timestamp now) const
        {
            Points sum;
            for (const Lot& lot : lots) sum += expired(lot.expires_at, now) ? Points{} : lot.remaining;
            return sum;
        }
        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (lots, next_place, spent, rewarded), (), ())
    };

    // --- Decisions ---

    static Decision<Event> decide(const EarnPoints& c, const State& s, const Meta& m)
    {
        if (const auto reward = reward_of(c); reward && s.rewarded.contains(*reward)) return Already{};
        if (c.amount <= Points{}) return invalid(c.amount);
        if (c.expires_at && expired(*c.expires_at, m.time)) return in_the_past(*c.expires_at);
        return PointsEarned{.user_id = c.user_id,
                            .lot_id = new_lot_id(m),
                            .amount = c.amount,
                            .source = c.source,
                            .reference = reference_of(c),
                            .order_id = c.order_id,
                            .description = c.description,
                            .expires_at = c.expires_at.value_or(one_year_after(m.time)),
                            .balance = s.balance() + c.amount};
    }

    static Decision<Event> decide(const SpendPoints& c, const State& s, const Meta& m)
    {
        if (c.order_id && s.spent.contains(*c.order_id)) return Already{};
        if (c.amount <= Points{}) return invalid(c.amount);
        if (c.amount > s.spendable(m.time)) return insufficient(c.amount, s, m);
        return PointsSpent{.user_id = c.user_id,
                           .spend_id = events::uuid_v5(m.command_id.value, "spend"),
                           .order_id = c.order_id,
                           .amount = c.amount,
                           .allocations = take_oldest_first(s, c.amount, m.time),
                           .description = c.description,
                           .balance = s.balance() - c.amount};
    }

    static Decision<Event> decide(const RestorePoints& c, const State& s, const Meta& m)
    {
        const Spending* spending = s.spent.find(c.order_id);
        if (spending == nullptr) return Already{};
        if (c.claim_id && std::ranges::find(spending->restored, *c.claim_id) != spending->restored.end())
            return Already{};
        const Points left = left_of(*spending);
        if (c.amount && (*c.amount <= Points{} || *c.amount > left)) return more_than_spent(*c.amount, left);
        return give_back_to_original_lots(c, *spending, s, m);
    }

    static Decision<Event> decide(const ExpirePoints& c, const State& s, const Meta& m)
    {
        PointsExpired event{.user_id = c.user_id};
        for (const Lot& lot : s.lots) {
            if (!expired(lot.expires_at, m.time)) continue;
            event.lots.push_back({lot.id, lot.remaining});
            event.amount += lot.remaining;
        }
        if (event.lots.empty()) return Already{};
        event.balance = s.balance() - event.amount;
        return event;
    }

    static Decision<Event> decide(const AdjustPoints& c, const State& s, const Meta& m)
    {
        if (c.amount == Points{}) return invalid(c.amount);
        const Points taken = Points{} - c.amount;
        if (taken > s.spendable(m.time)) return insufficient(taken, s, m);
        PointsAdjusted event{.user_id = c.user_id, .amount = c.amount, .description = c.description};
        event.balance = s.balance() + c.amount;
        if (c.amount > Points{}) {
            event.lot_id = new_lot_id(m);
            event.expires_at = one_year_after(m.time);
        } else {
            event.allocations = take_oldest_first(s, taken, m.time);
        }
        return event;
    }

    // --- What has happened ---

    static void evolve(State& s, const PointsEarned& e, const Meta&)
    {
        open_lot(s, e.lot_id, e.amount, e.expires_at);
        if (const auto reward = reward_of(e)) s.rewarded.put(*reward, e.lot_id);
    }

    static void evolve(State& s, const PointsSpent& e, const Meta&)
    {
        Spending spending{e.spend_id, take(s, e.allocations), {}};
        if (e.order_id) s.spent.put(*e.order_id, std::move(spending));
    }

    static void evolve(State& s, const PointsRestored& e, const Meta&)
    {
        const Spending* spending = s.spent.find(e.order_id);
        assert(spending != nullptr && "points are restored once, after they were spent");
        Spending rest = *spending;
        for (const ReturnedPoints& returned : e.returned) {
            give_back(s, *spending, returned);
            give_up(rest, returned.lot_id, returned.amount);
        }
        for (const ReissuedLot& lot : e.reissued) {
            open_lot(s, lot.lot_id, lot.amount, lot.expires_at);
            give_up(rest, lot.from_lot_id, lot.amount);
        }
        if (e.claim_id) rest.restored.push_back(*e.claim_id);
        rest.taken.empty() ? s.spent.erase(e.order_id) : s.spent.put(e.order_id, std::move(rest));
    }

    static void evolve(State& s, const PointsExpired& e, const Meta&) { take(s, e.lots); }

    static void evolve(State& s, const PointsAdjusted& e, const Meta&)
    {
        if (e.lot_id && e.expires_at) open_lot(s, *e.lot_id, e.amount, *e.expires_at);
        take(s, e.allocations);
    }

private:
    // --- The rules ---

    /// DOA-POINT-05: the lot that was earned first is used first, whatever its expiry; one spending may span several.
    static std::vector<LotAmount> take_oldest_first(const State& s, Points amount, Timestamp now)
    {
        std::vector<LotAmount> allocations;
        for (std::size_t i = 0; i < s.lots.size(); ++i) {
            const Lot& lot = s.lots[seeded("wrong lot order") ? s.lots.size() - 1 - i : i];
            if (amount == Points{}) break;
            if (expired(lot.expires_at, now)) continue;
            const Points part = std::min(lot.remaining, amount);
            allocations.push_back({lot.id, part});
            amount -= part;
        }
        return allocations;
    }

    /// DOA-POINT-07, the rule for restoring points: each part goes back to the lot it came from, with the expiry that
    /// lot always had. A part whose lot has expired meanwhile comes back as a new lot, which names the old one. When only
    /// some come back, what was taken last goes back first: a spending is undone in the reverse order of its taking.
    static PointsRestored give_back_to_original_lots(const RestorePoints& c, const Spending& spending, const State& s,
                                                     const Meta& m)
    {
        PointsRestored event{
            .user_id = c.user_id, .spend_id = spending.id, .order_id = c.order_id, .claim_id = c.claim_id};
        for (const Taken& part : c.amount ? last_taken(spending, *c.amount) : spending.taken) {
            event.amount += part.amount;
            if (expired(part.expires_at, m.time)) {
                const auto name = "lot/" + std::to_string(event.reissued.size());
                const LotId new_lot{events::uuid_v5(m.command_id.value, name)};
                event.reissued.push_back({new_lot, part.lot_id, part.amount, m.time + reissued_lot_life});
            } else {
                event.returned.push_back({part.lot_id, part.amount, part.expires_at});
            }
        }
        event.description = c.description.value_or(usual_restore_description);
        event.balance = s.balance() + event.amount;
        return event;
    }

    static std::vector<Taken> last_taken(const Spending& spending, Points amount)
    {
        std::vector<Taken> parts;
        for (auto part = spending.taken.rbegin(); part != spending.taken.rend() && amount > Points{}; ++part) {
            parts.push_back(*part);
            parts.back().amount = std::min(part->amount, amount);
            amount -= parts.back().amount;
        }
        return parts;
    }

    static Points left_of(const Spending& spending)
    {
        Points left;
        for (const Taken& part : spending.taken) left += part.amount;
        return left;
    }

    static bool expired(Timestamp expires_at, Timestamp now) { return expires_at <= now; }

    static LotId new_lot_id(const Meta& m) { return {events::uuid_v5(m.command_id.value, "lot")}; }

    /// A purchase is named by its order when nothing else names it; so it is rewarded once.
    static std::optional<std::string> reference_of(const EarnPoints& c)
    {
        if (!c.reference && c.order_id && c.source == PointSource::purchase) return c.order_id->text();
        return c.reference;
    }
    static std::optional<std::string> reference_of(const PointsEarned& e) { return e.reference; }

    /// DOA-POINT-04: one reward per source and reference.
    static std::optional<RewardId> reward_of(const auto& earning)
    {
        const auto reference = reference_of(earning);
        if (!reference) return std::nullopt;
        const auto name = std::string(to_text(earning.source)) + "/" + *reference;
        return RewardId{events::uuid_v5(earning.user_id.value, name)};
    }

    // --- Refusals ---

    static Rejection invalid(Points amount) { return {"POINT_002", {{"amount", amount.value}}}; }

    static Rejection insufficient(Points requested, const State& s, const Meta& m)
    {
        return {"POINT_001", {{"requested", requested.value}, {"available", s.spendable(m.time).value}}};
    }

    static Rejection more_than_spent(Points amount, Points left)
    {
        return {"POINT_002", {{"amount", amount.value}, {"maximum", left.value}}};
    }

    static Rejection in_the_past(Timestamp expires_at)
    {
        return {"COMMON_400", {{"expiresAt", events::to_iso8601(expires_at)}}};
    }

    // --- Lots ---

    static void open_lot(State& s, const LotId& id, Points amount, Timestamp expires_at)
    {
        s.lots.push_back({id, s.next_place++, amount, expires_at});
    }

    /// A lot that is used up leaves the open ones.
    static std::vector<Taken> take(State& s, const std::vector<LotAmount>& parts)
    {
        std::vector<Taken> taken;
        for (const LotAmount& part : parts) {
            const auto lot = std::ranges::find(s.lots, part.lot_id, &Lot::id);
            assert(lot != s.lots.end() && lot->remaining >= part.amount && "points are taken from open lots");
            taken.push_back({lot->id, lot->place, part.amount, lot->expires_at});
            lot->remaining -= part.amount;
            if (lot->remaining == Points{}) s.lots.erase(lot);
        }
        return taken;
    }

    static void give_up(Spending& spending, const LotId& lot_id, Points amount)
    {
        const auto part = std::ranges::find(spending.taken, lot_id, &Taken::lot_id);
        assert(part != spending.taken.end() && part->amount >= amount && "no more goes back than was taken");
        part->amount -= amount;
        if (part->amount == Points{}) spending.taken.erase(part);
    }

    /// A lot that was used up comes back at its old place in the order of earning.
    static void give_back(State& s, const Spending& spending, const ReturnedPoints& returned)
    {
        const auto part = std::ranges::find(spending.taken, returned.lot_id, &Taken::lot_id);
        assert(part != spending.taken.end() && "points go back to the lots they came from");
        const auto at = std::ranges::lower_bound(s.lots, part->place, {}, &Lot::place);
        if (at != s.lots.end() && at->id == returned.lot_id) {
            at->remaining += returned.amount;
        } else {
            s.lots.insert(at, {returned.lot_id, part->place, returned.amount, part->expires_at});
        }
    }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::points
