#include "events/payments.hpp"
#include "tests/e2e/checker/checker.hpp"

#include <algorithm>

namespace jangteo::e2e {

namespace {

using namespace events::payments;

enum class Standing { prepared, confirming, unknown, waiting, completed, failed, cancelled, superseded };

/// Money that a gateway took.
struct Taken {
    std::int64_t amount = 0;
    bool wanted = false;
    std::int64_t under_way = 0;  ///< Back to the buyer.
    std::int64_t back = 0;
    std::int64_t on_request = 0;  ///< Of what is back: for a reason of its own, not because the order was given up.

    [[nodiscard]] std::int64_t left() const { return amount - under_way - back; }
};

/// A refund. One that was refused may be asked for again.
struct Return {
    enum class Stage { under_way, done, refused };

    events::PaymentId payment_id;
    Taken* taken = nullptr;
    std::int64_t amount = 0;
    RefundCause cause{};
    Stage stage = Stage::under_way;
};

struct Payment {
    events::PaymentId id;
    events::OrderId order_id;
    events::UserId user_id;
    Method method{};
    Provider provider{};
    std::int64_t amount = 0;
    Standing standing = Standing::prepared;
    bool asked = false;        ///< A gateway was asked to confirm it and has not said how that went.
    bool to_close = false;     ///< An account of it is to be closed and is not yet.
    bool close_asked = false;  ///< A deposit may come before that is done: then there is nothing to wait for any more.
    std::optional<SealedAccount> account{};
    std::optional<events::Timestamp> due_at{};
    std::optional<std::string> secret_digest{};
    std::map<std::string, Taken> captures{};  ///< By the gateway's key.
    std::optional<std::string> gateway_key{};
    std::optional<std::string> receipt_url{};
    std::optional<std::string> trouble{};
    std::optional<events::Timestamp> approved_at{};
    std::vector<const events::Record*> history{};

    [[nodiscard]] bool open() const
    {
        return standing == Standing::prepared || standing == Standing::confirming || standing == Standing::unknown ||
               standing == Standing::waiting;
    }
    /// What paid the order.
    Taken* wanted()
    {
        const auto found = std::ranges::find_if(captures, [](const auto& one) { return one.second.wanted; });
        return found == captures.end() ? nullptr : &found->second;
    }
    [[nodiscard]] std::int64_t sum(std::int64_t Taken::*what, bool of_wanted) const
    {
        std::int64_t all = 0;
        for (const auto& [key, taken] : captures) all += taken.wanted == of_wanted ? taken.*what : 0;
        return all;
    }
};

struct Order {
    std::vector<Payment*> payments;
    bool closed = false;

    [[nodiscard]] const Payment* first(const std::set<Standing>& standings) const
    {
        const auto found =
            std::ranges::find_if(payments, [&](const Payment* one) { return standings.contains(one->standing); });
        return found == payments.end() ? nullptr : *found;
    }
    [[nodiscard]] const Payment* paid() const { return first({Standing::completed}); }
};

class Books {
public:
    explicit Books(Findings& findings) : findings_(findings) {}

    void see(const events::Record& record)
    {
        record_ = &record;
        if (record.envelope.type == events::rejected_type) return;
        std::visit([&](const auto& event) { apply(orders[event.order_id], event); },
                   decode_event(record.envelope.type, record.value));
    }

    /// At rest every question to a gateway has its answer, and no order that was given up keeps its money.
    void settle()
    {
        for (auto& [id, payment] : payments) {
            const auto want = [&](bool good, const auto&... what) {
                if (!good) findings_.want(good, "payment ", id.text(), ": ", what...);
            };
            want(!payment.asked, "its confirmation has no end");
            want(!payment.to_close, "its account is still open");
            const auto* taken = payment.wanted();
            if (taken == nullptr || !orders[payment.order_id].closed) continue;
            want(taken->left() <= 0, "its order was given up, and ", std::to_string(taken->left()), " won of ",
                 std::to_string(taken->amount), " are not on their way back");
        }
        for (const auto& [id, refund] : returns) {
            findings_.want(refund.stage != Return::Stage::under_way, "payment ", refund.payment_id.text(),
                           ": its refund ", id.text(), " (", to_text(refund.cause), ") has no end");
        }
    }

