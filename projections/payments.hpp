// read_payments: every try to pay an order, and what came back of it (SM-03).
#pragma once

#include "events/payments.hpp"
#include "projections/runtime/rows.hpp"

#include <array>

namespace jangteo::projections::payments {

using namespace events::payments;

/// As the app shows it: what the gateway has not answered yet is still pending.
enum class Status { pending, completed, failed, cancelled, refunded };
BOOST_DESCRIBE_ENUM(Status, pending, completed, failed, cancelled, refunded)

struct Payment {
    static constexpr std::string_view table = "payments";

    events::PaymentId payment_id;
    events::OrderId order_id;
    events::UserId user_id;
    Method method{};
    Provider provider{};
    events::Won amount;
    Status status = Status::pending;
    events::Won refunded_amount;
    events::Won unwanted_amount;           ///< Captured beside it: nobody wants it.
    events::Won unwanted_refunded_amount;  ///< What of that has gone back.
    std::optional<std::string> gateway_key;
    std::optional<std::string> receipt_url;
    std::optional<std::string> trouble;  ///< The gateway's code for what went wrong last.
    std::optional<events::Timestamp> approved_at;
    std::optional<std::string> account_bank;   ///< Of a virtual account,
    std::optional<std::string> account;        ///< sealed (infra/personal), as in the event,
    std::optional<events::Timestamp> due_at;   ///< and until when the buyer may pay in.
    std::optional<std::string> secret_digest;  ///< Of what callbacks about the account prove themselves with.
    std::vector<std::array<std::int64_t, 2>>
        positions;  ///< [partition, offset] of its events, for the order's history.
    events::Timestamp created_at{};
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(Payment, (),
                      (payment_id, order_id, user_id, method, provider, amount, status, refunded_amount,
                       unwanted_amount, unwanted_refunded_amount, gateway_key, receipt_url, trouble, approved_at,
                       account_bank, account, due_at, secret_digest, positions, created_at, updated_at))

struct Projection {
    static constexpr std::string_view name = "payments";
    static constexpr int version = 2;
    static constexpr std::array reads = {context};
    using Event = events::payments::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    using Rows = projections::Rows<
        Keyed<Payment, Key<&Payment::payment_id>, Index<&Payment::order_id>, Index<&Payment::user_id>>>;

    static void apply(Rows& rows, const PaymentPrepared& e, const Meta& m)
    {
        if (e.supersedes) changed(rows, *e.supersedes, m).status = Status::cancelled;
        begin(rows, e, m, Status::pending);
    }
    static void apply(Rows& rows, const ConfirmationRequested& e, const Meta& m)
    {
        changed(rows, e.payment_id, m).gateway_key = e.gateway_key;
    }
    static void apply(Rows& rows, const PaymentCompleted& e, const Meta& m)
    {
        if (e.method == Method::point) return begin(rows, e, m, Status::completed);
        auto& payment = changed(rows, e.payment_id, m);
        payment.status = Status::completed;
        payment.gateway_key = e.gateway_key;
        payment.receipt_url = e.receipt_url;
        payment.approved_at = e.approved_at;
        payment.trouble = std::nullopt;
    }
    static void apply(Rows& rows, const UnwantedCapture& e, const Meta& m)
    {
        auto& payment = changed(rows, e.payment_id, m);
        payment.unwanted_amount += e.amount;
        payment.trouble = std::string(to_text(e.why));
        if (payment.status == Status::pending) payment.status = Status::failed;
    }
    static void apply(Rows& rows, const PaymentFailed& e, const Meta& m)
    {
        auto& payment = changed(rows, e.payment_id, m);
        payment.status = Status::failed;
        payment.trouble = e.code;
    }
    static void apply(Rows& rows, const PaymentUnknown& e, const Meta& m)
    {
        changed(rows, e.payment_id, m).trouble = "NO_ANSWER";
    }
    static void apply(Rows& rows, const PaymentCheckRequested& e, const Meta& m) { changed(rows, e.payment_id, m); }
    static void apply(Rows& rows, const VirtualAccountIssued& e, const Meta& m)
    {
        auto& payment = changed(rows, e.payment_id, m);
        payment.gateway_key = e.gateway_key;
        payment.account_bank = e.account.bank;
        payment.account = e.account.sealed;
        payment.due_at = e.due_at;
        payment.secret_digest = e.secret_digest;
        payment.trouble = std::nullopt;
    }
    static void apply(Rows& rows, const UnwantedAccount& e, const Meta& m)
    {
        auto& payment = changed(rows, e.payment_id, m);
        payment.trouble = std::string(to_text(e.why));
        if (payment.status == Status::pending) payment.status = Status::failed;
    }
    static void apply(Rows& rows, const VirtualAccountClosed& e, const Meta& m)
    {
        auto& payment = changed(rows, e.payment_id, m);
        if (payment.status == Status::pending) payment.status = Status::failed;
    }
    static void apply(Rows& rows, const RefundAccountNamed& e, const Meta& m) { changed(rows, e.payment_id, m); }
    static void apply(Rows& rows, const PaymentCancelled& e, const Meta& m)
    {
        changed(rows, e.payment_id, m).status = Status::cancelled;
    }
    static void apply(Rows& rows, const RefundRequested& e, const Meta& m) { changed(rows, e.payment_id, m); }
    static void apply(Rows& rows, const PaymentRefunded& e, const Meta& m)
    {
        auto& payment = changed(rows, e.payment_id, m);
        if (e.cause == RefundCause::unwanted_capture) {
            payment.unwanted_refunded_amount += e.amount;
            return;
        }
        payment.refunded_amount += e.amount;
        // A part that went back leaves it completed (SM-02).
        if (payment.refunded_amount == payment.amount) payment.status = Status::refunded;
    }
    static void apply(Rows& rows, const RefundFailed& e, const Meta& m)
    {
        changed(rows, e.payment_id, m).trouble = e.code;
    }
    static void apply(Rows& rows, const PaymentsClosed& e, const Meta& m)
    {
        for (const auto& id : e.cancelled) changed(rows, id, m).status = Status::cancelled;
        for (const auto& refund : e.refunds) changed(rows, refund.payment_id, m);
    }

private:
    static void begin(Rows& rows, const auto& event, const Meta& m, Status status)
    {
        Payment payment;
        payment.payment_id = event.payment_id;
        payment.order_id = event.order_id;
        payment.user_id = event.user_id;
        payment.method = event.method;
        payment.provider = event.provider;
        payment.amount = event.amount;
        payment.status = status;
        if (status == Status::completed) payment.approved_at = m.time;
        payment.created_at = m.time;
        happened(payment, m);
        rows.put(std::move(payment));
    }
    static Payment& changed(Rows& rows, const events::PaymentId& id, const Meta& m)
    {
        auto& payment = rows.existing<Payment>(id);
        happened(payment, m);
        return payment;
    }
    static void happened(Payment& payment, const Meta& m)
    {
        payment.positions.push_back({m.partition, m.offset});
        payment.updated_at = m.time;
    }
};

}  // namespace jangteo::projections::payments
