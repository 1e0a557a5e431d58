// A seller's ledger under whatever order of things. Beside the decider a naive cash book only counts: what buyers paid, what
// went back to them, what the seller was transferred.
#include "producers/settlement/decider.hpp"
#include "tests/unit/given.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <map>

namespace jangteo::producers::settlement {
namespace {

const auto potter = id<SellerId>(1);
const auto first_monday = moment("2026-11-15T15:00:00Z");
constexpr int orders = 6;
constexpr int weeks = 5;

OrderId order_of(int n)
{
    return id<OrderId>(static_cast<std::uint64_t>(100 + n));
}
std::string period_of(int week)
{
    return "2026-W" + std::to_string(47 + week);
}

class Run {
public:
    void ask(const Command& command)
    {
        const auto meta = meta_at(now_, ++number_);
        const auto decide = [&](const auto& one) -> Decision<Event> { return Decider::decide(one, state_, meta); };
        const auto decision = std::visit(decide, command);
        const auto* event = std::get_if<Event>(&decision);
        if (event == nullptr) return;
        std::visit(
            [&](const auto& one) {
                count(one);
                Decider::evolve(state_, one, meta);
            },
            *event);
        history_.push_back(*event);
        const auto before = state_;
        const auto again = std::visit(decide, command);
        RC_ASSERT(!std::holds_alternative<Event>(again));
        RC_ASSERT(state_ == before);
        check();
    }
    void wait(std::chrono::hours time) { now_ += time; }

    /// What is left comes back from the events alone.
    void check_history() const
    {
        State replayed;
        for (const auto& event : history_) {
            std::visit([&](const auto& one) { Decider::evolve(replayed, one, meta_at(now_)); }, event);
        }
        RC_ASSERT(replayed == state_);
    }

private:
    template <class Message>
    void count(const Message& event)
    {
        if constexpr (requires { event.postings; }) {
            Won sum;
            for (const Posting& posting : event.postings) {
                RC_ASSERT(posting.amount != Won{});
                sum += posting.amount;
                accounts_[posting.account] += posting.amount;
            }
            RC_ASSERT(sum == Won{});
        }
        if constexpr (std::same_as<Message, SaleRecorded>) {
            paid_by_buyers_ += event.product_amount + event.shipping_share - event.points_share;
            paid_by_points_ += event.points_share;
        }
        if constexpr (std::same_as<Message, SaleAdjusted>) {
            given_back_ += event.product_amount + event.shipping_amount;
            RC_ASSERT(event.commission >= Won{} && event.amount >= Won{});
        }
        if constexpr (std::same_as<Message, SettlementScheduled>) {
            RC_ASSERT(event.amount == event.sales - event.commission - event.refunds + event.refunded_commission);
        }
        if constexpr (std::same_as<Message, SettlementPaid>) {
            transferred_ += event.amount;
            RC_ASSERT(++payments_[event.settlement_id] == 1);
        }
    }

    void check()
    {
        Won all;
        for (const auto& [account, balance] : accounts_) all += balance;
        RC_ASSERT(all == Won{});
        RC_ASSERT(accounts_[Account::clearing] == paid_by_buyers_ - given_back_);
        RC_ASSERT(accounts_[Account::points] == paid_by_points_);
        RC_ASSERT(accounts_[Account::paid] == Won{} - transferred_);
        Won open;
        for (const auto& [day, sums] : state_.open) open += sums.amount();
        RC_ASSERT(accounts_[Account::payable] == Won{} - open);
        Won waiting;
        for (const auto& [settlement_id, settlement] : state_.settlements) {
            if (!payments_.contains(settlement_id)) waiting += settlement.amount;
        }
        RC_ASSERT(accounts_[Account::scheduled] == Won{} - waiting);
        RC_ASSERT(accounts_[Account::commission] <= Won{});
        RC_ASSERT(accounts_[Account::shipping] <= Won{});
    }

    State state_;
    std::vector<Event> history_;
    Timestamp now_ = first_monday;
    std::uint64_t number_ = 0;
    std::map<Account, Won> accounts_;
    std::map<SettlementId, int> payments_;
    Won paid_by_buyers_;
    Won paid_by_points_;
    Won given_back_;
    Won transferred_;
};

Command any_command()
{
    const auto order = order_of(*rc::gen::inRange(0, orders));
    const int week = *rc::gen::inRange(0, weeks);
    const auto settlement = settlement_of(potter, period_of(week));
    const auto amount = [](std::int64_t most) { return Won{*rc::gen::inRange<std::int64_t>(0, most)}; };
    switch (*rc::gen::inRange(0, 9)) {
        case 0:
        case 1: {
            RecordSale sale{.seller_id = potter, .order_id = order};
            sale.product_amount = amount(50'000);
            sale.shipping_share = amount(3'000);
            sale.points_share = amount(53'000);
            sale.commission_basis_points = *rc::gen::inRange<std::int64_t>(0, 10'001);
            return sale;
        }
        case 2:
        case 3:
            return AdjustSale{potter, order, id<RefundId>(static_cast<std::uint64_t>(*rc::gen::inRange(0, 1'000))),
                              amount(20'000), amount(1'000)};
        case 4: {
            const auto period = events::parse_period(period_of(week)).value();
            return CloseSettlement{potter, events::run_of(period_of(week)), period_of(week), period.end};
        }
        case 5: return PaySettlement{potter, settlement, "KB"};
        case 6: return ConfirmSettlement{potter, settlement};
        case 7: return HoldSettlement{potter, settlement, "why"};
        default: return ReleaseSettlement{potter, settlement};
    }
}

RC_GTEST_PROP(SettlementProperty, every_event_and_all_accounts_come_to_zero_and_nobody_is_paid_twice, ())
{
    Run run;
    for (int n = *rc::gen::inRange(0, 60); n > 0; --n) {
        run.ask(any_command());
        run.wait(std::chrono::hours{*rc::gen::inRange(0, 24)});
    }
    run.check_history();
}

}  // namespace
}  // namespace jangteo::producers::settlement