    std::map<events::OrderId, Order> orders;
    std::map<events::PaymentId, Payment> payments;
    std::map<events::RefundId, Return> returns;

private:
    void want(bool good, const char* what) { findings_.want(good, *record_, " ", record_->envelope.type, ": ", what); }

    // ---- Paying

    void apply(Order& order, const PaymentPrepared& e)
    {
        want(!order.closed, "comes after the order was given up");
        want(order.paid() == nullptr, "comes after the order was paid");
        want(order.first({Standing::confirming, Standing::unknown, Standing::waiting}) == nullptr,
             "comes while a gateway is asked about another one");
        want(e.method != Method::point && e.provider != Provider::none && e.amount.value > 0,
             "gives a gateway nothing to do");
        const auto* earlier = order.first({Standing::prepared});
        want(earlier == nullptr ? !e.supersedes : e.supersedes == earlier->id,
             "supersedes another than the one that was prepared");
        if (e.supersedes) {
            if (auto* superseded = known(order, *e.supersedes)) superseded->standing = Standing::superseded;
        }
        begin(order, e);
    }
    void apply(Order& order, const ConfirmationRequested& e)
    {
        auto* payment = known(order, e.payment_id);
        if (payment == nullptr) return;
        want(payment->standing == Standing::prepared, "is to be confirmed without being prepared");
        want(order.paid() == nullptr, "comes after the order was paid");
        want(e.amount.value == payment->amount && e.provider == payment->provider, "is not what was prepared");
        payment->standing = Standing::confirming;
        payment->asked = true;
        payment->gateway_key = e.gateway_key;
    }
    void apply(Order& order, const PaymentCompleted& e)
    {
        want(!order.closed, "comes after the order was given up");
        const auto* paid = order.paid();
        want(paid == nullptr || paid->id == e.payment_id, "is the second completed payment of its order");
        auto* payment = e.method == Method::point ? begin(order, e) : known(order, e.payment_id);
        if (payment == nullptr) return;
        want(payment->standing != Standing::completed, "is completed twice");
        want(payment->standing != Standing::cancelled, "comes after the payment was given up");
        want(e.amount.value == payment->amount && e.user_id == payment->user_id && e.method == payment->method &&
                 e.provider == payment->provider,
             "is not what was prepared");
        payment->standing = Standing::completed;
        payment->asked = false;
        payment->approved_at = e.approved_at;
        if (e.method == Method::point) {
            return want(e.provider == Provider::none && e.amount.value == 0 && e.gateway_key.empty(),
                        "has points taken by a gateway");
        }
        payment->gateway_key = e.gateway_key;
        payment->receipt_url = e.receipt_url;
        payment->trouble.reset();
        take(*payment, e.gateway_key, e.amount.value, true);
    }
    void apply(Order& order, const UnwantedCapture& e)
    {
        auto* payment = known(order, e.payment_id);
        if (payment == nullptr) return;
        const bool true_that = [&] {
            switch (e.why) {
                case Unwanted::order_closed: return order.closed;
                case Unwanted::paid_already: return order.paid() != nullptr;
                case Unwanted::wrong_amount: return e.amount.value != payment->amount;
                case Unwanted::given_up: return payment->standing == Standing::cancelled;
            }
            return false;
        }();
        want(true_that, "goes back for a reason that the log does not give");
        want(e.provider == payment->provider, "is of another gateway");
        if (payment->open()) payment->standing = Standing::failed;
        payment->asked = false;
        payment->to_close = false;
        payment->trouble = std::string(to_text(e.why));
        auto* taken = take(*payment, e.gateway_key, e.amount.value, false);
        if (taken != nullptr) give_back(*payment, *taken, e.refund_id, e.amount.value, RefundCause::unwanted_capture);
    }
    void apply(Order& order, const PaymentFailed& e)
    {
        auto* payment = known(order, e.payment_id);
        if (payment == nullptr) return;
        want(payment->open(), "fails after it had come to an end");
        payment->standing = Standing::failed;
        payment->asked = false;
        payment->trouble = e.code;
    }
    void apply(Order& order, const PaymentUnknown& e)
    {
        auto* payment = known(order, e.payment_id);
        if (payment == nullptr) return;
        want(payment->standing == Standing::confirming, "is unknown though no gateway was asked");
        payment->standing = Standing::unknown;
        payment->trouble = "NO_ANSWER";
    }
    void apply(Order& order, const PaymentCheckRequested& e)
    {
        const auto* payment = known(order, e.payment_id);
        want(payment == nullptr || (e.provider == payment->provider && e.provider != Provider::none),
             "asks another gateway");
    }
    void apply(Order& order, const PaymentCancelled& e)
    {
        auto* payment = known(order, e.payment_id);
        if (payment == nullptr) return;
        want(payment->standing == Standing::prepared || payment->standing == Standing::waiting,
             "gives up what was not only prepared");
        if (payment->standing == Standing::waiting) ask_to_close(*payment);
        payment->standing = Standing::cancelled;
    }

