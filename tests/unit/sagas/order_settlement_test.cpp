// What the order process tells settlement: sales once a purchase is kept, and refunds that somebody asked for.
#include "sagas/order_fulfilment.hpp"

#include "events/codec.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <string_view>

namespace jangteo::sagas {
namespace {

using namespace events;
using payments::RefundCause;
using settlement::AdjustSale;
using settlement::RecordSale;

template <class Id>
Id id(std::string_view name)
{
    return Id{uuid_v5(url_namespace, name)};
}

const auto order = id<OrderId>("order");
const auto buyer = id<UserId>("buyer");
const auto potter = id<SellerId>("potter");
const auto planter = id<SellerId>("planter");
const auto mug = id<ProductId>("mug");
const auto tea = id<ProductId>("tea");
const Timestamp noon = parse_iso8601("2026-01-18T12:00:00Z").value();
const std::string number = "ORD-20260118-000A";

const orders::OrderPlaced placed{order, number, buyer, {{mug, 2, {}}, {tea, 1, {}}}, {}, {}};

/// 20,000 and 10,000 won of goods, 2,000 and 1,000 of shipping, 3,000 points; nothing to reward.
const orders::PurchaseConfirmed kept{
    order,
    buyer,
    orders::ConfirmationCause::buyer,
    {0},
    {{potter, {20'000}}, {planter, {10'000}}},
    std::vector<orders::KeptPart>{{potter, {20'000}, {2'000}, {2'000}, {{mug, 2, {10'000}}}},
                                  {planter, {10'000}, {1'000}, {1'000}, {{tea, 1, {10'000}}}}},
    number};

payments::PaymentRefunded refunded(std::string_view name, std::int64_t amount,
                                   RefundCause cause = RefundCause::requested)
{
    return {order, id<PaymentId>("payment"), id<RefundId>(name), {amount}, {amount}, {0}, "key", cause};
}

Outputs after(std::initializer_list<OrderFulfilment::Input> inputs, const OrderFulfilment& saga = {})
{
    OrderFulfilment::State state;
    const Meta meta{order.value, noon};
    Outputs out;
    for (const auto& input : inputs) {
        std::visit(
            [&](const auto& what) {
                OrderFulfilment::evolve(state, what, meta);
                out = saga.react(state, what, meta);
            },
            input);
    }
    return out;
}

template <class Command>
std::vector<Command> all(const Outputs& out)
{
    std::vector<Command> found;
    for (const auto& command : out.commands) {
        if (command.type != Command::type) continue;
        from_json(command.value, found.emplace_back());
        EXPECT_EQ(command.subject, found.back().seller_id.text());
    }
    return found;
}

TEST(OrderSettlement, records_a_sale_for_every_seller_of_a_purchase_that_is_kept)
{
    const auto out = after({placed, kept});
    EXPECT_EQ(out.commands.size(), 2U);
    EXPECT_EQ(
        all<RecordSale>(out),
        (std::vector<RecordSale>{{potter, order, number, {20'000}, {2'000}, {2'000}, 1'000, {{mug, 2, {10'000}}}},
                                 {planter, order, number, {10'000}, {1'000}, {1'000}, 1'000, {{tea, 1, {10'000}}}}}));
    OrderFulfilment generous;
    generous.commission_basis_points = 550;
    EXPECT_EQ(all<RecordSale>(after({placed, kept}, generous)).at(0).commission_basis_points, 550);
}

TEST(OrderSettlement, has_nothing_to_record_of_a_purchase_from_before_there_was_settlement)
{
    auto old = kept;
    old.parts.reset();
    old.order_number.reset();
    EXPECT_TRUE(after({placed, old}).commands.empty());
    EXPECT_TRUE(after({placed, old, refunded("back", 900)}).commands.empty());
}

TEST(OrderSettlement, puts_a_seller_on_the_roll_with_his_first_sale)
{
    settlement::SaleRecorded sale{.seller_id = potter, .order_id = order};
    sale.first = true;
    const auto out = after({placed, kept, sale});
    ASSERT_EQ(out.commands.size(), 1U);
    EXPECT_EQ(out.commands[0].type, settlement::RegisterSeller::type);
    EXPECT_EQ(out.commands[0].subject, the_market().text());
    sale.first = false;
    EXPECT_TRUE(after({placed, kept, sale}).commands.empty());
}

TEST(OrderSettlement, a_refund_after_that_is_borne_by_each_seller_by_what_was_paid_for_his_goods)
{
    // Paid with money: 18,000 and 9,000 won.
    EXPECT_EQ(all<AdjustSale>(after({placed, kept, refunded("back", 1'000)})),
              (std::vector<AdjustSale>{{potter, order, id<RefundId>("back"), {667}, {0}},
                                       {planter, order, id<RefundId>("back"), {333}, {0}}}));
}

TEST(OrderSettlement, refunds_take_back_goods_first_and_shipping_with_what_is_left_and_all_of_it_in_the_end)
{
    EXPECT_EQ(all<AdjustSale>(after({placed, kept, refunded("one", 1'000), refunded("two", 29'000)})),
              (std::vector<AdjustSale>{{potter, order, id<RefundId>("two"), {17'333}, {2'000}},
                                       {planter, order, id<RefundId>("two"), {8'667}, {1'000}}}));
    EXPECT_TRUE(after({placed, kept, refunded("one", 30'000), refunded("two", 1)}).commands.empty())
        << "no gateway has more than was paid";
}

TEST(OrderSettlement, a_refund_from_before_is_taken_back_as_soon_as_there_is_something_to_settle)
{
    EXPECT_TRUE(after({placed, refunded("back", 1'000)}).commands.empty());
    const auto out = after({placed, refunded("back", 1'000), kept});
    EXPECT_EQ(all<RecordSale>(out).size(), 2U);
    EXPECT_EQ(all<AdjustSale>(out).size(), 2U);
    EXPECT_EQ(out.commands.back().type, AdjustSale::type) << "after the sale that it adjusts";
}

TEST(OrderSettlement, what_goes_back_for_another_reason_is_no_matter_of_settlement)
{
    for (const auto cause : {RefundCause::claim, RefundCause::order_cancelled, RefundCause::unwanted_capture}) {
        EXPECT_TRUE(after({placed, kept, refunded("back", 1'000, cause)}).commands.empty());
        EXPECT_EQ(after({placed, refunded("back", 1'000, cause), kept}).commands.size(), 2U);
    }
}

}  // namespace
}  // namespace jangteo::sagas
