#include "producers/orders/decider.hpp"

#include "tests/unit/given.hpp"

namespace jangteo::producers::orders {
namespace {

using events::Json;

const auto order = id<OrderId>(1);
const auto buyer = id<UserId>(2);
const auto mug = id<ProductId>(3);
const auto tea = id<ProductId>(4);
const auto potter = id<SellerId>(5);
const ShippingAddress home{"김하늘", "010-1234-5678", "04524", "서울시 중구 세종대로 110", "3층"};
const std::vector<OrderLine> lines{
    {mug, 2, Json{R"({"colour":"blue"})"}}, {tea, 1, std::nullopt}, {mug, 1, std::nullopt}};
const std::string number = "ORD-20260118-00CG";  // Offset 7, partition 0: 7 × 64 = 448 = 12 × 36 + 16.

const PlaceOrder place{order, buyer, lines, home, Points{500}};
const AcceptOrder accept{
    order, {{tea, "Tea", Won{4'000}, potter}, {mug, "Mug", Won{9'900}, potter}}, Points{500}, Won{3'000}};
const RefuseOrder refuse{order, "PROD_002", Json{R"({"requested":3})"}};
const CancelOrder cancel{order, "changed my mind", CancelCause::buyer};

const OrderPlaced placed{order, number, buyer, lines, home, Points{500}};
const OrderAccepted accepted{order,
                             number,
                             buyer,
                             {{mug, "Mug", Won{9'900}, potter, 2, Won{19'800}, Json{R"({"colour":"blue"})"}},
                              {tea, "Tea", Won{4'000}, potter, 1, Won{4'000}, std::nullopt},
                              {mug, "Mug", Won{9'900}, potter, 1, Won{9'900}, std::nullopt}},
                             Won{33'700},
                             Won{3'000},
                             Points{500},
                             Won{36'200},
                             usual_time};
const OrderRefused refused{order, buyer, "PROD_002", Json{R"({"requested":3})"}};
const OrderCancelled cancelled{order,      buyer, "changed my mind", CancelCause::buyer, {{mug, 2}, {tea, 1}, {mug, 1}},
                               Points{500}};

const auto payment = id<events::PaymentId>(9);
const ConfirmOrder confirm{order, payment};
const OrderConfirmed confirmed{order, buyer, payment};
const StartProcessing start{order};
const ProcessingStarted started{order, buyer};

const ShipPart ship{order, potter, "CJ", "6123-4567"};
const auto shipment = shipment_of(order, potter);
const PartShipped shipped{
    order, buyer, potter, shipment, "CJ", "6123-4567", {{mug, 2}, {tea, 1}, {mug, 1}}, OrderStanding::shipped};
const DeliverPart deliver{order, shipment};
const PartDelivered delivered{order, buyer, potter, shipment, OrderStanding::delivered};
const ConfirmPurchase keep{order, ConfirmationCause::buyer};
const KeptPart kept_part{
    potter, Won{33'700}, Won{500}, Won{3'000}, {{mug, 2, Won{9'900}}, {tea, 1, Won{4'000}}, {mug, 1, Won{9'900}}}};
const PurchaseConfirmed kept{
    order, buyer, ConfirmationCause::buyer, Won{33'200}, {{potter, Won{33'700}}}, std::vector{kept_part}, number};

// The same order when the tea is somebody else's.
const auto planter = id<SellerId>(6);
const auto accepted_from_two = [] {
    auto event = accepted;
    event.lines[1].seller_id = planter;
    return event;
}();
const auto tea_shipment = shipment_of(order, planter);
const ShipPart ship_tea{order, planter, "한진", "77"};
PartShipped tea_shipped(OrderStanding standing)
{
    return {order, buyer, planter, tea_shipment, "한진", "77", {{tea, 1}}, standing};
}
PartShipped mugs_shipped(OrderStanding standing)
{
    return {order, buyer, potter, shipment, "CJ", "6123-4567", {{mug, 2}, {mug, 1}}, standing};
}
PartDelivered tea_delivered(OrderStanding standing)
{
    return {order, buyer, planter, tea_shipment, standing};
}

const Rejection unknown{"ORD_001", {{"orderId", order.text()}}};

Rejection illegal(std::string code, std::string status)
{
    return {std::move(code), {{"orderId", order.text()}, {"status", std::move(status)}}};
}

// --- PlaceOrder ---

TEST(Orders, places_an_order)
{
    given<Decider>({}).when(place).then(placed);
}

TEST(Orders, places_once)
{
    const auto first = given<Decider>({}).when(place);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    given<Decider>({placed, refused}).when(place).then(Already{});
}

TEST(Orders, refuses_an_order_of_nothing)
{
    auto empty = place;
    empty.lines.clear();
    given<Decider>({}).when(empty).then(Rejection{"COMMON_400", {{"lines", 0}, {"maximum", 200}}});
}

TEST(Orders, places_200_lines_and_refuses_201)
{
    auto large = place;
    large.lines.assign(200, {mug, 1, std::nullopt});
    EXPECT_EQ(given<Decider>({}).when(large).event<OrderPlaced>().lines.size(), 200U);
    large.lines.push_back({mug, 1, std::nullopt});
    given<Decider>({}).when(large).then(Rejection{"COMMON_400", {{"lines", 201}, {"maximum", 200}}});
}

TEST(Orders, places_without_points_and_refuses_fewer_than_none)
{
    auto without = place;
    without.points_to_use = Points{0};
    EXPECT_EQ(given<Decider>({}).when(without).event<OrderPlaced>().points_to_use, Points{0});
    auto negative = place;
    negative.points_to_use = Points{-1};
    given<Decider>({}).when(negative).then(Rejection{"POINT_002", {{"amount", -1}}});
}

// --- AcceptOrder ---

TEST(Orders, accepts_with_the_prices_that_stock_answered_with)
{
    given<Decider>({placed}).when(accept).then(accepted);
}

TEST(Orders, remembers_when_the_order_was_placed)
{
    const auto late = meta_at(usual_time + std::chrono::hours{2});
    EXPECT_EQ(given<Decider>({placed}).when(accept, late).event<OrderAccepted>().placed_at, usual_time);
}

TEST(Orders, accepts_once)
{
    const auto first = given<Decider>({placed}).when(accept);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Orders, does_not_accept_what_was_never_placed)
{
    given<Decider>({}).when(accept).then(unknown);
}

TEST(Orders, does_not_accept_what_was_refused_or_cancelled)
{
    given<Decider>({placed, refused}).when(accept).then(illegal("ORD_003", "refused"));
    given<Decider>({placed, accepted, cancelled}).when(accept).then(illegal("ORD_003", "cancelled"));
}

TEST(Orders, does_not_accept_a_line_without_a_price)
{
    auto incomplete = accept;
    incomplete.offers.pop_back();
    given<Decider>({placed}).when(incomplete).then(Rejection{"PROD_001", {{"productId", mug.text()}}});
}

TEST(Orders, points_pay_the_whole_order_and_not_a_won_more)
{
    auto by_points = accept;
    by_points.points_used = Points{36'700};
    EXPECT_EQ(given<Decider>({placed}).when(by_points).event<OrderAccepted>().total_amount, Won{0});
    by_points.points_used = Points{36'701};
    given<Decider>({placed}).when(by_points).then(Rejection{"POINT_002", {{"amount", 36'701}, {"maximum", 36'700}}});
}

TEST(Orders, accepts_up_to_the_largest_amount)
{
    auto dear = accept;
    dear.shipping_fee = events::largest_amount - Won{33'700};
    EXPECT_EQ(given<Decider>({placed}).when(dear).event<OrderAccepted>().total_amount,
              events::largest_amount - Won{500});
    dear.shipping_fee += Won{1};
    given<Decider>({placed}).when(dear).then(
        Rejection{"COMMON_400", {{"amount", 100'000'000}, {"maximum", 99'999'999}}});
}

// --- RefuseOrder ---

TEST(Orders, refuses_with_the_first_reason)
{
    given<Decider>({placed}).when(refuse).then(refused);
}

TEST(Orders, refuses_once)
{
    const auto first = given<Decider>({placed}).when(refuse);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Orders, does_not_refuse_what_was_never_placed)
{
    given<Decider>({}).when(refuse).then(unknown);
}

TEST(Orders, does_not_refuse_what_was_accepted_or_cancelled)
{
    given<Decider>({placed, accepted}).when(refuse).then(illegal("ORD_003", "pending"));
    given<Decider>({placed, accepted, cancelled}).when(refuse).then(illegal("ORD_003", "cancelled"));
}

// --- ConfirmOrder ---

TEST(Orders, is_confirmed_by_its_payment)
{
    const auto first = given<Decider>({placed, accepted}).when(confirm);
    first.then(confirmed);
    first.again().then(Already{});
    given<Decider>({placed, accepted, confirmed, started}).when(confirm).then(Already{});
    given<Decider>({placed, accepted, confirmed, shipped, delivered}).when(confirm).then(Already{});
    given<Decider>({placed, accepted, confirmed, shipped}).when(accept).then(Already{});
}

TEST(Orders, confirms_nothing_that_does_not_wait_for_payment)
{
    given<Decider>({}).when(confirm).then(unknown);
    given<Decider>({placed}).when(confirm).then(illegal("ORD_003", "placed"));
    given<Decider>({placed, refused}).when(confirm).then(illegal("ORD_003", "refused"));
    given<Decider>({placed, accepted, cancelled}).when(confirm).then(illegal("ORD_003", "cancelled"));
}

// --- StartProcessing ---

TEST(Orders, is_prepared_once_it_is_paid)
{
    const auto first = given<Decider>({placed, accepted, confirmed}).when(start);
    first.then(started);
    first.again().then(Already{});
}

TEST(Orders, prepares_nothing_that_is_not_paid)
{
    given<Decider>({}).when(start).then(unknown);
    given<Decider>({placed}).when(start).then(illegal("ORD_003", "placed"));
    given<Decider>({placed, accepted}).when(start).then(illegal("ORD_003", "pending"));
    given<Decider>({placed, accepted, confirmed, cancelled}).when(start).then(illegal("ORD_003", "cancelled"));
    given<Decider>({placed, accepted, confirmed, shipped}).when(start).then(illegal("ORD_003", "shipped"));
}

// --- ShipPart (DOA-ORD-04, DOA-ORD-14) ---

TEST(Orders, is_shipped_once_it_is_paid_prepared_or_not)
{
    given<Decider>({placed, accepted, confirmed}).when(ship).then(shipped);
    given<Decider>({placed, accepted, confirmed, started}).when(ship).then(shipped);
}

TEST(Orders, ships_a_part_once)
{
    const auto first = given<Decider>({placed, accepted, confirmed}).when(ship);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    auto other_number = ship;
    other_number.tracking_number = "another";
    given<Decider>({placed, accepted, confirmed, shipped}).when(other_number).then(Already{});
    given<Decider>({placed, accepted, confirmed, shipped, delivered}).when(ship).then(Already{});
}

TEST(Orders, ships_nothing_that_is_not_paid)
{
    given<Decider>({}).when(ship).then(unknown);
    given<Decider>({placed}).when(ship).then(illegal("ORD_003", "placed"));
    given<Decider>({placed, refused}).when(ship).then(illegal("ORD_003", "refused"));
    given<Decider>({placed, accepted}).when(ship).then(illegal("ORD_003", "pending"));
}

TEST(Orders, ships_nothing_that_was_cancelled)
{
    given<Decider>({placed, accepted, confirmed, cancelled}).when(ship).then(illegal("ORD_003", "cancelled"));
}

TEST(Orders, ships_nothing_for_a_seller_who_has_no_part)
{
    given<Decider>({placed, accepted, confirmed})
        .when(ship_tea)
        .then(Rejection{"COMMON_404", {{"orderId", order.text()}, {"sellerId", planter.text()}}});
    given<Decider>({placed, accepted, confirmed, shipped}).when(ship_tea).then(illegal("ORD_003", "shipped"));
}

TEST(Orders, counts_as_shipped_when_every_seller_has_shipped)
{
    given<Decider>({placed, accepted_from_two, confirmed}).when(ship_tea).then(tea_shipped(OrderStanding::processing));
    given<Decider>({placed, accepted_from_two, confirmed, tea_shipped(OrderStanding::processing)})
        .when(ship)
        .then(mugs_shipped(OrderStanding::shipped));
}

TEST(Orders, a_part_may_be_delivered_before_another_one_is_shipped)
{
    const std::vector<Event> history{placed, accepted_from_two, confirmed, tea_shipped(OrderStanding::processing)};
    given<Decider>(history).when(DeliverPart{order, tea_shipment}).then(tea_delivered(OrderStanding::processing));
    auto later = history;
    later.emplace_back(tea_delivered(OrderStanding::processing));
    given<Decider>(later).when(ship).then(mugs_shipped(OrderStanding::shipped));
    given<Decider>(later).when(keep).then(illegal("ORD_003", "processing"));
}

TEST(Orders, a_shipment_has_one_id_for_each_order_and_seller)
{
    EXPECT_EQ(shipment_of(order, potter), shipment);
    EXPECT_NE(shipment_of(order, planter), shipment);
    EXPECT_NE(shipment_of(id<OrderId>(77), potter), shipment);
}

// --- DeliverPart ---

TEST(Orders, is_delivered_when_its_last_part_is)
{
    given<Decider>({placed, accepted, confirmed, shipped}).when(deliver).then(delivered);
    const std::vector<Event> both{placed, accepted_from_two, confirmed, tea_shipped(OrderStanding::processing),
                                  mugs_shipped(OrderStanding::shipped)};
    given<Decider>(both).when(DeliverPart{order, tea_shipment}).then(tea_delivered(OrderStanding::shipped));
    auto one = both;
    one.emplace_back(tea_delivered(OrderStanding::shipped));
    given<Decider>(one).when(deliver).then(delivered);
}

TEST(Orders, delivers_a_part_once)
{
    const auto first = given<Decider>({placed, accepted, confirmed, shipped}).when(deliver);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    given<Decider>({placed, accepted, confirmed, shipped, delivered, kept}).when(deliver).then(Already{});
}

TEST(Orders, delivers_nothing_that_was_not_shipped)
{
    const Rejection no_shipment{"COMMON_404", {{"shipmentId", shipment.text()}}};
    given<Decider>({}).when(deliver).then(unknown);
    given<Decider>({placed}).when(deliver).then(no_shipment);
    given<Decider>({placed, accepted, confirmed}).when(deliver).then(no_shipment);
    given<Decider>({placed, accepted, confirmed, cancelled}).when(deliver).then(no_shipment);
    given<Decider>({placed, accepted, confirmed, shipped})
        .when(DeliverPart{order, tea_shipment})
        .then(Rejection{"COMMON_404", {{"shipmentId", tea_shipment.text()}}});
}

// --- ConfirmPurchase (DOA-ORD-08, DOA-POINT-08) ---

TEST(Orders, a_delivered_order_is_kept_by_its_buyer_or_by_time)
{
    given<Decider>({placed, accepted, confirmed, shipped, delivered}).when(keep).then(kept);
    auto by_time = kept;
    by_time.cause = ConfirmationCause::time;
    given<Decider>({placed, accepted, confirmed, shipped, delivered})
        .when(ConfirmPurchase{order, ConfirmationCause::time})
        .then(by_time);
}

TEST(Orders, is_kept_once_whoever_says_it_again)
{
    const auto first = given<Decider>({placed, accepted, confirmed, shipped, delivered}).when(keep);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    given<Decider>({placed, accepted, confirmed, shipped, delivered, kept})
        .when(ConfirmPurchase{order, ConfirmationCause::time})
        .then(Already{});
}

TEST(Orders, nothing_is_kept_that_was_not_delivered)
{
    given<Decider>({}).when(keep).then(unknown);
    given<Decider>({placed}).when(keep).then(illegal("ORD_003", "placed"));
    given<Decider>({placed, refused}).when(keep).then(illegal("ORD_003", "refused"));
    given<Decider>({placed, accepted}).when(keep).then(illegal("ORD_003", "pending"));
    given<Decider>({placed, accepted, confirmed}).when(keep).then(illegal("ORD_003", "confirmed"));
    given<Decider>({placed, accepted, confirmed, started}).when(keep).then(illegal("ORD_003", "processing"));
    given<Decider>({placed, accepted, confirmed, shipped}).when(keep).then(illegal("ORD_003", "shipped"));
    given<Decider>({placed, accepted, cancelled}).when(keep).then(illegal("ORD_003", "cancelled"));
}

TEST(Orders, shipping_is_not_rewarded_and_neither_is_what_points_paid)
{
    const auto base = [](std::int64_t points) {
        auto by_points = accepted;
        by_points.points_used = Points{points};
        return given<Decider>({placed, by_points, confirmed, shipped, delivered})
            .when(keep)
            .event<PurchaseConfirmed>()
            .reward_base;
    };
    EXPECT_EQ(base(0), Won{33'700});
    EXPECT_EQ(base(33'699), Won{1});
    EXPECT_EQ(base(33'700), Won{0});
    EXPECT_EQ(base(36'700), Won{0}) << "points pay shipping with what is left of them";
}

TEST(Orders, says_what_each_seller_has_sold)
{
    auto amounts = kept;
    amounts.sellers = {{potter, Won{29'700}}, {planter, Won{4'000}}};
    // 500 points are 440.65 and 59.35, 3,000 won of shipping 2,643.92 and 356.08: the won that is left goes to the larger
    // remainder.
    amounts.parts = {
        {potter, Won{29'700}, Won{441}, Won{2'644}, {{mug, 2, Won{9'900}}, {mug, 1, Won{9'900}}}},
        {planter, Won{4'000}, Won{59}, Won{356}, {{tea, 1, Won{4'000}}}},
    };
    given<Decider>({placed, accepted_from_two, confirmed, tea_shipped(OrderStanding::processing),
                    mugs_shipped(OrderStanding::shipped), tea_delivered(OrderStanding::shipped), delivered})
        .when(keep)
        .then(amounts);
}

TEST(Orders, points_pay_goods_first_and_shipping_with_what_is_left_in_the_parts_as_well)
{
    auto by_points = accepted_from_two;
    by_points.points_used = Points{33'800};
    const auto parts =
        given<Decider>({placed, by_points, confirmed, tea_shipped(OrderStanding::processing),
                        mugs_shipped(OrderStanding::shipped), tea_delivered(OrderStanding::shipped), delivered})
            .when(keep)
            .event<PurchaseConfirmed>()
            .parts.value();
    EXPECT_EQ(parts[0].points_share, Won{29'700 + 88}) << "100 won of shipping are 88.13 and 11.87";
    EXPECT_EQ(parts[1].points_share, Won{4'000 + 12});
}

// --- CancelOrder ---

TEST(Orders, does_not_cancel_once_anything_of_it_is_on_its_way)
{
    given<Decider>({placed, accepted_from_two, confirmed, started, tea_shipped(OrderStanding::processing)})
        .when(cancel)
        .then(illegal("ORD_002", "processing"));
    given<Decider>({placed, accepted, confirmed, shipped}).when(cancel).then(illegal("ORD_002", "shipped"));
    given<Decider>({placed, accepted, confirmed, shipped, delivered})
        .when(cancel)
        .then(illegal("ORD_002", "delivered"));
    given<Decider>({placed, accepted, confirmed, shipped, delivered, kept})
        .when(cancel)
        .then(illegal("ORD_002", "delivered"));
}

TEST(Orders, cancels_what_is_paid_or_being_prepared)
{
    given<Decider>({placed, accepted, confirmed}).when(cancel).then(cancelled);
    given<Decider>({placed, accepted, confirmed, started}).when(cancel).then(cancelled);
}

TEST(Orders, the_time_to_pay_does_not_run_out_for_what_was_paid)
{
    given<Decider>({placed, accepted, confirmed})
        .when(CancelOrder{order, "unpaid", CancelCause::unpaid})
        .then(illegal("ORD_003", "confirmed"));
}

TEST(Orders, cancels_what_waits_for_payment_and_says_what_to_give_back)
{
    given<Decider>({placed, accepted}).when(cancel).then(cancelled);
}

TEST(Orders, cancels_once)
{
    const auto first = given<Decider>({placed, accepted}).when(cancel);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Orders, does_not_cancel_what_was_never_placed)
{
    given<Decider>({}).when(cancel).then(unknown);
}

TEST(Orders, does_not_cancel_what_is_not_accepted_yet)
{
    given<Decider>({placed}).when(cancel).then(illegal("ORD_003", "placed"));
}

TEST(Orders, does_not_cancel_what_was_refused)
{
    given<Decider>({placed, refused}).when(cancel).then(illegal("ORD_002", "refused"));
}

// --- The order number (DOA-ORD-11) ---

std::string number_at(std::int32_t partition, std::int64_t offset, std::string_view time = "2026-01-18T14:30:00Z")
{
    auto meta = meta_at(moment(time));
    meta.partition = partition;
    meta.offset = offset;
    return order_number_of(meta);
}

TEST(OrderNumber, has_at_least_four_upper_case_characters)
{
    EXPECT_EQ(number_at(0, 0), "ORD-20260118-0000");
    EXPECT_EQ(number_at(7, 0), "ORD-20260118-0007");
    EXPECT_EQ(number_at(35, 0), "ORD-20260118-000Z");
    EXPECT_EQ(number_at(36, 0), "ORD-20260118-0010");
    EXPECT_EQ(number_at(0, 26'244), "ORD-20260118-10000");  // 36⁴ = 26,244 × 64
}

TEST(OrderNumber, begins_its_day_at_midnight_in_seoul)
{
    EXPECT_EQ(number_at(0, 0, "2026-01-18T14:59:59.999999Z"), "ORD-20260118-0000");
    EXPECT_EQ(number_at(0, 0, "2026-01-18T15:00:00Z"), "ORD-20260119-0000");
}

TEST(OrderNumber, differs_for_every_place_in_the_log)
{
    std::vector<std::string> numbers;
    for (std::int32_t partition = 0; partition < 64; ++partition) {
        for (std::int64_t offset = 0; offset < 100; ++offset) numbers.push_back(number_at(partition, offset));
    }
    std::ranges::sort(numbers);
    EXPECT_EQ(std::ranges::adjacent_find(numbers), numbers.end());
}

TEST(OrderNumberDeathTest, does_not_guess_beyond_64_partitions)
{
    EXPECT_DEATH(number_at(64, 0), "share a number");
}

}  // namespace
}  // namespace jangteo::producers::orders