    // ---- Virtual accounts

    static void ask_to_close(Payment& payment)
    {
        payment.to_close = true;
        payment.close_asked = true;
    }
    void apply(Order& order, const VirtualAccountIssued& e)
    {
        auto* payment = known(order, e.payment_id);
        if (payment == nullptr) return;
        want(!order.closed && order.paid() == nullptr, "waits for a deposit that nobody wants");
        want(payment->open() && payment->standing != Standing::waiting, "waits again");
        want(e.amount.value == payment->amount && e.provider == payment->provider && e.user_id == payment->user_id,
             "is not what was prepared");
        payment->standing = Standing::waiting;
        payment->asked = false;
        payment->gateway_key = e.gateway_key;
        payment->account = e.account;
        payment->due_at = e.due_at;
        payment->secret_digest = e.secret_digest;
        payment->trouble.reset();
    }
    void apply(Order& order, const UnwantedAccount& e)
    {
        auto* payment = known(order, e.payment_id);
        if (payment == nullptr) return;
        if (payment->open()) payment->standing = Standing::failed;
        payment->asked = false;
        ask_to_close(*payment);
        payment->trouble = std::string(to_text(e.why));
    }
    void apply(Order& order, const VirtualAccountClosed& e)
    {
        auto* payment = known(order, e.payment_id);
        if (payment == nullptr) return;
        want(payment->close_asked, "is closed though nobody asked for it");
        payment->to_close = false;
    }
    void apply(Order& order, const RefundAccountNamed& e)
    {
        const auto* payment = known(order, e.payment_id);
        want(payment == nullptr || payment->method == Method::virtual_account, "names an account that nobody needs");
    }

    // ---- The way back

