#include "tests/simulation/gateway.hpp"

namespace jangteo::simulation {

using namespace events::payments;

void Gateway::work(bool trouble)
{
    if (world_.tasks.empty()) return;
    const auto at = world_.tasks.begin() + static_cast<std::ptrdiff_t>(world_.below(world_.tasks.size()));
    const sagas::Errand errand = *at;
    const bool lost = trouble && world_.chance(0.05);
    const bool done = lost || carry_out(errand, trouble);
    const bool again = trouble && world_.chance(0.1);
    if (done && !again) world_.tasks.erase(at);
}

void Gateway::ask_for(const events::PaymentId& payment, std::optional<events::Won> amount, bool by_account)
{
    prices_.emplace(payment, amount.value_or(price));
    accounts_[payment].by_account = by_account;
}

std::string Gateway::wrong() const
{
    if (!wrong_.empty()) return wrong_;
    for (const auto& [payment, account] : accounts_) {
        if (account.due_at && account.captured == 0 && !account.closed) {
            return "the account of " + payment.text() + " is open for ever";
        }
    }
    return {};
}

events::Won Gateway::price_of(const events::PaymentId& payment) const
{
    const auto found = prices_.find(payment);
    return found == prices_.end() ? price : found->second;
}

std::int64_t Gateway::kept(const events::PaymentId& payment) const
{
    const auto found = accounts_.find(payment);
    if (found == accounts_.end()) return 0;
    std::int64_t left = found->second.captured - found->second.given_back;
    for (const auto& [id, amount] : found->second.refunds) left -= amount;
    return left;
}

bool Gateway::carry_out(const sagas::Errand& errand, bool trouble)
{
    const auto task = decode_task(errand.type, errand.value);
    if (const auto* one = std::get_if<ConfirmAtGateway>(&task)) return confirm(errand, *one, trouble);
    if (const auto* one = std::get_if<RefundAtGateway>(&task)) return refund(errand, *one, trouble);
    if (const auto* one = std::get_if<CloseAtGateway>(&task)) return close(errand, *one, trouble);
    look(errand, std::get<LookAtGateway>(task));
    return true;
}

bool Gateway::confirm(const sagas::Errand& errand, const ConfirmAtGateway& task, bool trouble)
{
    if (tell_of_confirmation(errand, task)) return true;
    auto& account = accounts_[task.payment_id];
    const bool silent = trouble && world_.chance(0.25);
    if (!silent || world_.chance(0.5)) {
        account.refused = world_.chance(0.15);
        if (!account.refused && account.by_account) {
            account.due_at = world_.now + std::chrono::milliseconds{world_.below(30'000)};
        } else if (!account.refused) {
            account.captured = task.amount.value + (world_.chance(0.1) ? 1 : 0);
        }
    }
    if (!silent) return tell_of_confirmation(errand, task);
    send(errand, RecordNoAnswer{task.order_id, task.payment_id, "confirm"});
    return false;
}

bool Gateway::refund(const sagas::Errand& errand, const RefundAtGateway& task, bool trouble)
{
    if (accounts_[task.payment_id].by_account && !task.account) wrong_ = "a deposit is to go back to nowhere";
    if (task.provider == Provider::inicis) return refund_by_lock(errand, task, trouble);
    // Money that is not wanted always goes back; goods that came back are another matter.
    auto& refunds = accounts_[task.payment_id].refunds;
    if (task.reason == "반품 환불" && !refunds.contains(task.refund_id) && world_.chance(0.2)) {
        send(errand,
             RecordRefundFailure{task.order_id, task.payment_id, task.refund_id, "NOT_CANCELABLE_PAYMENT", "no"});
        return true;
    }
    refunds.emplace(task.refund_id, task.amount.value);
    if (trouble && world_.chance(0.25)) return false;  // Done, and nobody hears of it.
    send(errand, RecordRefund{task.order_id, task.payment_id, task.refund_id, "back"});
    return true;
}

/// Inicis knows no refund by an id of ours: it gives back when what is left then is what was said. A worker that may have
/// asked before takes a refusal for its own work.
bool Gateway::refund_by_lock(const sagas::Errand& errand, const RefundAtGateway& task, bool trouble)
{
    auto& account = accounts_[task.payment_id];
    const bool in_doubt = task.asked > 0 || !begun_.insert(errand.id).second;
    const bool fits = account.captured - account.given_back - task.amount.value == task.left_after->value;
    if (fits) account.given_back += task.amount.value;
    if (trouble && world_.chance(0.25)) return false;
    if (fits || in_doubt) {
        send(errand, RecordRefund{task.order_id, task.payment_id, task.refund_id, "back"});
    } else {
        send(errand, RecordRefundFailure{task.order_id, task.payment_id, task.refund_id, "LOCK", "no"});
    }
    return true;
}

void Gateway::look(const sagas::Errand& errand, const LookAtGateway& task)
{
    // The buyer may have paid there without coming back to say so.
    auto& account = accounts_[task.payment_id];
    if (account.by_account) {
        if (world_.chance(0.3)) deposit(task.payment_id);
        if (account.due_at && world_.now >= *account.due_at) account.closed = true;
    } else if (account.captured == 0 && !account.refused && world_.chance(0.3)) {
        account.captured = price_of(task.payment_id).value;
    }
    tell(errand, task.order_id, task.payment_id);
}

void Gateway::deposit(const events::PaymentId& payment)
{
    auto& account = accounts_[payment];
    const bool waits = account.due_at && world_.now < *account.due_at && !account.closed && account.captured == 0;
    if (waits) account.captured = price_of(payment).value;
}

bool Gateway::close(const sagas::Errand& errand, const CloseAtGateway& task, bool trouble)
{
    auto& account = accounts_[task.payment_id];
    if (world_.chance(0.2)) deposit(task.payment_id);  // In the last moment.
    if (account.captured == 0) account.closed = true;
    if (trouble && world_.chance(0.25)) return false;
    if (account.captured > 0) return tell(errand, task.order_id, task.payment_id);
    send(errand, RecordAccountClosed{task.order_id, task.payment_id});
    return true;
}

bool Gateway::tell_of_confirmation(const sagas::Errand& errand, const ConfirmAtGateway& task)
{
    const auto& account = accounts_[task.payment_id];
    if (!account.due_at || account.captured > 0 || account.closed) {
        return tell(errand, task.order_id, task.payment_id);
    }
    send(errand, RecordAccountIssued{task.order_id,
                                     task.payment_id,
                                     "key:" + task.payment_id.text(),
                                     task.amount,
                                     {"20", "v1.sealed"},
                                     *account.due_at,
                                     {}});
    return true;
}

bool Gateway::tell(const sagas::Errand& errand, const events::OrderId& order, const events::PaymentId& payment)
{
    const auto& account = accounts_[payment];
    if (account.captured > 0) {
        send(errand, RecordCapture{order, payment, "key:" + payment.text(), {account.captured}, world_.now, {}});
        return true;
    }
    const bool over = account.refused || account.closed;
    if (over) send(errand, RecordPaymentFailure{order, payment, account.closed ? "EXPIRED" : "REJECT_CARD", "no"});
    return over;
}

template <class Command>
void Gateway::send(const sagas::Errand& errand, const Command& command)
{
    Record record;
    record.topic = "payments.commands";
    record.value = to_json(command);
    auto& says = record.envelope;
    says.id = events::uuid_v5(errand.id, Command::type);
    says.type = Command::type;
    says.subject = subject_of(command);
    says.correlation_id = errand.correlation_id;
    says.causation_id = errand.id;
    says.time = world_.now;
    if (Command::type != RecordNoAnswer::type) says.reply_to = errand.settles;
    record.partition = World::partition_of(record);
    wire.send(std::move(record), nullptr);
}

}  // namespace jangteo::simulation
