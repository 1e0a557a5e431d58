#include "consumers/payments/errands.hpp"

namespace jangteo::consumers::payments {

namespace {

using namespace events::payments;

/// Says how a payment stands, if that is decided.
std::optional<Command> told(const events::OrderId& order, const events::PaymentId& payment, const Standing& standing)
{
    if (const auto* captured = std::get_if<Captured>(&standing)) {
        return RecordCapture{
            order, payment, captured->key, captured->amount, captured->approved_at, captured->receipt_url};
    }
    if (const auto* no = std::get_if<Declined>(&standing)) {
        return RecordPaymentFailure{order, payment, no->code, no->message};
    }
    return std::nullopt;
}

Finding again(const Unclear& why)
{
    return {std::nullopt, false, why.what()};
}
Finding again(const NotNow& why)
{
    return {std::nullopt, false, why.what(), false};
}

struct CarryOut {
    Gateway& gateway;
    bool first;

    Finding operator()(const ConfirmAtGateway& task) const
    {
        try {
            if (!first || task.asked > 0) {
                if (auto known = told(task.order_id, task.payment_id, gateway.look(task.payment_id))) return {known};
            }
            return {told(task.order_id, task.payment_id, gateway.confirm(task))};
        } catch (const Unclear& error) {
            return {RecordNoAnswer{task.order_id, task.payment_id, "confirm"}, false, error.what()};
        } catch (const NotNow& error) {
            return again(error);
        }
    }

    Finding operator()(const LookAtGateway& task) const
    {
        try {
            return {told(task.order_id, task.payment_id, gateway.look(task.payment_id))};
        } catch (const Unclear& error) {
            return again(error);
        } catch (const NotNow& error) {
            return again(error);
        }
    }

    Finding operator()(const RefundAtGateway& task) const
    {
        try {
            const auto answer = gateway.refund(task, first && task.asked == 0);
            if (const auto* no = std::get_if<Declined>(&answer)) {
                return {RecordRefundFailure{task.order_id, task.payment_id, task.refund_id, no->code, no->message}};
            }
            const auto& returned = std::get<Returned>(answer);
            return {RecordRefund{task.order_id, task.payment_id, task.refund_id, returned.key}};
        } catch (const Unclear& error) {
            return again(error);
        } catch (const NotNow& error) {
            return again(error);
        }
    }
};

}  // namespace

Finding carry_out(Gateway& gateway, const Task& task, bool first)
{
    return std::visit(CarryOut{gateway, first}, task);
}

}  // namespace jangteo::consumers::payments