    void apply(Order& order, const RefundRequested& e)
    {
        auto* payment = known(order, e.payment_id);
        if (payment == nullptr) return;
        auto* taken = payment->wanted();
        if (taken == nullptr) return want(false, "gives back where nothing was captured");
        want(e.gateway_key == payment->gateway_key && e.provider == payment->provider, "names another capture");
        want(e.cause != RefundCause::unwanted_capture, "gives back what was wanted as unwanted");
        give_back(*payment, *taken, e.refund_id, e.amount.value, e.cause);
    }
    void apply(Order& order, const PaymentRefunded& e)
    {
        if (e.adopted_from) adopt(e);
        auto* refund = asked_for(order, e);
        if (refund == nullptr) return;
        want(refund->stage != Return::Stage::done, "goes back twice");
        want(e.cause == refund->cause, "has another cause than was asked for");
        auto& taken = *refund->taken;
        if (refund->stage == Return::Stage::under_way) taken.under_way -= refund->amount;
        refund->stage = Return::Stage::done;
        taken.back += e.amount.value;
        if (e.cause == RefundCause::requested || e.cause == RefundCause::claim) taken.on_request += e.amount.value;
        want(taken.back <= taken.amount, "has more go back than was captured");
        want(e.refunded_in_all.value == taken.back, "what went back in all does not follow from the log");
        want(e.remaining.value == std::max<std::int64_t>(0, taken.amount - taken.back),
             "what remains does not follow from the log");
    }
    void apply(Order& order, const RefundFailed& e)
    {
        auto* refund = asked_for(order, e);
        if (refund == nullptr) return;
        payments.at(e.payment_id).trouble = e.code;
        if (refund->stage != Return::Stage::under_way) return want(false, "fails after it had come to an end");
        refund->stage = Return::Stage::refused;
        refund->taken->under_way -= refund->amount;
    }
    void apply(Order& order, const PaymentsClosed& e)
    {
        want(!order.closed, "comes after the order was given up");
        std::vector<events::PaymentId> prepared;
        for (auto* payment : order.payments) {
            if (payment->standing == Standing::waiting) ask_to_close(*payment);
            if (payment->standing == Standing::prepared || payment->standing == Standing::waiting) {
                prepared.push_back(payment->id);
            }
        }
        want(std::ranges::is_permutation(e.cancelled, prepared), "gives up others than those that were only prepared");
        for (const auto& id : e.cancelled) {
            if (auto* payment = known(order, id)) payment->standing = Standing::cancelled;
        }
        for (const auto& refund : e.refunds) {
            auto* payment = known(order, refund.payment_id);
            auto* taken = payment == nullptr ? nullptr : payment->wanted();
            want(taken != nullptr, "gives back where nothing was captured");
            if (taken == nullptr) continue;
            give_back(*payment, *taken, refund.refund_id, refund.amount.value, RefundCause::order_cancelled);
        }
        order.closed = true;
        for (auto* payment : order.payments) {
            const auto* taken = payment->wanted();
            want(taken == nullptr || taken->left() <= 0, "leaves money where it is");
        }
    }

    // ---- What all of these need

    template <class Event>
    Payment* begin(Order& order, const Event& e)
    {
        const auto [at, fresh] = payments.try_emplace(e.payment_id);
        want(fresh, "is begun again");
        if (!fresh) return nullptr;
        Payment& payment = at->second;
        payment.id = e.payment_id;
        payment.order_id = e.order_id;
        payment.user_id = e.user_id;
        payment.method = e.method;
        payment.provider = e.provider;
        payment.amount = e.amount.value;
        payment.history.push_back(record_);
        order.payments.push_back(&payment);
        return &payment;
    }
    /// A payment that the event is about: of this order, and begun before.
    Payment* known(const Order& order, const events::PaymentId& id)
    {
        const auto found = std::ranges::find(order.payments, id, [](const Payment* one) { return one->id; });
        want(found != order.payments.end(), "is about a payment that the order does not have");
        if (found == order.payments.end()) return nullptr;
        (*found)->history.push_back(record_);
        return *found;
    }
    /// A gateway's key stands for money that it takes once, whichever payment it is told of for.
    Taken* take(Payment& payment, const std::string& gateway_key, std::int64_t amount, bool wanted)
    {
        const bool fresh = keys_.emplace(payment.provider, gateway_key).second;
        want(fresh && !gateway_key.empty(), "captures again what was captured");
        return fresh ? &payment.captures.emplace(gateway_key, Taken{amount, wanted}).first->second : nullptr;
    }
    void give_back(const Payment& payment, Taken& taken, const events::RefundId& id, std::int64_t amount,
                   RefundCause cause)
    {
        want(amount > 0 && amount <= taken.left(), "is to give back more than is left, or nothing");
        const auto [at, fresh] = returns.try_emplace(id);
        Return& refund = at->second;
        if (!fresh && (refund.stage != Return::Stage::refused || refund.taken != &taken)) {
            return want(false, "asks again for what is under way or back");
        }
        refund = {payment.id, &taken, amount, cause};
        taken.under_way += amount;
    }
    /// Nobody asked for it here: it begins and ends with the event.
    void adopt(const PaymentRefunded& e)
    {
        const auto payment = payments.find(e.payment_id);
        if (payment == payments.end()) return;
        const auto taken = payment->second.captures.find(*e.adopted_from);
        if (taken == payment->second.captures.end()) return want(false, "takes over a refund of what was not captured");
        give_back(payment->second, taken->second, e.refund_id, e.amount.value, e.cause);
    }
    /// The refund that the event tells the end of.
    template <class Event>
    Return* asked_for(const Order& order, const Event& e)
    {
        if (known(order, e.payment_id) == nullptr) return nullptr;
        const auto found = returns.find(e.refund_id);
        const bool asked = found != returns.end() && found->second.payment_id == e.payment_id;
        want(asked, "is about a refund that nobody asked for");
        if (!asked) return nullptr;
        want(e.amount.value == found->second.amount, "is about another amount than was asked for");
        return &found->second;
    }

