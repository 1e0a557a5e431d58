// The market: the roll of all sellers who have ever sold something, and the runs that settle a period with each of them.
// A run asks the roll, which is of the log and lags behind nothing; whoever is put on it a moment later had his first sale
// just now, and is asked by the next run.
#pragma once

#include "events/periods.hpp"
#include "events/settlement.hpp"
#include "producers/runtime/decider.hpp"
#include "producers/settlement/state.hpp"

#include <cassert>
#include <cstdint>
#include <string>

namespace jangteo::producers::settlement {

using namespace events::settlement;  // The messages of this context, and nothing else, are spoken of here.
using events::Rejection;

/// Sellers that one call of the roll names: as many as are asked at once.
inline constexpr std::int64_t roll_call = 500;

struct Market {
    static Decision<Event> decide(const RegisterSeller& c, const State& s, const Meta&)
    {
        if (s.places.contains(c.seller_id)) return Already{};
        return SellerRegistered{c.market_id, c.seller_id, static_cast<std::int64_t>(s.places.size())};
    }

    /// A period is settled once. Who asks again is told what stood already.
    static Decision<Event> decide(const StartRun& c, const State& s, const Meta& m)
    {
        const auto period = events::parse_period(c.period);
        if (!period) return no_period(c);
        if (const auto* run = s.runs.find(c.run_id)) return settled_already(*run);
        if (period->begin > m.time || (period->end > m.time && !c.before_end)) return not_over(c, *period);
        return SettlementRunStarted{c.market_id, c.run_id, c.period, period->end};
    }

    static Decision<Event> decide(const CallRoll& c, const State& s, const Meta&)
    {
        RollCalled event{.market_id = c.market_id, .run_id = c.run_id, .place = c.place};
        const auto end = static_cast<std::int64_t>(s.roll.size());
        for (auto place = c.place; place < end && place < c.place + roll_call; ++place) {
            event.sellers.push_back(*s.roll.find(place));
        }
        event.more = c.place + roll_call < end;
        return event;
    }

    static Decision<Event> decide(const CompleteRun& c, const State& s, const Meta&)
    {
        const auto* run = s.runs.find(c.run_id);
        if (run == nullptr) return unknown(c.run_id);
        if (run->completed) return Already{};
        return SettlementRunCompleted{c.market_id, c.run_id, run->period, c.sellers, c.settled, c.amount};
    }

    // --- What has happened ---

    static void evolve(State& s, const SellerRegistered& e, const Meta&)
    {
        s.places.put(e.seller_id, e.place);
        s.roll.put(e.place, e.seller_id);
    }
    static void evolve(State& s, const SettlementRunStarted& e, const Meta&)
    {
        s.runs.put(e.run_id, {.period = e.period});
    }
    static void evolve(State&, const RollCalled&, const Meta&) {}
    static void evolve(State& s, const SettlementRunCompleted& e, const Meta&)
    {
        s.runs.put(e.run_id, {e.period, true, e.sellers, e.settled, e.amount});
    }

private:
    // --- Refusals ---

    static Rejection unknown(const RunId& id) { return {"COMMON_404", {{"runId", id.text()}}}; }

    static Rejection no_period(const StartRun& c) { return {"COMMON_400", {{"period", c.period}}}; }

    static Rejection settled_already(const Run& run)
    {
        return {"SET_002",
                {{"period", run.period},
                 {"status", std::string(run.completed ? "completed" : "running")},
                 {"sellers", run.sellers},
                 {"settled", run.settled},
                 {"amount", run.amount.value}}};
    }

    static Rejection not_over(const StartRun& c, const events::Period& period)
    {
        return {"SET_003", {{"period", c.period}, {"until", events::to_iso8601(period.end)}}};
    }
};

}  // namespace jangteo::producers::settlement
