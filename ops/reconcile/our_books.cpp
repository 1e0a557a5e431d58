#include "ops/reconcile/our_books.hpp"

#include <algorithm>
#include <variant>

namespace jangteo::ops::reconcile {

namespace {

using namespace events::payments;

/// One that was refused and is asked for again begins anew.
void begin(Capture& capture, const Refund& refund)
{
    std::erase_if(capture.refunds, [&](const Refund& earlier) { return earlier.id == refund.id; });
    capture.refunds.push_back(refund);
}

void settle(Payment& payment, const events::RefundId& id, Refund::Stage stage, const std::string& key)
{
    for (auto& capture : payment.captures) {
        for (auto& refund : capture.refunds) {
            if (refund.id != id) continue;
            refund.stage = stage;
            refund.key = key;
        }
    }
}

struct Apply {
    std::map<events::PaymentId, Payment>& payments;
    events::Timestamp time;

    void operator()(const PaymentPrepared& e) const
    {
        payments[e.payment_id] = {
            .order_id = e.order_id, .id = e.payment_id, .provider = e.provider, .changed_at = time};
    }
    void operator()(const ConfirmationRequested& e) const
    {
        if (auto* payment = known(e.payment_id)) payment->asked = true;
    }
    void operator()(const PaymentCompleted& e) const
    {
        auto* payment = e.provider == Provider::none ? nullptr : known(e.payment_id);
        if (payment == nullptr) return;
        payment->asked = false;
        payment->captures.insert(payment->captures.begin(), Capture{e.gateway_key, e.amount});
    }
    void operator()(const UnwantedCapture& e) const
    {
        auto* payment = known(e.payment_id);
        if (payment == nullptr) return;
        payment->asked = false;
        payment->captures.push_back({e.gateway_key, e.amount, {{e.refund_id, e.amount}}});
    }
    void operator()(const PaymentFailed& e) const
    {
        if (auto* payment = known(e.payment_id)) payment->asked = false;
    }
    /// The gateway has answered; money comes when the buyer pays it in.
    void operator()(const VirtualAccountIssued& e) const
    {
        if (auto* payment = known(e.payment_id)) payment->asked = false;
    }
    void operator()(const UnwantedAccount& e) const
    {
        if (auto* payment = known(e.payment_id)) payment->asked = false;
    }
    void operator()(const RefundRequested& e) const
    {
        auto* payment = known(e.payment_id);
        if (payment != nullptr && !payment->captures.empty()) {
            begin(payment->captures.front(), {e.refund_id, e.amount});
        }
    }
    void operator()(const PaymentsClosed& e) const
    {
        for (const auto& refund : e.refunds) {
            auto* payment = known(refund.payment_id);
            if (payment != nullptr && !payment->captures.empty()) {
                begin(payment->captures.front(), {refund.refund_id, refund.amount});
            }
        }
    }
    void operator()(const PaymentRefunded& e) const
    {
        auto* payment = known(e.payment_id);
        if (payment == nullptr) return;
        if (!e.adopted_from) return settle(*payment, e.refund_id, Refund::Stage::done, e.gateway_refund_key);
        for (auto& capture : payment->captures) {
            if (capture.key != *e.adopted_from) continue;
            capture.refunds.push_back({e.refund_id, e.amount, Refund::Stage::done, e.gateway_refund_key});
        }
    }
    void operator()(const RefundFailed& e) const
    {
        if (auto* payment = known(e.payment_id)) settle(*payment, e.refund_id, Refund::Stage::refused, {});
    }
    /// The others move no money and settle nothing.
    void operator()(const auto&) const {}

private:
    [[nodiscard]] Payment* known(const events::PaymentId& id) const
    {
        const auto found = payments.find(id);
        if (found == payments.end()) return nullptr;
        found->second.changed_at = time;
        return &found->second;
    }
};

}  // namespace

void OurBooks::enter(const events::Record& record)
{
    if (record.envelope.type == events::rejected_type) return;
    std::visit(Apply{payments, record.envelope.time}, decode_event(record.envelope.type, record.value));
}

}  // namespace jangteo::ops::reconcile
