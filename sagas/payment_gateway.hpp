// What an order's payments ask of the gateways, until each question has its answer in the log.
//
//   ConfirmationRequested ─▶ ConfirmAtGateway ─▶ PaymentCompleted, PaymentFailed or UnwantedCapture
//   RefundRequested, UnwantedCapture, PaymentsClosed ─▶ RefundAtGateway ─▶ PaymentRefunded or RefundFailed
//   PaymentCheckRequested ─▶ LookAtGateway
//   VirtualAccountIssued ─▶ LookAtGateway, ever again ─▶ PaymentCompleted or PaymentFailed
//   PaymentCancelled, PaymentsClosed, UnwantedAccount ─▶ CloseAtGateway ─▶ VirtualAccountClosed or UnwantedCapture
//
// What was paid into a virtual account goes back to an account that the buyer has to name: until RefundAccountNamed, such a
// refund is not asked for.
//
// Inicis knows no idempotency keys: its lock is what a refund leaves behind (docs/decisions/0013). So it is asked for one
// refund of a payment after the other, and what is left is counted when the turn has come.
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
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace jangteo::sagas {

struct PaymentGateway {
    static constexpr std::string_view name = "payment_gateway";
    static constexpr std::string_view no_answer = "no_answer";
    static constexpr std::string_view deposit = "deposit";

    /// How long an answer may take before the question is put again; doubled each time, about an hour at most.
    std::chrono::milliseconds ask_again_after{std::chrono::minutes{1}};
    /// How often a gateway is asked whether a deposit has come, should its callback not have.
    std::chrono::milliseconds look_for_deposit_every{std::chrono::minutes{10}};

    using Input = std::variant<
        events::payments::ConfirmationRequested, events::payments::PaymentCheckRequested,
        events::payments::PaymentCompleted, events::payments::PaymentFailed, events::payments::UnwantedCapture,
        events::payments::RefundRequested, events::payments::PaymentsClosed, events::payments::PaymentRefunded,
        events::payments::RefundFailed, events::payments::VirtualAccountIssued, events::payments::UnwantedAccount,
        events::payments::VirtualAccountClosed, events::payments::PaymentCancelled,
        events::payments::RefundAccountNamed, events::sagas::TimerFired, events::sagas::InstancePushed>;

    struct Captured {
        events::payments::Provider provider{};
        std::string gateway_key;
        std::optional<events::payments::Method> method;
        events::Won left;  ///< At the gateway.
        BOOST_DESCRIBE_CLASS(Captured, (), (provider, gateway_key, method, left), (), ())
    };
    struct State {
        std::map<events::PaymentId, events::payments::ConfirmAtGateway> confirmations;  ///< Without an answer yet,
        std::map<events::RefundId, events::payments::RefundAtGateway> refunds;          ///< as these.
        std::map<events::PaymentId, events::payments::CloseAtGateway> closings;
        std::map<events::PaymentId, Captured> captured;
        std::map<events::PaymentId, events::payments::CloseAtGateway>
            accounts;  ///< Open ones, as they would be closed.
        std::map<events::PaymentId, events::payments::SealedAccount> refund_accounts;
        std::vector<events::RefundId> line;     ///< Refunds that wait for each other, in order.
        std::vector<events::RefundId> turns;    ///< Whose turn has come with this input.
        std::optional<events::Uuid> caller_of;  ///< What the last caller waits for.
        BOOST_DESCRIBE_CLASS(State, (),
                             (confirmations, refunds, closings, captured, accounts, refund_accounts, line, turns,
                              caller_of),
                             (), ())
    };

    static std::string_view phase(const State& s)
    {
        if (!s.confirmations.empty()) return "confirming";
        if (!s.refunds.empty()) return "refunding";
        if (!s.closings.empty()) return "closing";
        return s.accounts.empty() ? "idle" : "waiting_for_deposit";
    }

    static std::vector<Waiting> waits_for(const State& s)
    {
        std::vector<Waiting> found;
        for (const auto& [id, task] : s.confirmations) {
            found.push_back({id.text(), "whether " + target_of(task) + " confirms the payment"});
        }
        for (const auto& [id, task] : s.refunds) {
            found.push_back({id.text(), lacks_account(task)
                                            ? "for the buyer to name an account to give the money back to"
                                            : "whether " + target_of(task) + " gives the money back"});
        }
        for (const auto& [id, task] : s.closings) {
            found.push_back({id.text(), "whether " + target_of(task) + " closes the account"});
        }
        for (const auto& [id, task] : s.accounts) {
            found.push_back({id.text(), "for a deposit at " + target_of(task)});
        }
        return found;
    }

    // ---- Questions --------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::payments::ConfirmationRequested& e, const Meta&)
    {
        s.confirmations[e.payment_id] = {e.order_id, e.payment_id, e.provider, e.gateway_key, e.amount,
                                         0,          e.approval,   e.user_id};
        s.caller_of = e.payment_id.value;
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
        s.refunds[e.refund_id] = {e.order_id,
                                  e.payment_id,
                                  e.refund_id,
                                  e.provider,
                                  e.gateway_key,
                                  e.amount,
                                  e.reason,
                                  0,
                                  method_of(s, e.payment_id)};
        s.caller_of = e.refund_id.value;
        s.turns.clear();
        line_up(s, e.refund_id);
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::RefundRequested&, const Meta& m) const
    {
        return give_turn(s, m);
    }

    /// Money that nobody wants goes back at once.
    static void evolve(State& s, const events::payments::UnwantedCapture& e, const Meta&)
    {
        s.confirmations.erase(e.payment_id);
        s.accounts.erase(e.payment_id);
        s.closings.erase(e.payment_id);
        s.turns.clear();
        s.refunds[e.refund_id] = {
            e.order_id, e.payment_id, e.refund_id,   e.provider, e.gateway_key, e.amount, std::string(to_text(e.why)),
            0,          e.method,     events::Won{0}};
        if (has_where_to_go(s, e.refund_id)) s.turns.push_back(e.refund_id);
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::UnwantedCapture&, const Meta& m) const
    {
        return give_turn(s, m);
    }

    /// The order was given up: what was captured for it goes back, and nobody can pay in any more.
    static void evolve(State& s, const events::payments::PaymentsClosed& e, const Meta&)
    {
        s.turns.clear();
        for (const auto& id : e.cancelled) close(s, id, e.reason);
        for (const auto& back : e.refunds) {
            const Captured& capture = s.captured.at(back.payment_id);
            s.refunds[back.refund_id] = {e.order_id,          back.payment_id, back.refund_id, capture.provider,
                                         capture.gateway_key, back.amount,     e.reason,       0,
                                         capture.method};
            line_up(s, back.refund_id);
        }
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::PaymentsClosed& e, const Meta& m) const
    {
        auto out = give_turn(s, m);
        for (const auto& id : e.cancelled) ask_to_close(out, s, id, m);
        return out;
    }

    static void evolve(State& s, const events::payments::PaymentCancelled& e, const Meta&)
    {
        close(s, e.payment_id, e.reason);
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::PaymentCancelled& e, const Meta& m) const
    {
        Outputs out;
        ask_to_close(out, s, e.payment_id, m);
        return out;
    }

    static void evolve(State& s, const events::payments::UnwantedAccount& e, const Meta&)
    {
        s.confirmations.erase(e.payment_id);
        s.closings[e.payment_id] = {e.order_id, e.payment_id, e.provider, e.gateway_key, std::string(to_text(e.why)),
                                    0};
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::UnwantedAccount& e, const Meta& m) const
    {
        Outputs out;
        ask_to_close(out, s, e.payment_id, m);
        return out;
    }

    static void evolve(State& s, const events::payments::VirtualAccountIssued& e, const Meta&)
    {
        s.confirmations.erase(e.payment_id);
        s.accounts[e.payment_id] = {e.order_id, e.payment_id, e.provider, e.gateway_key, "", 0};
    }
    [[nodiscard]] Outputs react(const State&, const events::payments::VirtualAccountIssued& e, const Meta& m) const
    {
        return Outputs{}.remind(std::string(deposit), e.payment_id.text(), m.time + look_for_deposit_every);
    }

    static void evolve(State& s, const events::payments::RefundAccountNamed& e, const Meta&)
    {
        s.refund_accounts[e.payment_id] = e.account;
        s.turns.clear();
        for (auto& [id, task] : s.refunds) {
            if (task.payment_id != e.payment_id) continue;
            if (!task.account) s.turns.push_back(id);
            task.account = e.account;
        }
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::RefundAccountNamed&, const Meta& m) const
    {
        return give_turn(s, m);
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
        s.accounts.erase(e.payment_id);
        s.captured[e.payment_id] = {e.provider, e.gateway_key, e.method, e.amount};
    }
    static void evolve(State& s, const events::payments::PaymentFailed& e, const Meta&)
    {
        s.confirmations.erase(e.payment_id);
        s.accounts.erase(e.payment_id);
    }
    static void evolve(State& s, const events::payments::VirtualAccountClosed& e, const Meta&)
    {
        s.closings.erase(e.payment_id);
        s.accounts.erase(e.payment_id);
    }
    [[nodiscard]] Outputs react(const State&, const events::payments::VirtualAccountClosed&, const Meta&) const
    {
        return {};
    }
    static void evolve(State& s, const events::payments::PaymentRefunded& e, const Meta&)
    {
        if (e.cause != events::payments::RefundCause::unwanted_capture) s.captured[e.payment_id].left = e.remaining;
        settled(s, e.refund_id);
    }
    /// The gateway said no. Somebody has to look at it; the order's payments show it.
    static void evolve(State& s, const events::payments::RefundFailed& e, const Meta&) { settled(s, e.refund_id); }

    [[nodiscard]] Outputs react(const State&, const events::payments::PaymentCompleted&, const Meta&) const
    {
        return {};
    }
    [[nodiscard]] Outputs react(const State&, const events::payments::PaymentFailed&, const Meta&) const { return {}; }
    [[nodiscard]] Outputs react(const State& s, const events::payments::PaymentRefunded&, const Meta& m) const
    {
        return give_turn(s, m);
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::RefundFailed&, const Meta& m) const
    {
        return give_turn(s, m);
    }

    // ---- Time -------------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::sagas::TimerFired& e, const Meta&)
    {
        if (auto* task = find(s.confirmations, e.token)) ++task->asked;
        if (auto* task = find(s.refunds, e.token)) ++task->asked;
        if (auto* task = find(s.closings, e.token)) ++task->asked;
    }
    [[nodiscard]] Outputs react(const State& s, const events::sagas::TimerFired& e, const Meta& m) const
    {
        if (e.name == deposit) return look_for_deposit(s, e.token, m);
        if (const auto* task = find(s.closings, e.token)) return ask_again(*task, e.token, m);
        if (const auto* task = find(s.confirmations, e.token)) return ask_again(*task, e.token, m);
        if (const auto* task = find(s.refunds, e.token)) return ask_again(*task, e.token, m);
        return {};
    }

    // ---- An operator ------------------------------------------------------------------------------------------------

    /// A question that is skipped is not put again: what came of it is known otherwise, and its answer is still taken.
    static void evolve(State& s, const events::sagas::InstancePushed& e, const Meta&)
    {
        s.turns.clear();
        if (e.push == events::sagas::Push::retry) return count_again(s, e.step);
        if (e.push != events::sagas::Push::skip || !e.step) return;
        s.confirmations.erase({*e.step});
        s.closings.erase({*e.step});
        settled(s, {*e.step});
    }
    /// All questions, or the one, are put again at once; their timers go on. The next in line has its turn.
    [[nodiscard]] Outputs react(const State& s, const events::sagas::InstancePushed& e, const Meta& m) const
    {
        if (e.push == events::sagas::Push::skip) return give_turn(s, m);
        Outputs out;
        if (e.push != events::sagas::Push::retry) return out;
        for (const auto& [id, task] : s.confirmations) {
            if (meant(e.step, id)) out.ask(target_of(task), task);
        }
        for (const auto& [id, task] : s.refunds) {
            if (meant(e.step, id) && may_be_asked_for(task)) out.ask(target_of(task), task);
        }
        for (const auto& [id, task] : s.closings) {
            if (meant(e.step, id)) out.ask(target_of(task), task);
        }
        for (const auto& [id, task] : s.accounts) {
            const events::payments::LookAtGateway look{task.order_id, task.payment_id, task.provider};
            if (meant(e.step, id)) out.ask(target_of(look), look);
        }
        return out;
    }

private:
    static bool meant(const std::optional<events::Uuid>& step, const auto& id) { return !step || id.value == *step; }
    /// Who is asked again may have done it.
    static void count_again(State& s, const std::optional<events::Uuid>& step)
    {
        for (auto& [id, task] : s.confirmations) task.asked += meant(step, id) ? 1 : 0;
        for (auto& [id, task] : s.refunds) task.asked += meant(step, id) && may_be_asked_for(task) ? 1 : 0;
        for (auto& [id, task] : s.closings) task.asked += meant(step, id) ? 1 : 0;
    }

    /// One queue for each gateway, so that one that is down holds up no other.
    static std::string target_of(const auto& task) { return "payments." + std::string(to_text(task.provider)); }

    // ---- Virtual accounts

    static void close(State& s, const events::PaymentId& id, const std::string& reason)
    {
        const auto found = s.accounts.find(id);
        if (found == s.accounts.end()) return;  // No account was opened for it.
        auto task = found->second;
        task.reason = reason;
        s.closings[id] = task;
        s.accounts.erase(found);
    }
    void ask_to_close(Outputs& out, const State& s, const events::PaymentId& id, const Meta& m) const
    {
        const auto found = s.closings.find(id);
        if (found == s.closings.end()) return;
        out.ask(target_of(found->second), found->second)
            .remind(std::string(no_answer), id.text(), m.time + ask_again_after);
    }
    [[nodiscard]] Outputs look_for_deposit(const State& s, const std::string& token, const Meta& m) const
    {
        const auto* account = find(s.accounts, token);
        if (account == nullptr) return {};
        const events::payments::LookAtGateway task{account->order_id, account->payment_id, account->provider};
        return Outputs{}
            .ask(target_of(task), task)
            .remind(std::string(deposit), token, m.time + look_for_deposit_every);
    }

    void refund(Outputs& out, const events::payments::RefundAtGateway& task, const Meta& m) const
    {
        out.ask(target_of(task), task).remind(std::string(no_answer), task.refund_id.text(), m.time + ask_again_after);
    }

    // ---- One refund after the other

    static bool waits_for_others(const events::payments::RefundAtGateway& task)
    {
        return task.provider == events::payments::Provider::inicis;
    }
    static bool lacks_account(const events::payments::RefundAtGateway& task)
    {
        return task.method == events::payments::Method::virtual_account && !task.account;
    }
    /// It has somewhere to go, and its turn has come.
    static bool may_be_asked_for(const events::payments::RefundAtGateway& task)
    {
        return !lacks_account(task) && (!waits_for_others(task) || task.left_after);
    }
    static bool has_where_to_go(State& s, const events::RefundId& id)
    {
        auto& task = s.refunds.at(id);
        if (task.method != events::payments::Method::virtual_account) return true;
        const auto named = s.refund_accounts.find(task.payment_id);
        if (named == s.refund_accounts.end()) return false;
        task.account = named->second;
        return true;
    }
    /// It is its turn at once, or when those before it have their answers, or when there is an account to send it to.
    static void line_up(State& s, const events::RefundId& id)
    {
        if (!has_where_to_go(s, id)) return;
        if (!waits_for_others(s.refunds.at(id))) {
            s.turns.push_back(id);
            return;
        }
        if (std::ranges::find(s.line, id) == s.line.end()) s.line.push_back(id);
        if (s.line.front() == id) begin(s, id);
    }
    static void settled(State& s, const events::RefundId& id)
    {
        s.turns.clear();
        s.refunds.erase(id);
        const bool was_its_turn = !s.line.empty() && s.line.front() == id;
        std::erase(s.line, id);
        if (was_its_turn && !s.line.empty()) begin(s, s.line.front());
    }
    static void begin(State& s, const events::RefundId& id)
    {
        auto& task = s.refunds.at(id);
        const auto left = s.captured.at(task.payment_id).left;
        task.left_after = left > task.amount ? left - task.amount : events::Won{0};
        s.turns.push_back(id);
    }
    [[nodiscard]] Outputs give_turn(const State& s, const Meta& m) const
    {
        Outputs out;
        for (const auto& id : s.turns) {
            refund(out, s.refunds.at(id), m);
            out.tasks.back().settles = s.caller_of == id.value;
        }
        return out;
    }
    static std::optional<events::payments::Method> method_of(const State& s, const events::PaymentId& id)
    {
        const auto found = s.captured.find(id);
        return found == s.captured.end() ? std::nullopt : found->second.method;
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