    Findings& findings_;
    std::set<std::pair<Provider, std::string>> keys_;
    const events::Record* record_ = nullptr;
};

std::string status_of(const Payment& payment)
{
    switch (payment.standing) {
        case Standing::prepared:
        case Standing::confirming:
        case Standing::unknown:
        case Standing::waiting: return "pending";
        case Standing::failed: return "failed";
        case Standing::cancelled:
        case Standing::superseded: return "cancelled";
        case Standing::completed: break;
    }
    const auto back = payment.sum(&Taken::back, true);
    return back > 0 && back >= payment.amount ? "refunded" : "completed";
}

Row row_of(const Payment& payment)
{
    std::string positions = "[";
    for (const auto* event : payment.history) {
        positions += (positions.size() > 1 ? ",[" : "[") + std::to_string(event->partition) + "," +
                     std::to_string(event->offset) + "]";
    }
    return {payment.order_id.text(),
            payment.user_id.text(),
            std::string(to_text(payment.method)),
            std::string(to_text(payment.provider)),
            std::to_string(payment.amount),
            status_of(payment),
            std::to_string(payment.sum(&Taken::back, true)),
            std::to_string(payment.sum(&Taken::amount, false)),
            std::to_string(payment.sum(&Taken::back, false)),
            payment.gateway_key.value_or(null_text),
            payment.receipt_url.value_or(null_text),
            payment.trouble.value_or(null_text),
            positions + "]",
            payment.approved_at ? text_of(*payment.approved_at) : null_text,
            payment.account ? payment.account->bank : null_text,
            payment.account ? payment.account->sealed : null_text,
            payment.due_at ? text_of(*payment.due_at) : null_text,
            payment.secret_digest.value_or(null_text),
            text_of(payment.history.front()->envelope.time),
            text_of(payment.history.back()->envelope.time)};
}

}  // namespace

Money& Money::operator+=(const Money& other)
{
    captured += other.captured;
    refunded += other.refunded;
    kept += other.kept;
    return *this;
}

PaymentBooks keep_payments(const Story& story, Findings& findings, Tables& tables)
{
    Books books(findings);
    for (const auto& partition : story.accepted.at("payments")) {
        for (const auto* record : partition) books.see(*record);
    }
    books.settle();
    PaymentBooks kept;
    for (const auto& [id, refund] : books.returns) {
        if (refund.stage == Return::Stage::done) kept.back[id] = refund.amount;
    }
    for (const auto& [id, order] : books.orders) kept.by_order[id].closed = order.closed;
    auto& rows = tables["read_payments.payments"];
    for (const auto& [id, payment] : books.payments) {
        rows[id.text()] = row_of(payment);
        auto& order = kept.by_order[payment.order_id];
        if (payment.standing == Standing::completed) {
            order.completed[id] = {payment.sum(&Taken::amount, true), payment.sum(&Taken::back, true),
                                   payment.sum(&Taken::on_request, true)};
        }
        if (payment.captures.empty()) continue;
        auto& money = kept.by_payment[id];
        for (const auto& [key, taken] : payment.captures) {
            money += {taken.amount, taken.back, taken.amount - taken.back};
        }
        order.money += money;
        kept.total += money;
    }
    return kept;
}

}  // namespace jangteo::e2e
