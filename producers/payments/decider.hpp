// The money of one order: its payments (each try is one of its own, DOA-PAY-09), what was captured and what went back.
// Whatever is heard of a payment, by redirect, callback, poll or reconciliation, becomes a command here, in one order:
// whichever comes first wins, the others find it done (SM-03). One order is captured for at most once; what a gateway
// takes beyond that goes back by itself.
#pragma once

#include "events/payments.hpp"
#include "producers/runtime/decider.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::producers::payments {

using namespace events::payments;  // The messages of this context, and nothing else, are spoken of here.
using events::OrderId;
using events::PaymentId;
using events::RefundId;
using events::Rejection;
using events::Timestamp;
using events::UserId;
using events::Won;

/// `confirming`: the gateway was asked; `unknown`: it did not answer and has to be asked what it did; `waiting`: for the
/// buyer to pay into an account.
enum class Status { prepared, confirming, unknown, waiting, completed, failed, cancelled, superseded };
BOOST_DESCRIBE_ENUM(Status, prepared, confirming, unknown, waiting, completed, failed, cancelled, superseded)

enum class RefundStatus { under_way, done, failed };
BOOST_DESCRIBE_ENUM(RefundStatus, under_way, done, failed)

struct RefundOf {
    RefundId id;
    Won amount;
    RefundCause cause{};
    RefundStatus status = RefundStatus::under_way;
    friend bool operator==(const RefundOf&, const RefundOf&) = default;
};
BOOST_DESCRIBE_STRUCT(RefundOf, (), (id, amount, cause, status))

/// Money that a gateway took, and how much of it went back or is on its way back.
struct Capture {
    std::string gateway_key;
    Won amount;
    std::vector<RefundOf> refunds;

    [[nodiscard]] Won sum(RefundStatus status) const
    {
        Won total;
        for (const auto& refund : refunds) {
            if (refund.status == status) total += refund.amount;
        }
        return total;
    }
    /// What can still be given back. A gateway may refuse a refund and do it all the same, while another one is under
    /// way: then more is under way than there is, and the gateway will refuse that.
    [[nodiscard]] Won left() const
    {
        const Won gone = sum(RefundStatus::done) + sum(RefundStatus::under_way);
        return gone < amount ? amount - gone : Won{0};
    }
    friend bool operator==(const Capture&, const Capture&) = default;
};
BOOST_DESCRIBE_STRUCT(Capture, (), (gateway_key, amount, refunds))

struct Payment {
    PaymentId id;
    Method method{};
    Provider provider{};
    Won amount;
    Status status = Status::prepared;
    std::vector<Capture> captures;  ///< The first one of a completed payment is wanted; every other goes back.
    bool account_closed = false;    ///< Of a virtual account: no money can come any more.
    friend bool operator==(const Payment&, const Payment&) = default;
};
BOOST_DESCRIBE_STRUCT(Payment, (), (id, method, provider, amount, status, captures, account_closed))

struct Decider {
    using Command = events::payments::Command;
    using Event = events::payments::Event;

