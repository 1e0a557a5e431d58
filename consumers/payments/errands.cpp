#include "consumers/payments/errands.hpp"

#include "infra/crypto/digest.hpp"
#include "infra/personal/bank_accounts.hpp"

namespace jangteo::consumers::payments {

namespace {

using namespace events::payments;

/// Says how a payment stands, if that is decided. An account that waits for its deposit decides nothing.
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

/// What a confirmation leads to: with a virtual account, to that.
std::optional<Command> told(const ConfirmAtGateway& task, const Standing& standing, const KeyOf& key_of)
{
    const auto* waits = std::get_if<Awaiting>(&standing);
    if (waits == nullptr) return told(task.order_id, task.payment_id, standing);
    const auto key = task.user_id ? key_of(*task.user_id) : std::nullopt;
    if (!key) throw NotNow("the number of the account cannot be sealed for its buyer");
    using personal::AccountUse;
    const auto sealed = personal::seal_account(*key, task.order_id, AccountUse::pay_in, {waits->account_number, ""});
    RecordAccountIssued issued{task.order_id,         task.payment_id, waits->key, waits->amount,
                               {waits->bank, sealed}, waits->due_at,   {}};
    if (!waits->secret.empty()) issued.secret_digest = crypto::sha256_hex(waits->secret);
    return issued;
}

Finding again(const Unclear& why)
{
    return {std::nullopt, false, why.what()};
}
Finding again(const NotNow& why)
{
    return {std::nullopt, false, why.what(), false};
}

/// Nobody can read where the money was to go: its owner was forgotten, or it is not what was sealed.
struct Unreadable {};

std::optional<RefundAccount> opened(const RefundAtGateway& task, const KeyOf& key_of)
{
    if (!task.account) return std::nullopt;
    const auto buyer = personal::sealed_for(task.account->sealed);
    const auto key = buyer ? key_of(*buyer) : std::nullopt;
    if (!key) throw Unreadable();
    try {
        const auto account =
            personal::open_account(*key, task.order_id, personal::AccountUse::refund, task.account->sealed);
        return RefundAccount{task.account->bank, account.number, account.holder};
    } catch (const crypto::CannotOpen&) {
        throw Unreadable();
    }
}

struct CarryOut {
    Gateway& gateway;
    bool first;
    const KeyOf& key_of;

    Finding operator()(const ConfirmAtGateway& task) const
    {
        try {
            if (!first || task.asked > 0) {
                if (auto known = told(task, gateway.look(task.payment_id), key_of)) return {known};
            }
            return {told(task, gateway.confirm(task), key_of)};
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

    Finding operator()(const CloseAtGateway& task) const
    {
        try {
            const auto answer = gateway.close(task);
            if (const auto* captured = std::get_if<Captured>(&answer)) {
                return {told(task.order_id, task.payment_id, *captured)};
            }
            return {RecordAccountClosed{task.order_id, task.payment_id}};
        } catch (const Unclear& error) {
            return again(error);
        } catch (const NotNow& error) {
            return again(error);
        }
    }

    Finding operator()(const RefundAtGateway& task) const
    {
        try {
            const auto answer = gateway.refund(task, first && task.asked == 0, opened(task, key_of));
            if (const auto* no = std::get_if<Declined>(&answer)) {
                return {RecordRefundFailure{task.order_id, task.payment_id, task.refund_id, no->code, no->message}};
            }
            const auto& returned = std::get<Returned>(answer);
            return {RecordRefund{task.order_id, task.payment_id, task.refund_id, returned.key}};
        } catch (const Unreadable&) {
            return {RecordRefundFailure{task.order_id, task.payment_id, task.refund_id, "REFUND_ACCOUNT_UNREADABLE",
                                        "환불 계좌를 읽을 수 없습니다"}};
        } catch (const Unclear& error) {
            return again(error);
        } catch (const NotNow& error) {
            return again(error);
        }
    }
};

}  // namespace

Finding carry_out(Gateway& gateway, const Task& task, bool first, const KeyOf& key_of)
{
    return std::visit(CarryOut{gateway, first, key_of}, task);
}

}  // namespace jangteo::consumers::payments
