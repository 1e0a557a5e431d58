// The run that settles a period: every seller on the market's roll is asked to close it, so many at a time.
//
//   SettlementRunStarted ─▶ CallRoll from the first place
//   RollCalled ─▶ CloseSettlement for every seller of the call
//     each answers: SettlementScheduled, or the refusal that there is nothing to settle
//     all of the call have ─▶ CallRoll from the next place; none is left ─▶ CompleteRun, whose event answers the operator
//
// Interrupted half-way, it goes on where its inbox stands: what is sent again has the same ids, and a seller who has closed
// the period closes it once (docs/decisions/0011). There is nothing to undo: what one seller is owed is no other's matter.
#pragma once

#include "events/periods.hpp"
#include "events/settlement.hpp"
#include "sagas/runtime/saga.hpp"

#include <boost/describe/class.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace jangteo::sagas {

struct SettlementRun {
    static constexpr std::string_view name = "settlement_run";

    using Input = std::variant<events::settlement::SettlementRunStarted, events::settlement::RollCalled,
                               events::settlement::SettlementScheduled, Refused>;

    struct State {
        events::RunId run_id;
        std::string period;
        events::Timestamp until{};
        std::int64_t asked = 0;     ///< Sellers, so far,
        std::int64_t answered = 0;  ///< and how many of them have answered.
        bool more = true;           ///< The roll goes on behind those who were asked.
        std::int64_t settled = 0;
        events::Won amount;
        BOOST_DESCRIBE_CLASS(State, (), (run_id, period, until, asked, answered, more, settled, amount), (), ())
    };

    static std::string_view phase(const State& s) { return s.more || s.answered < s.asked ? "settling" : "settled"; }

    static void evolve(State& s, const events::settlement::SettlementRunStarted& e, const Meta&)
    {
        s.run_id = e.run_id;
        s.period = e.period;
        s.until = e.until;
    }
    [[nodiscard]] Outputs react(const State& s, const events::settlement::SettlementRunStarted&, const Meta&) const
    {
        return call_roll(s);
    }

    static void evolve(State& s, const events::settlement::RollCalled& e, const Meta&)
    {
        s.asked += static_cast<std::int64_t>(e.sellers.size());
        s.more = e.more;
    }
    [[nodiscard]] Outputs react(const State& s, const events::settlement::RollCalled& e, const Meta&) const
    {
        if (e.sellers.empty()) return complete(s);  // Nobody has sold anything yet.
        Outputs out;
        for (const auto& seller_id : e.sellers) {
            out.send(events::settlement::CloseSettlement{seller_id, s.run_id, s.period, s.until});
        }
        return out;
    }

    static void evolve(State& s, const events::settlement::SettlementScheduled& e, const Meta&)
    {
        ++s.answered;
        ++s.settled;
        s.amount += e.amount;
    }
    [[nodiscard]] Outputs react(const State& s, const events::settlement::SettlementScheduled&, const Meta&) const
    {
        return go_on_when_all_have_answered(s);
    }

    static void evolve(State& s, const Refused& r, const Meta&)
    {
        if (r.is<events::settlement::CloseSettlement>()) ++s.answered;
    }
    [[nodiscard]] Outputs react(const State& s, const Refused& r, const Meta&) const
    {
        return r.is<events::settlement::CloseSettlement>() ? go_on_when_all_have_answered(s) : Outputs{};
    }

private:
    [[nodiscard]] static Outputs go_on_when_all_have_answered(const State& s)
    {
        if (s.answered < s.asked) return {};
        return s.more ? call_roll(s) : complete(s);
    }

    [[nodiscard]] static Outputs call_roll(const State& s)
    {
        return Outputs{}.send(events::settlement::CallRoll{events::the_market(), s.run_id, s.asked});
    }

    [[nodiscard]] static Outputs complete(const State& s)
    {
        return Outputs{}.settle(
            events::settlement::CompleteRun{events::the_market(), s.run_id, s.asked, s.settled, s.amount});
    }
};

}  // namespace jangteo::sagas
