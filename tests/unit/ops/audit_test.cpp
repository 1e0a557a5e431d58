// What the audit counts, and what it calls wrong.
#include "events/claims.hpp"
#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "ops/audit/judge.hpp"
#include "ops/audit/read_models.hpp"

#include <gtest/gtest.h>

namespace jangteo::ops::audit {
namespace {

using namespace std::chrono_literals;
using events::OrderId;
using events::PaymentId;
using events::ProductId;
using events::UserId;

template <class Id>
Id id(const std::string& name)
{
    return {events::uuid_v5(events::url_namespace, name)};
}

const auto mug = id<ProductId>("mug");
const auto buyer = id<UserId>("buyer");
const auto seller = id<events::SellerId>("seller");
const auto order_id = id<OrderId>("order");
const auto payment = id<PaymentId>("payment");
const events::Timestamp then{1'000'000s};

class Audit : public testing::Test {
public:
    template <class Event>
    Audit& say(const Event& event)
    {
        events::Record record;
        const std::string type(Event::type);
        const auto begin = type.find('.') + 1;
        record.topic = type.substr(begin, type.rfind('.') - begin) + ".events";
        record.envelope.type = type;
        record.envelope.time = then;
        record.value = to_json(event);
        books.enter(record);
        return *this;
    }

    Audit& accept(std::int64_t quantity)
    {
        say(events::inventory::ItemPut{mug, 0, 10, 0, "머그컵", {5'000}, seller, false});
        say(events::points::PointsEarned{
            .user_id = buyer, .amount = {1'000}, .description = "가입", .balance = {1'000}});
        say(events::orders::OrderPlaced{order_id,
                                        "ORD-20261121-0001",
                                        buyer,
                                        {{mug, quantity, {}}},
                                        {"홍길동", "010-1234-5678", "04524", "서울", {}},
                                        {100}});
        say(events::inventory::StockHeld{mug, order_id, quantity, "머그컵", {5'000}, seller, 10, quantity, false});
        say(events::points::PointsSpent{
            .user_id = buyer, .order_id = order_id, .amount = {100}, .description = "주문", .balance = {900}});
        events::orders::OrderAccepted accepted{
            .order_id = order_id, .order_number = "ORD-20261121-0001", .user_id = buyer};
        accepted.lines.push_back({mug, "머그컵", {5'000}, seller, quantity, {5'000 * quantity}, {}});
        accepted.points_used = {100};
        accepted.total_amount = {5'000 * quantity + 2'900};
        return say(accepted);
    }
    Audit& pay(std::int64_t amount)
    {
        say(events::payments::PaymentCompleted{
            .order_id = order_id, .payment_id = payment, .user_id = buyer, .amount = {amount}});
        say(events::orders::OrderConfirmed{order_id, buyer, payment});
        return say(events::inventory::StockDeducted{mug, order_id, 2, 8, 0});
    }
    events::payments::PaymentRefunded back(std::int64_t amount, events::payments::RefundCause cause) const
    {
        return {
            .order_id = order_id, .payment_id = payment, .amount = {amount}, .gateway_refund_key = "R", .cause = cause};
    }

    [[nodiscard]] std::vector<std::string> wrong() const { return judge(books, then + 2min, 60s).wrong; }

    Books books;
};

TEST_F(Audit, a_pending_a_paid_and_a_cancelled_order_have_what_their_end_says)
{
    accept(2);
    EXPECT_TRUE(wrong().empty()) << wrong().front();
    EXPECT_EQ(books.stock[mug], (Stock{10, 2}));
    pay(12'900);
    EXPECT_TRUE(wrong().empty()) << wrong().front();
    EXPECT_EQ(books.stock[mug], (Stock{8, 0}));
    say(back(900, events::payments::RefundCause::requested));
    EXPECT_TRUE(wrong().empty()) << "what was asked back is not owed any more";
    say(events::orders::OrderCancelled{order_id, buyer, "", events::orders::CancelCause::buyer, {{mug, 2}}, {100}});
    EXPECT_FALSE(wrong().empty()) << "nothing has come back yet";
    say(events::inventory::StockRestored{mug, order_id, 2, 10, 0, {}});
    say(events::points::PointsRestored{
        .user_id = buyer, .order_id = order_id, .amount = {100}, .description = "취소", .balance = {1'000}});
    say(back(12'000, events::payments::RefundCause::order_cancelled));
    EXPECT_TRUE(wrong().empty()) << wrong().front();
    EXPECT_EQ(books.points[buyer], 1'000);
    EXPECT_EQ(books.payments[payment].kept(), 0);
}

TEST_F(Audit, sees_what_is_missing_and_gives_the_process_its_time)
{
    accept(2).pay(12'899);
    ASSERT_EQ(wrong().size(), 1U);
    EXPECT_NE(wrong().front().find("won kept 12899 instead of 12900"), std::string::npos) << wrong().front();
    const auto early = judge(books, then + 59s, 60s);
    EXPECT_TRUE(early.wrong.empty());
    EXPECT_EQ(early.under_way, 1U);
}

TEST_F(Audit, what_came_back_is_on_the_shelf_or_damaged_and_its_share_is_with_the_buyer)
{
    const auto claim = id<events::ClaimId>("claim");
    accept(2).pay(12'900);
    say(events::claims::ClaimOpened{.claim_id = claim,
                                    .order_id = order_id,
                                    .user_id = buyer,
                                    .seller_id = seller,
                                    .lines = {{mug, 2}},
                                    .reason = "깨짐"});
    say(events::claims::GoodsReceived{claim, order_id, {}, {{mug, 1, 1}}, false});
    events::orders::ClaimEnded ended{.order_id = order_id, .claim_id = claim, .user_id = buyer, .seller_id = seller};
    ended.lines = {{mug, 2}};
    ended.refund_amount = {9'900};
    ended.points_back = {100};
    ended.nothing_left = true;
    say(ended);
    ASSERT_EQ(wrong().size(), 1U);
    EXPECT_NE(wrong().front().find("units bought 2 instead of 1"), std::string::npos) << wrong().front();
    EXPECT_NE(wrong().front().find("points spent 100 instead of 0"), std::string::npos) << wrong().front();
    EXPECT_NE(wrong().front().find("came back 0 instead of 9900"), std::string::npos) << wrong().front();
    say(events::inventory::StockRestored{mug, order_id, 1, 9, 0, {}});
    say(events::points::PointsRestored{
        .user_id = buyer, .order_id = order_id, .amount = {100}, .description = "반품", .balance = {1'000}});
    say(events::claims::ClaimHalted{claim, order_id, "NO", "no"});
    EXPECT_TRUE(wrong().empty()) << "it waits for somebody, and says so";
    say(events::claims::ClaimResumed{claim, order_id});
    EXPECT_FALSE(wrong().empty());
    say(back(9'900, events::payments::RefundCause::claim));
    say(events::claims::ClaimRefunded{claim, order_id, {9'900}, {100}, {}});
    EXPECT_TRUE(wrong().empty()) << wrong().front();
    EXPECT_EQ(books.orders[order_id.value].status, "returned");
}

TEST_F(Audit, a_replacement_is_held_and_sent_by_the_claim_s_id)
{
    const auto claim = id<events::ClaimId>("claim");
    accept(2).pay(12'900);
    say(events::claims::ClaimOpened{.claim_id = claim,
                                    .order_id = order_id,
                                    .user_id = buyer,
                                    .seller_id = seller,
                                    .lines = {{mug, 1}},
                                    .reason = "깨짐"});
    say(events::claims::GoodsReceived{claim, order_id, events::claims::ClaimKind::exchange, {{mug, 0, 1}}, false});
    say(events::inventory::StockHeld{mug, {claim.value}, 1, "머그컵", {5'000}, seller, 8, 1, false});
    EXPECT_EQ(wrong().size(), 1U) << "held, and nobody has said what for";
    say(events::claims::ReplacementReady{claim, order_id});
    EXPECT_TRUE(wrong().empty()) << wrong().front();
    say(events::claims::GoodsReshipped{claim, order_id, "CJ", "2"});
    EXPECT_EQ(wrong().size(), 1U);
    say(events::inventory::StockDeducted{mug, {claim.value}, 1, 7, 0});
    EXPECT_TRUE(wrong().empty()) << wrong().front();
}

TEST_F(Audit, money_that_nobody_wanted_has_to_go_back)
{
    accept(2);
    say(events::payments::UnwantedCapture{
        .order_id = order_id, .payment_id = payment, .gateway_key = "key", .amount = {7}});
    ASSERT_EQ(wrong().size(), 1U);
    say(back(7, events::payments::RefundCause::unwanted_capture));
    EXPECT_TRUE(wrong().empty());
    EXPECT_EQ(books.payments[payment], (Money{0, 0, 7, 7}));
}

TEST_F(Audit, stock_that_nobody_ordered_is_wrong_and_points_for_something_else_are_not)
{
    const auto elsewhere = id<OrderId>("elsewhere");
    say(events::inventory::ItemPut{mug, 0, 10, 0, "머그컵", {5'000}, seller, false});
    say(events::points::PointsEarned{.user_id = buyer, .amount = {5}, .description = "가입", .balance = {5}});
    say(events::points::PointsSpent{
        .user_id = buyer, .order_id = elsewhere, .amount = {5}, .description = "기부", .balance = {0}});
    EXPECT_TRUE(wrong().empty());
    say(events::inventory::StockHeld{mug, elsewhere, 11, "머그컵", {5'000}, seller, 10, 11, false});
    EXPECT_EQ(wrong().size(), 2U) << "held for nobody, and more than there is";
}

// --- Settlement ---

namespace {

using events::settlement::Account;

const auto settlement_id = id<events::SettlementId>("settlement");

/// 10,000 won of goods and 2,900 of shipping, 100 of it points.
events::settlement::SaleRecorded sale()
{
    events::settlement::SaleRecorded event{.seller_id = seller, .order_id = order_id};
    event.amount = {9'000};
    event.postings = {{Account::clearing, {12'800}},
                      {Account::points, {100}},
                      {Account::commission, {-1'000}},
                      {Account::shipping, {-2'900}},
                      {Account::payable, {-9'000}}};
    return event;
}
events::settlement::SettlementScheduled scheduled()
{
    events::settlement::SettlementScheduled event{.seller_id = seller, .settlement_id = settlement_id};
    event.period = "2026-W47";
    event.amount = {9'000};
    event.lines = 1;
    event.postings = {{Account::payable, {9'000}}, {Account::scheduled, {-9'000}}};
    return event;
}
events::settlement::SettlementPaid transferred()
{
    return {seller, settlement_id, {9'000}, "KB", {{Account::scheduled, {9'000}}, {Account::paid, {-9'000}}}};
}

}  // namespace

class AuditOfSettlement : public Audit {
public:
    AuditOfSettlement()
    {
        accept(2);
        say(events::payments::PaymentCompleted{
            .order_id = order_id, .payment_id = payment, .user_id = buyer, .amount = {12'800}});
        say(events::orders::OrderConfirmed{order_id, buyer, payment});
        say(events::inventory::StockDeducted{mug, order_id, 2, 8, 0});
        books.orders[order_id.value].total_amount = 12'800;
    }
    void keep()
    {
        events::orders::PurchaseConfirmed kept{.order_id = order_id, .user_id = buyer};
        kept.sellers = {{seller, {10'000}}};
        kept.parts = {{seller, {10'000}, {100}, {2'900}, {{mug, 2, {5'000}}}}};
        say(kept);
    }
};

TEST_F(AuditOfSettlement, captured_and_points_are_settled_and_fees_and_refunded_and_open)
{
    EXPECT_TRUE(wrong().empty()) << wrong().front();
    EXPECT_EQ(settled(books).open, 12'800);
    keep();
    ASSERT_EQ(wrong().size(), 2U) << "the sellers have heard nothing of it: of the order, and in total";
    say(sale());
    EXPECT_TRUE(wrong().empty()) << wrong().front();
    say(scheduled()).say(transferred());
    EXPECT_TRUE(wrong().empty()) << wrong().front();
    const auto sums = settled(books);
    EXPECT_EQ(sums.captured, 12'800);
    EXPECT_EQ(sums.points, 100);
    EXPECT_EQ(sums.settled, 9'000);
    EXPECT_EQ(sums.transferred, 9'000);
    EXPECT_EQ(sums.commission, 1'000);
    EXPECT_EQ(sums.shipping, 2'900);
    EXPECT_EQ(sums.open, 0);
    EXPECT_EQ(sums.difference(), 0);
}

TEST_F(AuditOfSettlement, a_refund_that_nobody_took_back_from_the_seller_is_wrong)
{
    keep();
    say(sale()).say(back(1'000, events::payments::RefundCause::requested));
    ASSERT_EQ(wrong().size(), 2U) << "of the order, and in total";
    EXPECT_NE(wrong()[0].find("won entered for its sellers 12800 instead of 11800"), std::string::npos) << wrong()[0];
    events::settlement::SaleAdjusted adjusted{.seller_id = seller, .order_id = order_id};
    adjusted.postings = {{Account::clearing, {-1'000}}, {Account::commission, {100}}, {Account::payable, {900}}};
    say(adjusted);
    EXPECT_TRUE(wrong().empty()) << wrong().front();
}

TEST_F(AuditOfSettlement, a_won_from_nowhere_is_found)
{
    keep();
    auto crooked = sale();
    crooked.postings.back().amount = {-8'999};
    say(crooked);
    ASSERT_EQ(wrong().size(), 3U) << "the event, the ledger, the total";
    EXPECT_NE(wrong()[0].find("comes to 1 won instead of 0"), std::string::npos) << wrong()[0];
}

TEST_F(AuditOfSettlement, who_is_paid_twice_is_found)
{
    keep();
    say(sale()).say(scheduled()).say(transferred()).say(transferred());
    ASSERT_EQ(wrong().size(), 1U);
    EXPECT_NE(wrong()[0].find("over 9000 won was paid with 18000"), std::string::npos) << wrong()[0];
}

TEST_F(AuditOfSettlement, a_sale_of_what_nobody_keeps_is_wrong_and_so_is_one_entered_twice)
{
    say(sale());
    EXPECT_EQ(wrong().size(), 2U);
    keep();
    EXPECT_TRUE(wrong().empty());
    say(sale());
    EXPECT_EQ(wrong().size(), 2U) << "of the order, and in total";
}

TEST_F(AuditOfSettlement, a_read_model_with_another_ledger_is_named)
{
    say(sale()).say(scheduled());
    ReadModels models;
    models.stock[mug] = {8, 0};
    models.points[buyer] = 900;
    models.payments[payment] = books.payments[payment];
    models.orders[order_id].status = "confirmed";
    models.orders[order_id].total_amount = 12'800;
    models.ledgers = books.ledgers;
    models.settlements[settlement_id] = 9'000;
    EXPECT_TRUE(differences(models, books).empty());
    models.ledgers[seller].post({{Account::commission, {1}}});
    models.settlements[settlement_id] = 8'999;
    EXPECT_EQ(differences(models, books).size(), 2U);
}

TEST_F(Audit, a_read_model_that_says_something_else_is_named)
{
    accept(2);
    ReadModels models;
    models.stock[mug] = {10, 2};
    models.points[buyer] = 900;
    models.orders[order_id].status = "pending";
    models.orders[order_id].total_amount = 12'900;
    EXPECT_TRUE(differences(models, books).empty());
    models.stock[mug].reserved = 1;
    models.points.clear();
    models.orders[order_id].status = "confirmed";
    models.payments[payment] = {};
    EXPECT_EQ(differences(models, books).size(), 4U);
}

}  // namespace
}  // namespace jangteo::ops::audit
