#include "projections/settlement.hpp"

#include "projections/list.hpp"
#include "tests/unit/projections/log.hpp"

#include <numeric>

namespace jangteo::projections::settlement {
namespace {

const auto potter = id<events::SellerId>("potter");
const auto order_id = id<events::OrderId>("order");
const auto back = id<events::RefundId>("back");
const auto week_47 = id<events::SettlementId>("week 47");
const auto run = id<events::RunId>("run");
const auto market = id<events::MarketId>("market");
const auto monday = noon + std::chrono::days{1};

const SaleRecorded sold{potter,
                        order_id,
                        "ORD-20260118-0A1B",
                        {30'000},
                        {1'000},
                        {3'000},
                        1'000,
                        {{id<events::ProductId>("mug"), 2, {15'000}}},
                        {3'000},
                        {27'000},
                        noon,
                        true,
                        {{Account::clearing, {32'000}},
                         {Account::points, {1'000}},
                         {Account::commission, {-3'000}},
                         {Account::shipping, {-3'000}},
                         {Account::payable, {-27'000}}}};
const SettlementScheduled scheduled{potter,
                                    week_47,
                                    run,
                                    "2026-W47",
                                    noon - std::chrono::days{6},
                                    monday,
                                    {30'000},
                                    {3'000},
                                    {},
                                    {},
                                    {27'000},
                                    1,
                                    {{Account::payable, {27'000}}, {Account::scheduled, {-27'000}}}};
const SettlementPaid paid{
    potter, week_47, {27'000}, "KB-1", {{Account::scheduled, {27'000}}, {Account::paid, {-27'000}}}};

SaleAdjusted adjusted(std::optional<events::SettlementId> settlement)
{
    return {potter,
            order_id,
            back,
            {10'000},
            {500},
            {1'000},
            {9'000},
            monday,
            settlement,
            {{Account::clearing, {-10'500}},
             {Account::commission, {1'000}},
             {Account::shipping, {500}},
             {Account::payable, {9'000}}}};
}

struct Folded {
    template <class... Events>
    explicit Folded(const Events&... events)
    {
        fold(model(), store, Log("settlement").happened(events...).records);
    }
    [[nodiscard]] Settlement settlement() const
    {
        const auto settlements = rows<Settlement>(store);
        EXPECT_EQ(settlements.size(), 1U);
        return settlements.at(0);
    }
    MemoryStore store;
};

TEST(SettlementProjection, a_sale_is_a_line_and_its_postings)
{
    const Folded folded(sold);
    const auto line = rows<Line>(folded.store).at(0);
    EXPECT_EQ(line.kind, LineKind::sale);
    EXPECT_EQ(line.order_number, "ORD-20260118-0A1B");
    EXPECT_EQ(line.amount.value, 27'000);
    EXPECT_EQ(line.items.size(), 1U);
    EXPECT_EQ(line.booked_at, noon);
    const auto entries = rows<Entry>(folded.store);
    ASSERT_EQ(entries.size(), 5U);
    EXPECT_EQ(entries[0].order_id, order_id);
    EXPECT_EQ(entries[0].settlement_id, std::nullopt);
}

TEST(SettlementProjection, all_postings_come_to_zero)
{
    const Folded folded(sold, scheduled, paid, adjusted(week_47));
    const auto entries = rows<Entry>(folded.store);
    EXPECT_EQ(entries.size(), 13U);
    EXPECT_EQ(std::accumulate(entries.begin(), entries.end(), std::int64_t{0},
                              [](std::int64_t sum, const Entry& entry) { return sum + entry.amount.value; }),
              0);
}

TEST(SettlementProjection, a_settlement_goes_its_way)
{
    const auto fresh = Folded(sold, scheduled).settlement();
    EXPECT_EQ(fresh.status, Status::scheduled);
    EXPECT_EQ(fresh.amount.value, 27'000);
    EXPECT_EQ(fresh.until, monday);
    EXPECT_EQ(fresh.paid_at, std::nullopt);
    EXPECT_EQ(Folded(sold, scheduled, SettlementConfirmed{potter, week_47}).settlement().status, Status::confirmed);
    const SettlementHeld held{potter, week_47, "계좌 확인"};
    const auto kept = Folded(sold, scheduled, held).settlement();
    EXPECT_EQ(kept.status, Status::held);
    EXPECT_EQ(kept.held_because, "계좌 확인");
    const auto free = Folded(sold, scheduled, held, SettlementReleased{potter, week_47}).settlement();
    EXPECT_EQ(free.status, Status::scheduled);
    EXPECT_EQ(free.held_because, std::nullopt);
    const auto done = Folded(sold, scheduled, paid).settlement();
    EXPECT_EQ(done.status, Status::paid);
    EXPECT_EQ(done.reference, "KB-1");
    EXPECT_NE(done.paid_at, std::nullopt);
}

TEST(SettlementProjection, a_late_refund_is_a_line_of_the_next_and_marks_the_one_that_was_paid)
{
    const Folded folded(sold, scheduled, paid, adjusted(week_47));
    EXPECT_EQ(folded.settlement().status, Status::adjusted);
    EXPECT_EQ(folded.settlement().adjusted_amount.value, 9'000);
    EXPECT_EQ(folded.settlement().amount.value, 27'000) << "what was paid was paid";
    const auto line = rows<Line>(folded.store).at(1);
    EXPECT_EQ(line.kind, LineKind::adjustment);
    EXPECT_EQ(line.amount.value, -9'000);
    EXPECT_EQ(line.refund_id, back);
    EXPECT_EQ(line.booked_at, monday);
    EXPECT_EQ(Folded(sold, scheduled, adjusted(week_47)).settlement().status, Status::scheduled);
    EXPECT_TRUE(rows<Settlement>(Folded(sold, adjusted({})).store).empty());
}

TEST(SettlementProjection, a_run_is_running_until_it_is_completed)
{
    const SettlementRunStarted started{market, run, "2026-W47", monday};
    const auto running = rows<settlement::Run>(Folded(started).store).at(0);
    EXPECT_EQ(running.status, RunStatus::running);
    const auto over = rows<settlement::Run>(Folded(SellerRegistered{market, potter, 0}, started,
                                                   RollCalled{market, run, 0, {potter}, false},
                                                   SettlementRunCompleted{market, run, "2026-W47", 3, 1, {27'000}})
                                                .store)
                          .at(0);
    EXPECT_EQ(over.status, RunStatus::completed);
    EXPECT_EQ(over.sellers, 3);
    EXPECT_EQ(over.settled, 1);
    EXPECT_EQ(over.amount.value, 27'000);
}

}  // namespace
}  // namespace jangteo::projections::settlement