    struct State {
        UserId user_id;
        std::vector<Payment> payments;
        bool closed = false;  ///< The order was given up: nothing may be captured any more.

        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (user_id, payments, closed), (), ())
    };

    // --- Paying ---

    static Decision<Event> decide(const PreparePayment& c, const State& s, const Meta& m)
    {
        if (find(s, c.payment_id) != nullptr) return Already{};
        if (s.closed) return given_up(c.order_id);
        if (const auto* paid = completed(s)) return processed(*paid);
        if (const auto* busy = first(s, Status::confirming, Status::unknown)) return in_progress(*busy);
        if (const auto* waits = first(s, Status::waiting, Status::waiting)) return in_progress(*waits);
        if ((c.method == Method::point) != (c.amount == Won{0})) return wrong_method(c);
        if (c.method == Method::point) return paid_by_points(c, m);
        if (c.provider == Provider::none) return wrong_method(c);
        PaymentPrepared event{.order_id = c.order_id,
                              .payment_id = c.payment_id,
                              .user_id = c.user_id,
                              .method = c.method,
                              .provider = c.provider,
                              .amount = c.amount};
        if (const auto* earlier = first(s, Status::prepared, Status::prepared)) event.supersedes = earlier->id;
        return event;
    }

    static Decision<Event> decide(const CompletePayment& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        switch (payment->status) {
            case Status::prepared: break;
            case Status::confirming:
            case Status::unknown:
            case Status::waiting:
            case Status::completed: return processed(*payment);
            case Status::failed:
            case Status::cancelled:
            case Status::superseded: return cannot_be_paid(*payment);
        }
        if (const auto* paid = completed(s)) return processed(*paid);
        if (c.amount != payment->amount) return other_amount(*payment, c.amount);
        return ConfirmationRequested{c.order_id,      c.payment_id, payment->provider, c.gateway_key,
                                     payment->amount, c.approval,   s.user_id};
    }

    static Decision<Event> decide(const RecordCapture& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        if (find_capture(*payment, c.gateway_key) != nullptr) return Already{};
        if (const auto why = unwanted(c, *payment, s)) {
            return UnwantedCapture{c.order_id,
                                   c.payment_id,
                                   payment->provider,
                                   c.gateway_key,
                                   c.amount,
                                   *why,
                                   RefundId{events::uuid_v5(c.payment_id.value, "unwanted:" + c.gateway_key)},
                                   payment->method};
        }
        return PaymentCompleted{c.order_id,      c.payment_id,  s.user_id,     payment->method, payment->provider,
                                payment->amount, c.gateway_key, c.approved_at, c.receipt_url};
    }

    /// Nothing is paid yet: the order waits for as long as the account does.
    static Decision<Event> decide(const RecordAccountIssued& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        if (payment->status == Status::waiting || payment->account_closed) return Already{};
        if (!payment->captures.empty()) return Already{};  // It was paid into meanwhile.
        const auto why = unwanted(RecordCapture{.amount = c.amount}, *payment, s);
        const bool over = payment->status == Status::failed || payment->status == Status::superseded;
        if (why || over) {
            return UnwantedAccount{c.order_id, c.payment_id, payment->provider, c.gateway_key,
                                   why.value_or(Unwanted::given_up)};
        }
        return VirtualAccountIssued{c.order_id, c.payment_id, s.user_id, payment->provider, c.gateway_key,
                                    c.amount,   c.account,    c.due_at,  c.secret_digest};
    }

    /// Its money comes, if at all, before this.
    static Decision<Event> decide(const RecordAccountClosed& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        if (payment->account_closed) return Already{};
        return VirtualAccountClosed{c.order_id, c.payment_id};
    }

    static Decision<Event> decide(const RecordPaymentFailure& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        if (!open(*payment)) return Already{};
        return PaymentFailed{c.order_id, c.payment_id, c.code, c.message};
    }

    static Decision<Event> decide(const RecordNoAnswer& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        if (payment->status != Status::confirming) return Already{};
        return PaymentUnknown{c.order_id, c.payment_id, payment->provider, c.step};
    }

    /// Whoever asks for it is not believed, only the gateway is (DOA-PAY-02). A confirmation under way finds out anyway.
    static Decision<Event> decide(const CheckPayment& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        if (payment->provider == Provider::none) return Already{};
        if (payment->status == Status::confirming || payment->status == Status::unknown) return Already{};
        if (payment->status == Status::completed) return Already{};
        return PaymentCheckRequested{c.order_id, c.payment_id, payment->provider};
    }

    static Decision<Event> decide(const CancelPayment& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        switch (payment->status) {
            case Status::prepared:
            case Status::waiting: return PaymentCancelled{c.order_id, c.payment_id, c.reason};
            case Status::confirming:
            case Status::unknown:
            case Status::completed: return processed(*payment);
            case Status::failed:
            case Status::cancelled:
            case Status::superseded: break;
        }
        return Already{};
    }

    // --- The way back ---

    static Decision<Event> decide(const RequestRefund& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        if (payment->status != Status::completed) return cannot_be_refunded(*payment);
        if (payment->captures.empty()) return cannot_be_refunded(*payment);  // Points go back to their lots.
        const Capture& capture = payment->captures.front();
        const auto* before = find_refund(*payment, c.refund_id);
        if (before != nullptr && before->status != RefundStatus::failed) return Already{};
        const Won left = capture.left();
        if (left == Won{0}) return processed(*payment);
        const Won amount = c.amount.value_or(left);
        if (amount == Won{0} || amount > left) return too_much(*payment, amount, left);
        return RefundRequested{c.order_id,          c.payment_id, c.refund_id, payment->provider,
                               capture.gateway_key, amount,       c.reason,    c.cause};
    }

    /// The last word counts. What was paid into a virtual account cannot go back the way it came.
    static Decision<Event> decide(const NameRefundAccount& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        if (payment == nullptr) return unknown(c.payment_id);
        if (payment->method != Method::virtual_account) return cannot_be_refunded(*payment);
        return RefundAccountNamed{c.order_id, c.payment_id, c.account};
    }

    static Decision<Event> decide(const RecordRefund& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        const auto* capture = payment == nullptr ? nullptr : capture_of(*payment, c.refund_id);
        if (capture == nullptr) return unknown(c.payment_id);
        const RefundOf& refund = *find_refund(*payment, c.refund_id);
        // A gateway that said no and did it all the same: what has gone back has gone back.
        if (refund.status == RefundStatus::done) return Already{};
        const Won in_all = capture->sum(RefundStatus::done) + refund.amount;
        return PaymentRefunded{
            c.order_id,           c.payment_id, c.refund_id,
            refund.amount,        in_all,       in_all > capture->amount ? Won{0} : capture->amount - in_all,
            c.gateway_refund_key, refund.cause};
    }

    static Decision<Event> decide(const RecordRefundFailure& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        const auto* refund = payment == nullptr ? nullptr : find_refund(*payment, c.refund_id);
        if (refund == nullptr) return unknown(c.payment_id);
        if (refund->status != RefundStatus::under_way) return Already{};
        return RefundFailed{c.order_id, c.payment_id, c.refund_id, refund->amount, c.code, c.message};
    }

    /// Somebody gave money back at the gateway itself: it has gone, whatever is thought of it here. Two guards keep a refund
    /// of ours from being counted twice: while one is under way, its own answer comes first; and when our books have come as
    /// far as the gateway's since it was asked, this one is among ours.
    static Decision<Event> decide(const AdoptRefund& c, const State& s, const Meta&)
    {
        const auto* payment = find(s, c.payment_id);
        const auto* capture = payment == nullptr ? nullptr : find_capture(*payment, c.gateway_key);
        if (capture == nullptr) return unknown(c.payment_id);
        if (find_refund(*payment, c.refund_id) != nullptr) return Already{};
        if (capture->sum(RefundStatus::under_way) > Won{0}) return in_progress(*payment);
        const Won in_all = capture->sum(RefundStatus::done) + c.amount;
        if (in_all > c.refunded_there) return Already{};
        if (c.amount == Won{0} || in_all > capture->amount) {
            return too_much(*payment, c.amount, capture->amount - capture->sum(RefundStatus::done));
        }
        return PaymentRefunded{c.order_id,
                               c.payment_id,
                               c.refund_id,
                               c.amount,
                               in_all,
                               capture->amount - in_all,
                               c.gateway_refund_key,
                               is_wanted(*payment, *capture) ? RefundCause::requested : RefundCause::unwanted_capture,
                               c.gateway_key};
    }

    /// Closes also what nobody has begun to pay, so that nobody begins.
    static Decision<Event> decide(const ClosePayments& c, const State& s, const Meta&)
    {
        if (s.closed) return Already{};
        PaymentsClosed event{c.order_id, c.reason, {}, {}};
        for (const auto& payment : s.payments) {
            if (payment.status == Status::prepared || payment.status == Status::waiting) {
                event.cancelled.push_back(payment.id);
            }
            if (payment.status != Status::completed || payment.captures.empty()) continue;
            const Won left = payment.captures.front().left();
            if (left == Won{0}) continue;
            event.refunds.push_back({payment.id, RefundId{events::uuid_v5(payment.id.value, "closed")}, left});
        }
        return event;
    }

    // --- What has happened ---

    static void evolve(State& s, const PaymentPrepared& e, const Meta&)
    {
        s.user_id = e.user_id;
        if (e.supersedes) existing(s, *e.supersedes).status = Status::superseded;
        s.payments.push_back({e.payment_id, e.method, e.provider, e.amount, Status::prepared, {}, false});
    }
    static void evolve(State& s, const ConfirmationRequested& e, const Meta&)
    {
        existing(s, e.payment_id).status = Status::confirming;
    }
    static void evolve(State& s, const PaymentCompleted& e, const Meta&)
    {
        if (e.method == Method::point) {
            s.user_id = e.user_id;
            s.payments.push_back({e.payment_id, e.method, e.provider, e.amount, Status::completed, {}, false});
            return;
        }
        auto& payment = existing(s, e.payment_id);
        payment.status = Status::completed;
        // First: it is the wanted one, whatever else was captured.
        payment.captures.insert(payment.captures.begin(), Capture{e.gateway_key, e.amount, {}});
    }
    static void evolve(State& s, const UnwantedCapture& e, const Meta&)
    {
        auto& payment = existing(s, e.payment_id);
        if (open(payment)) payment.status = Status::failed;
        payment.captures.push_back({e.gateway_key,
                                    e.amount,
                                    {{e.refund_id, e.amount, RefundCause::unwanted_capture, RefundStatus::under_way}}});
    }
    static void evolve(State& s, const PaymentFailed& e, const Meta&)
    {
        existing(s, e.payment_id).status = Status::failed;
    }
    static void evolve(State& s, const PaymentUnknown& e, const Meta&)
    {
        existing(s, e.payment_id).status = Status::unknown;
    }
    static void evolve(State&, const PaymentCheckRequested&, const Meta&) {}
    static void evolve(State& s, const VirtualAccountIssued& e, const Meta&)
    {
        existing(s, e.payment_id).status = Status::waiting;
    }
    static void evolve(State& s, const UnwantedAccount& e, const Meta&)
    {
        auto& payment = existing(s, e.payment_id);
        if (open(payment)) payment.status = Status::failed;
    }
    static void evolve(State& s, const VirtualAccountClosed& e, const Meta&)
    {
        auto& payment = existing(s, e.payment_id);
        payment.account_closed = true;
        if (open(payment)) payment.status = Status::failed;
    }
    static void evolve(State&, const RefundAccountNamed&, const Meta&) {}
    static void evolve(State& s, const PaymentCancelled& e, const Meta&)
    {
        existing(s, e.payment_id).status = Status::cancelled;
    }
    static void evolve(State& s, const RefundRequested& e, const Meta&)
    {
        begin_refund(existing(s, e.payment_id), {e.refund_id, e.amount, e.cause, RefundStatus::under_way});
    }
    static void evolve(State& s, const PaymentRefunded& e, const Meta&)
    {
        if (e.adopted_from) return adopt(existing(s, e.payment_id), e);
        settle_refund(s, e.payment_id, e.refund_id, RefundStatus::done);
    }
    static void evolve(State& s, const RefundFailed& e, const Meta&)
    {
        settle_refund(s, e.payment_id, e.refund_id, RefundStatus::failed);
    }
    static void evolve(State& s, const PaymentsClosed& e, const Meta&)
    {
        s.closed = true;
        for (const auto& id : e.cancelled) existing(s, id).status = Status::cancelled;
        for (const auto& refund : e.refunds) {
            begin_refund(existing(s, refund.payment_id),
                         {refund.refund_id, refund.amount, RefundCause::order_cancelled, RefundStatus::under_way});
        }
    }

