// A day of attendance is rewarded: CheckedIn ─▶ EarnPoints. The day is the reward's reference, so the ledger gives it once
// (DOA-POINT-04, DOA-CHK-05).
#pragma once

#include "events/members.hpp"
#include "events/points.hpp"
#include "sagas/runtime/saga.hpp"

#include <boost/describe/class.hpp>
#include <string_view>
#include <variant>

namespace jangteo::sagas {

struct CheckinReward {
    static constexpr std::string_view name = "checkin_reward";

    using Input = std::variant<events::members::CheckedIn>;

    struct State {
        bool sent = false;  ///< The ledger has been told.
        BOOST_DESCRIBE_CLASS(State, (), (sent), (), ())
    };

    static std::string_view phase(const State& s) { return s.sent ? "rewarded" : "unborn"; }

    static void evolve(State& s, const events::members::CheckedIn&, const Meta&) { s.sent = true; }
    [[nodiscard]] Outputs react(const State&, const events::members::CheckedIn& e, const Meta&) const
    {
        events::points::EarnPoints earn{.user_id = e.user_id, .amount = e.points};
        earn.source = events::points::PointSource::daily_checkin;
        earn.reference = e.day;
        earn.description = e.bonus ? "연속 출석 보너스" : "출석 체크";
        return Outputs{}.send(earn);
    }
};

}  // namespace jangteo::sagas
