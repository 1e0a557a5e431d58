// What an order's payments ask of the gateways, until each question has its answer in the log.
//
//   ConfirmationRequested ─▶ ConfirmAtGateway ─▶ PaymentCompleted, PaymentFailed or UnwantedCapture
//   RefundRequested, UnwantedCapture, PaymentsClosed ─▶ RefundAtGateway ─▶ PaymentRefunded or RefundFailed
//   PaymentCheckRequested ─▶ LookAtGateway
//
// The workers ask again by themselves for as long as a gateway does not answer. Should a task be lost all the same (a
// queue was purged, an operator discarded it), a timer puts it out again after `ask_again_after`, then ever more rarely.
// Asking twice is harmless: a confirmation that is asked for again begins with a look at what was done, and a refund has
// an id.
#pragma once

#include "events/payments.hpp"
#include "events/sagas.hpp"
#include "sagas/runtime/saga.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace jangteo::sagas {

struct PaymentGateway {
    static constexpr std::string_view name = "payment_gateway";
    static constexpr std::string_view no_answer = "no_answer";

    /// How long an answer may take before the question is put again; doubled each time, about an hour at most.
    std::chrono::milliseconds ask_again_after{std::chrono::minutes{1}};

    using Input =
        std::variant<events::payments::ConfirmationRequested, events::payments::PaymentCheckRequested,
                     events::payments::PaymentCompleted, events::payments::PaymentFailed,
                     events::payments::UnwantedCapture, events::payments::RefundRequested,
                     events::payments::PaymentsClosed, events::payments::PaymentRefunded,
                     events::payments::RefundFailed, events::sagas::TimerFired, events::sagas::InstancePushed>;

    struct Captured {
        events::payments::Provider provider{};
        std::string gateway_key;
        BOOST_DESCRIBE_CLASS(Captured, (), (provider, gateway_key), (), ())
    };
    struct State {
        std::map<events::PaymentId, events::payments::ConfirmAtGateway> confirmations;  ///< Without an answer yet,
        std::map<events::RefundId, events::payments::RefundAtGateway> refunds;          ///< as these.
        std::map<events::PaymentId, Captured> captured;
        BOOST_DESCRIBE_CLASS(State, (), (confirmations, refunds, captured), (), ())
    };

    static std::string_view phase(const State& s)
    {
        if (!s.confirmations.empty()) return "confirming";
        return s.refunds.empty() ? "idle" : "refunding";
    }

    static std::vector<Waiting> waits_for(const State& s)
    {
        std::vector<Waiting> found;
        for (const auto& [id, task] : s.confirmations) {
            found.push_back({id.text(), "whether " + target_of(task) + " confirms the payment"});
        }
        for (const auto& [id, task] : s.refunds) {
            found.push_back({id.text(), "whether " + target_of(task) + " gives the money back"});
        }
        return found;
    }

    // ---- Questions --------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::payments::ConfirmationRequested& e, const Meta&)
    {
        s.confirmations[e.payment_id] = {e.order_id, e.payment_id, e.provider, e.gateway_key, e.amount};
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::ConfirmationRequested& e, const Meta& m) const
    {
        const auto& task = s.confirmations.at(e.payment_id);
        return Outputs{}
            .ask_and_settle(target_of(task), task)
            .remind(std::string(no_answer), e.payment_id.text(), m.time + ask_again_after);
    }

    static void evolve(State& s, const events::payments::RefundRequested& e, const Meta&)
    {
        s.refunds[e.refund_id] = {e.order_id, e.payment_id, e.refund_id, e.provider, e.gateway_key, e.amount, e.reason};
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::RefundRequested& e, const Meta& m) const
    {
        const auto& task = s.refunds.at(e.refund_id);
        return Outputs{}
            .ask_and_settle(target_of(task), task)
            .remind(std::string(no_answer), e.refund_id.text(), m.time + ask_again_after);
    }

    /// Money that nobody wants goes back at once.
    static void evolve(State& s, const events::payments::UnwantedCapture& e, const Meta&)
    {
        s.confirmations.erase(e.payment_id);
        s.refunds[e.refund_id] = {
            e.order_id, e.payment_id, e.refund_id, e.provider, e.gateway_key, e.amount, std::string(to_text(e.why))};
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::UnwantedCapture& e, const Meta& m) const
    {
        Outputs out;
        refund(out, s.refunds.at(e.refund_id), m);
        return out;
    }

    /// The order was given up: what was captured for it goes back.
    static void evolve(State& s, const events::payments::PaymentsClosed& e, const Meta&)
    {
        for (const auto& back : e.refunds) {
            const Captured& capture = s.captured.at(back.payment_id);
            s.refunds[back.refund_id] = {e.order_id,          back.payment_id, back.refund_id, capture.provider,
                                         capture.gateway_key, back.amount,     e.reason};
        }
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::PaymentsClosed& e, const Meta& m) const
    {
        Outputs out;
        for (const auto& back : e.refunds) refund(out, s.refunds.at(back.refund_id), m);
        return out;
    }

