// What ends a member's points: each lot has its time (DOA-POINT-06), and when it is over, what is left of the lot leaves
// the balance.
//
//   PointsEarned, PointsAdjusted, PointsRestored ─▶ a timer for each lot that they name
//   TimerFired ─▶ ExpirePoints
//
// The ledger judges: it takes out what is over by the timer's clock, of all the member's lots. A lot that was used up
// meanwhile leaves nothing to take, and the command is refused; that is how most lots end. Points that come back to a lot
// get another timer, for they may be in the ledger only after the first has fired, though they were given back before.
#pragma once

#include "events/points.hpp"
#include "events/sagas.hpp"
#include "sagas/runtime/saga.hpp"

#include <boost/describe/class.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace jangteo::sagas {

struct PointExpiry {
    static constexpr std::string_view name = "point_expiry";
    static constexpr std::string_view lot_over = "lot_over";

    using Input = std::variant<events::points::PointsEarned, events::points::PointsAdjusted,
                               events::points::PointsRestored, events::sagas::TimerFired>;

    struct State {
        std::int64_t timers = 0;  ///< That have not fired yet.
        BOOST_DESCRIBE_CLASS(State, (), (timers), (), ())
    };

    static std::string_view phase(const State& s) { return s.timers > 0 ? "waiting" : "over"; }

    // ---- Lots -------------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::points::PointsEarned&, const Meta&) { ++s.timers; }
    [[nodiscard]] Outputs react(const State&, const events::points::PointsEarned& e, const Meta&) const
    {
        Outputs out;
        return remind(out, e.user_id, e.expires_at);
    }

    static void evolve(State& s, const events::points::PointsAdjusted& e, const Meta&)
    {
        if (e.expires_at) ++s.timers;
    }
    [[nodiscard]] Outputs react(const State&, const events::points::PointsAdjusted& e, const Meta&) const
    {
        Outputs out;
        return e.expires_at ? remind(out, e.user_id, *e.expires_at) : out;
    }

    static void evolve(State& s, const events::points::PointsRestored& e, const Meta&)
    {
        s.timers += static_cast<std::int64_t>(e.returned.size() + e.reissued.size());
    }
    [[nodiscard]] Outputs react(const State&, const events::points::PointsRestored& e, const Meta&) const
    {
        Outputs out;
        for (const auto& lot : e.returned) remind(out, e.user_id, lot.expires_at);
        for (const auto& lot : e.reissued) remind(out, e.user_id, lot.expires_at);
        return out;
    }

    // ---- Time -------------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::sagas::TimerFired&, const Meta&) { --s.timers; }
    [[nodiscard]] Outputs react(const State&, const events::sagas::TimerFired& e, const Meta&) const
    {
        return Outputs{}.send(events::points::ExpirePoints{events::UserId::parse(e.token).value()});
    }

private:
    static Outputs& remind(Outputs& out, const events::UserId& user_id, events::Timestamp expires_at)
    {
        return out.remind(std::string(lot_over), user_id.text(), expires_at);
    }
};

}  // namespace jangteo::sagas