private:
    // --- The rules ---

    /// DOA-POINT-10: points have paid it all; there is nothing for a gateway to do.
    static PaymentCompleted paid_by_points(const PreparePayment& c, const Meta& m)
    {
        return {c.order_id, c.payment_id, c.user_id, Method::point, Provider::none, c.amount, "", m.time, {}};
    }

    /// Money that arrives late still pays the order, as long as nobody gave the payment or the order up, nothing else has
    /// paid it, and it is the right amount.
    static std::optional<Unwanted> unwanted(const RecordCapture& c, const Payment& payment, const State& s)
    {
        if (s.closed) return Unwanted::order_closed;
        if (completed(s) != nullptr) return Unwanted::paid_already;
        if (c.amount != payment.amount) return Unwanted::wrong_amount;
        if (payment.status == Status::cancelled) return Unwanted::given_up;
        return std::nullopt;
    }

    /// Nothing is decided about it yet.
    static bool open(const Payment& payment)
    {
        return payment.status == Status::prepared || payment.status == Status::confirming ||
               payment.status == Status::unknown || payment.status == Status::waiting;
    }

    // --- Looking things up ---

    static const Payment* find(const State& s, const PaymentId& id)
    {
        const auto found = std::ranges::find(s.payments, id, &Payment::id);
        return found == s.payments.end() ? nullptr : &*found;
    }
    static const Payment* first(const State& s, Status one, Status other)
    {
        const auto found = std::ranges::find_if(
            s.payments, [&](const Payment& payment) { return payment.status == one || payment.status == other; });
        return found == s.payments.end() ? nullptr : &*found;
    }
    static const Payment* completed(const State& s) { return first(s, Status::completed, Status::completed); }

    static const Capture* find_capture(const Payment& payment, std::string_view gateway_key)
    {
        const auto found = std::ranges::find(payment.captures, gateway_key, &Capture::gateway_key);
        return found == payment.captures.end() ? nullptr : &*found;
    }
    static const Capture* capture_of(const Payment& payment, const RefundId& id)
    {
        for (const auto& capture : payment.captures) {
            if (std::ranges::find(capture.refunds, id, &RefundOf::id) != capture.refunds.end()) return &capture;
        }
        return nullptr;
    }
    static const RefundOf* find_refund(const Payment& payment, const RefundId& id)
    {
        const auto* capture = capture_of(payment, id);
        return capture == nullptr ? nullptr : &*std::ranges::find(capture->refunds, id, &RefundOf::id);
    }

    static Payment& existing(State& s, const PaymentId& id) { return *std::ranges::find(s.payments, id, &Payment::id); }
    static void settle_refund(State& s, const PaymentId& payment_id, const RefundId& id, RefundStatus status)
    {
        for (auto& capture : existing(s, payment_id).captures) {
            for (auto& refund : capture.refunds) {
                if (refund.id == id) refund.status = status;
            }
        }
    }
    static void adopt(Payment& payment, const PaymentRefunded& e)
    {
        auto& capture = *std::ranges::find(payment.captures, *e.adopted_from, &Capture::gateway_key);
        capture.refunds.push_back({e.refund_id, e.amount, e.cause, RefundStatus::done});
    }
    static bool is_wanted(const Payment& payment, const Capture& capture)
    {
        return payment.status == Status::completed && &capture == &payment.captures.front();
    }
    /// Of the wanted capture. A refund that failed and is asked for again begins anew.
    static void begin_refund(Payment& payment, const RefundOf& refund)
    {
        auto& refunds = payment.captures.front().refunds;
        std::erase_if(refunds, [&](const RefundOf& earlier) { return earlier.id == refund.id; });
        refunds.push_back(refund);
    }

    // --- Refusals ---

    static std::string status_of(const Payment& payment) { return boost::describe::enum_to_string(payment.status, ""); }
    static Rejection unknown(const PaymentId& id) { return {"COMMON_404", {{"paymentId", id.text()}}}; }
    static Rejection given_up(const OrderId& id)
    {
        return {"ORD_003", {{"orderId", id.text()}, {"status", std::string("cancelled")}}};
    }
    static Rejection processed(const Payment& payment)
    {
        return {"PAY_002", {{"paymentId", payment.id.text()}, {"status", status_of(payment)}}};
    }
    static Rejection in_progress(const Payment& payment)
    {
        return {"COMMON_409", {{"paymentId", payment.id.text()}, {"status", status_of(payment)}}};
    }
    static Rejection cannot_be_paid(const Payment& payment)
    {
        return {"PAY_001", {{"paymentId", payment.id.text()}, {"status", status_of(payment)}}};
    }
    static Rejection cannot_be_refunded(const Payment& payment) { return in_progress(payment); }
    static Rejection other_amount(const Payment& payment, Won said)
    {
        return {"PAY_001",
                {{"paymentId", payment.id.text()}, {"expected", payment.amount.value}, {"amount", said.value}}};
    }
    static Rejection too_much(const Payment& payment, Won amount, Won left)
    {
        return {"COMMON_400", {{"paymentId", payment.id.text()}, {"amount", amount.value}, {"maximum", left.value}}};
    }
    static Rejection wrong_method(const PreparePayment& c)
    {
        return {"COMMON_400",
                {{"method", std::string(to_text(c.method))},
                 {"provider", std::string(to_text(c.provider))},
                 {"amount", c.amount.value}}};
    }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::payments