    /// Nothing is lost with this one: a callback comes again, and whoever reconciles asks again.
    static void evolve(State&, const events::payments::PaymentCheckRequested&, const Meta&) {}
    [[nodiscard]] Outputs react(const State&, const events::payments::PaymentCheckRequested& e, const Meta&) const
    {
        const events::payments::LookAtGateway task{e.order_id, e.payment_id, e.provider};
        return Outputs{}.ask(target_of(task), task);
    }

    // ---- Answers ----------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::payments::PaymentCompleted& e, const Meta&)
    {
        s.confirmations.erase(e.payment_id);
        s.captured[e.payment_id] = {e.provider, e.gateway_key};
    }
    static void evolve(State& s, const events::payments::PaymentFailed& e, const Meta&)
    {
        s.confirmations.erase(e.payment_id);
    }
    static void evolve(State& s, const events::payments::PaymentRefunded& e, const Meta&)
    {
        s.refunds.erase(e.refund_id);
    }
    /// The gateway said no. Somebody has to look at it; the order's payments show it.
    static void evolve(State& s, const events::payments::RefundFailed& e, const Meta&) { s.refunds.erase(e.refund_id); }

    [[nodiscard]] Outputs react(const State&, const events::payments::PaymentCompleted&, const Meta&) const
    {
        return {};
    }
    [[nodiscard]] Outputs react(const State&, const events::payments::PaymentFailed&, const Meta&) const { return {}; }
    [[nodiscard]] Outputs react(const State&, const events::payments::PaymentRefunded&, const Meta&) const
    {
        return {};
    }
    [[nodiscard]] Outputs react(const State&, const events::payments::RefundFailed&, const Meta&) const { return {}; }

    // ---- Time -------------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::sagas::TimerFired& e, const Meta&)
    {
        if (auto* task = find(s.confirmations, e.token)) ++task->asked;
        if (auto* task = find(s.refunds, e.token)) ++task->asked;
    }
    [[nodiscard]] Outputs react(const State& s, const events::sagas::TimerFired& e, const Meta& m) const
    {
        if (const auto* task = find(s.confirmations, e.token)) return ask_again(*task, e.token, m);
        if (const auto* task = find(s.refunds, e.token)) return ask_again(*task, e.token, m);
        return {};
    }

    // ---- An operator ------------------------------------------------------------------------------------------------

    /// A question that is skipped is not put again: what came of it is known otherwise, and its answer is still taken.
    static void evolve(State& s, const events::sagas::InstancePushed& e, const Meta&)
    {
        if (e.push != events::sagas::Push::skip || !e.step) return;
        s.confirmations.erase({*e.step});
        s.refunds.erase({*e.step});
    }
    /// All questions, or the one, are put again at once; their timers go on.
    [[nodiscard]] Outputs react(const State& s, const events::sagas::InstancePushed& e, const Meta&) const
    {
        Outputs out;
        if (e.push != events::sagas::Push::retry) return out;
        const auto meant = [&](const auto& id) { return !e.step || id.value == *e.step; };
        for (const auto& [id, task] : s.confirmations) {
            if (meant(id)) out.ask(target_of(task), task);
        }
        for (const auto& [id, task] : s.refunds) {
            if (meant(id)) out.ask(target_of(task), task);
        }
        return out;
    }

private:
    /// One queue for each gateway, so that one that is down holds up no other.
    static std::string target_of(const auto& task) { return "payments." + std::string(to_text(task.provider)); }

    void refund(Outputs& out, const events::payments::RefundAtGateway& task, const Meta& m) const
    {
        out.ask(target_of(task), task).remind(std::string(no_answer), task.refund_id.text(), m.time + ask_again_after);
    }

    [[nodiscard]] Outputs ask_again(const auto& task, const std::string& token, const Meta& m) const
    {
        constexpr std::int64_t most_doublings = 6;
        const auto wait = ask_again_after * (std::int64_t{1} << std::min(task.asked, most_doublings));
        return Outputs{}.ask(target_of(task), task).remind(std::string(no_answer), token, m.time + wait);
    }

    /// The question with this id, if it still has no answer.
    static auto find(auto& questions, const std::string& id) -> decltype(&questions.begin()->second)
    {
        const auto found = std::ranges::find_if(questions, [&](const auto& one) { return one.first.text() == id; });
        return found == questions.end() ? nullptr : &found->second;
    }
};

}  // namespace jangteo::sagas
