// The money of one order under whatever order of things: redirects, callbacks, polls, refunds and the end of the order come
// at random, twice and late. Beside the decider a naive till only counts what gateways took and gave back.
#include "producers/payments/decider.hpp"
#include "tests/unit/given.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <map>

namespace jangteo::producers::payments {
namespace {

constexpr int payments = 3;
constexpr int keys = 3;
const auto order = id<OrderId>(1);
const auto buyer = id<UserId>(2);
const Won price{10'000};

PaymentId payment_of(int n)
{
    return id<PaymentId>(static_cast<std::uint64_t>(10 + n));
}

struct Till {
    std::map<std::string, std::int64_t> taken;  ///< By gateway key and payment.
    std::int64_t given_back = 0;
};

class Run {
public:
    void ask(const Command& command)
    {
        const auto meta = meta_at(usual_time, ++number_);
        const auto decision =
            std::visit([&](const auto& one) -> Decision<Event> { return Decider::decide(one, state_, meta); }, command);
        const auto* event = std::get_if<Event>(&decision);
        if (event == nullptr) return;
        if (const auto* capture = std::get_if<PaymentCompleted>(event)) {
            RC_ASSERT(!state_.closed);
            RC_ASSERT(++completions_ == 1);
            RC_ASSERT(capture->amount == price);
        }
        if (const auto* refunded = std::get_if<PaymentRefunded>(event)) till_.given_back += refunded->amount.value;
        std::visit([&](const auto& one) { Decider::evolve(state_, one, meta); }, *event);
        history_.push_back(*event);
        check();
    }

    /// The gateway takes money; it tells of each taking under one key.
    void take(int payment, int key, Won amount)
    {
        const auto name = std::to_string(payment) + "/" + std::to_string(key);
        const auto first = till_.taken.emplace(name, amount.value).first;
        ask(RecordCapture{order, payment_of(payment), name, Won{first->second}, usual_time, {}});
        const bool known =
            std::ranges::any_of(state_.payments, [&](const Payment& one) { return one.id == payment_of(payment); });
        if (!known) till_.taken.erase(name);  // Nobody prepared it: the caller hears so and asks the gateway.
    }

    /// No gateway gives back more than it has taken, also when it does what it has refused before.
    [[nodiscard]] bool has_for(const RefundId& refund) const
    {
        for (const auto& payment : state_.payments) {
            for (const auto& capture : payment.captures) {
                for (const auto& one : capture.refunds) {
                    if (one.id == refund) return one.amount <= capture.amount - capture.sum(RefundStatus::done);
                }
            }
        }
        return true;
    }

    [[nodiscard]] const Decider::State& state() const { return state_; }

    void check() const
    {
        std::int64_t taken = 0;
        std::int64_t back = 0;
        int completed = 0;
        for (const auto& payment : state_.payments) {
            if (payment.status == Status::completed) ++completed;
            for (const auto& capture : payment.captures) {
                const auto done = capture.sum(RefundStatus::done);
                RC_ASSERT(done <= capture.amount);
                taken += capture.amount.value;
                back += done.value;
                // What nobody wants is on its way back, unless the gateway refuses.
                const bool wanted = payment.status == Status::completed && &capture == &payment.captures.front();
                const bool refused = capture.sum(RefundStatus::failed) > Won{0};
                if (!wanted || state_.closed) RC_ASSERT(refused || capture.left() == Won{0});
            }
        }
        RC_ASSERT(completed <= 1);
        std::int64_t told = 0;
        for (const auto& [key, amount] : till_.taken) told += amount;
        RC_ASSERT(taken == told);
        RC_ASSERT(back == till_.given_back);
    }

    void check_replay() const { RC_ASSERT(given<Decider>(history_).state() == state_); }

private:
    Decider::State state_;
    std::vector<Event> history_;
    Till till_;
    int completions_ = 0;
    std::uint64_t number_ = 0;
};

RefundId refund_of(int n)
{
    return id<RefundId>(static_cast<std::uint64_t>(100 + n));
}

/// A refund that the order's payments know of, or one that nobody does.
RefundId some_refund(const Run& run)
{
    std::vector<RefundId> known{refund_of(0)};
    for (const auto& payment : run.state().payments) {
        for (const auto& capture : payment.captures) {
            for (const auto& refund : capture.refunds) known.push_back(refund.id);
        }
    }
    return *rc::gen::elementOf(known);
}

RC_GTEST_PROP(PaymentsProperty, nothing_is_taken_twice_and_nothing_unwanted_is_kept, ())
{
    Run run;
    const int steps = *rc::gen::inRange(0, 60);
    for (int i = 0; i < steps; ++i) {
        const int n = *rc::gen::inRange(0, payments);
        const auto payment = payment_of(n);
        const int key = *rc::gen::inRange(0, keys);
        const auto name = std::to_string(n) + "/" + std::to_string(key);
        switch (*rc::gen::inRange(0, 14)) {
            case 0:
            case 1: run.ask(PreparePayment{order, payment, buyer, Method::card, Provider::toss, price}); break;
            case 2: run.ask(CompletePayment{order, payment, name, price}); break;
            case 3:
            case 4: run.take(n, key, *rc::gen::element(price, price, price, Won{9'000})); break;
            case 5: run.ask(RecordPaymentFailure{order, payment, "NO", "no"}); break;
            case 6: run.ask(RecordNoAnswer{order, payment, "confirm"}); break;
            case 7: run.ask(CancelPayment{order, payment, "changed my mind"}); break;
            case 8: {
                RequestRefund back{order, payment, refund_of(*rc::gen::inRange(0, 4)), {}, "", RefundCause::requested};
                if (*rc::gen::arbitrary<bool>()) back.amount = Won{*rc::gen::inRange<std::int64_t>(0, 12'000)};
                run.ask(back);
                break;
            }
            case 9: {
                const auto refund = some_refund(run);
                if (*rc::gen::inRange(0, 4) == 0 || !run.has_for(refund)) {
                    run.ask(RecordRefundFailure{order, payment, refund, "NO", "no"});
                } else {
                    run.ask(RecordRefund{order, payment, refund, "r"});
                }
                break;
            }
            case 10: run.ask(RecordAccountIssued{order, payment, name, price, {"20", "sealed"}, usual_time}); break;
            case 11: run.ask(RecordAccountClosed{order, payment}); break;
            case 12: {
                const Won amount{*rc::gen::inRange<std::int64_t>(0, 12'000)};
                const auto adopted = refund_of(*rc::gen::inRange(10, 14));
                run.ask(AdoptRefund{order, payment, adopted, name, amount, "t", Won{12'000}});
                break;
            }
            default:
                if (*rc::gen::inRange(0, 8) == 0) run.ask(ClosePayments{order, "given up"});
        }
    }
    run.check_replay();
}

}  // namespace
}  // namespace jangteo::producers::payments
