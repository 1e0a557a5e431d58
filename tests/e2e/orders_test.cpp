// Orders through producers, sagas and projections in processes of their own.
#include "events/payments.hpp"
#include "events/shipping.hpp"
#include "tests/e2e/house.hpp"

namespace jangteo::e2e {
namespace {

using namespace std::chrono_literals;
using namespace events;

class Orders : public House {};

template <class Event>
Event read(const Record& answer)
{
    EXPECT_EQ(answer.envelope.type, Event::type) << answer.value;
    Event event;
    if (answer.envelope.type == Event::type) from_json(answer.value, event);
    return event;
}

TEST_F(Orders, end_accepted_or_refused_with_the_reason)
{
    start_roles();
    const auto cup = new_product(5, {4'000});
    const auto pot = new_product(3, {30'000});
    const auto buyer = new_member({500, 700});

    // Two lines of one product are held together; points come from the oldest lot first.
    const auto accepted =
        read<orders::OrderAccepted>(place_and_hear(order_of(buyer, {{cup.id, 1}, {pot.id, 2}, {cup.id, 2}}, {600})));
    EXPECT_EQ(accepted.product_amount.value, 72'000);
    EXPECT_EQ(accepted.shipping_fee.value, 0);
    EXPECT_EQ(accepted.points_used.value, 600);
    EXPECT_EQ(accepted.total_amount.value, 71'400);
    EXPECT_EQ(accepted.order_number.substr(0, 4), "ORD-");
    EXPECT_GE(accepted.order_number.size(), 17U);

    // Three cups are held, two are left.
    const auto short_of =
        read<orders::OrderRefused>(place_and_hear(order_of(buyer, {{pot.id, 1}, {cup.id, 3}}, {100})));
    EXPECT_EQ(short_of.code, "PROD_002");
    EXPECT_EQ(short_of.details.text, R"({"available":2,"productId":")" + cup.id.text() + R"(","requested":3})");

    const ProductId nobodys{random_uuid()};
    const auto unknown = read<orders::OrderRefused>(place_and_hear(order_of(buyer, {{nobodys, 1}, {cup.id, 1}})));
    EXPECT_EQ(unknown.code, "PROD_001");
    EXPECT_EQ(unknown.details.text, R"({"productId":")" + nobodys.text() + R"("})");

    const auto poor = read<orders::OrderRefused>(place_and_hear(order_of(buyer, {{cup.id, 1}}, {601})));
    EXPECT_EQ(poor.code, "POINT_001");
    EXPECT_EQ(poor.details.text, R"({"available":600,"requested":601})");

    // What was refused has left nothing behind: the rest can be bought, to the last one.
    const auto rest = read<orders::OrderAccepted>(place_and_hear(order_of(buyer, {{cup.id, 2}, {pot.id, 1}}, {600})));
    EXPECT_EQ(rest.product_amount.value, 38'000);
    EXPECT_EQ(rest.shipping_fee.value, 3'000);
    EXPECT_EQ(read<orders::OrderRefused>(place_and_hear(order_of(buyer, {{cup.id, 1}}))).code, "PROD_002");

    // The buyer cancels the first; what it held is there again.
    EXPECT_EQ(read<orders::OrderCancelled>(cancel_and_hear(accepted.order_id)).points_used.value, 600);
    check_everything();
    const auto again = read<orders::OrderAccepted>(place_and_hear(order_of(buyer, {{cup.id, 3}, {pot.id, 2}}, {600})));
    EXPECT_EQ(again.points_used.value, 600);

    check_everything();
    stop_all();
}

TEST_F(Orders, unpaid_in_time_give_everything_back)
{
    start_roles({"--payment-window-s=2"});
    const auto cup = new_product(10, {9'000});
    const auto buyer = new_member({300, 300});
    std::vector<OrderId> placed;
    for (int i = 0; i < 5; ++i) {
        const auto order = order_of(buyer, {{cup.id, 2}}, {100});
        placed.push_back(order.order_id);
        read<orders::OrderAccepted>(place_and_hear(order));
    }
    EXPECT_EQ(read<orders::OrderRefused>(place_and_hear(order_of(buyer, {{cup.id, 1}}))).code, "PROD_002");
    say("five orders hold all of the stock and nobody pays");

    // Everything can be had again, without anybody having asked.
    const auto until = Clock::now() + 45s;
    bool free = false;
    while (!free && Clock::now() < until) {
        inventory::AdjustStock nothing;
        nothing.product_id = cup.id;
        nothing.delta = 0;
        nothing.reason = "재고 확인";
        const auto counted = read<inventory::StockAdjusted>(caller().ask_and_hear(nothing));
        free = counted.reserved == 0;
        if (!free) caller().pump(100ms);
    }
    EXPECT_TRUE(free) << "stock is still held";
    say("all stock is free again");
    check_everything();
    const auto cancelled = cancel_and_hear(placed.front());
    EXPECT_EQ(cancelled.envelope.type, rejected_type) << "it was cancelled before";
    read<orders::OrderAccepted>(place_and_hear(order_of(buyer, {{cup.id, 10}}, {600})));
    caller().listen(3s);
    check_everything();
    stop_all();
}

TEST_F(Orders, are_paid_shipped_delivered_and_kept_when_the_days_are_over)
{
    start_roles({"--confirm-after-s=2"});
    const auto cup = new_product(5, {4'000});
    const auto buyer = new_member({500});
    const auto accepted = read<orders::OrderAccepted>(place_and_hear(order_of(buyer, {{cup.id, 3}}, {500})));
    const auto order = accepted.order_id;
    const auto say_of_the_order = [&](const auto& command) {
        return caller().answer(caller().ask(command, order.value));
    };

    // A card pays; that a gateway has captured it is said here by hand.
    const PaymentId payment{random_uuid()};
    read<payments::PaymentPrepared>(say_of_the_order(payments::PreparePayment{
        order, payment, buyer, payments::Method::card, payments::Provider::toss, accepted.total_amount}));
    payments::RecordCapture capture;
    capture.order_id = order;
    capture.payment_id = payment;
    capture.gateway_key = "key-" + payment.text();
    capture.amount = accepted.total_amount;
    capture.approved_at = now();
    read<payments::PaymentCompleted>(say_of_the_order(capture));

    const orders::ShipPart ship{order, accepted.lines.front().seller_id, "CJ대한통운", "6123-4567"};
    const auto until = Clock::now() + 45s;
    auto shipped = say_of_the_order(ship);
    while (shipped.envelope.type == rejected_type && Clock::now() < until) {  // Until the process has confirmed it.
        caller().pump(100ms);
        shipped = say_of_the_order(ship);
    }
    const auto part = read<orders::PartShipped>(shipped);
    EXPECT_EQ(part.order_status, orders::OrderStanding::shipped);
    EXPECT_EQ(cancel_and_hear(order).envelope.type, rejected_type) << "it is on its way";

    const auto arrived_at = now() - 1h;
    const auto tell = [&] {
        return say_of_the_order(
            shipping::RecordTracking{part.shipment_id, shipping::ShipmentStatus::delivered, {}, "문 앞", arrived_at});
    };
    auto delivered = tell();
    while (delivered.envelope.type == rejected_type && Clock::now() < until) {  // Until the process has opened it.
        caller().pump(100ms);
        delivered = tell();
    }
    read<shipping::ShipmentDelivered>(delivered);
    EXPECT_EQ(tell().envelope.type, rejected_type) << "told before";

    // Two seconds later it is the buyer's for good: 2 % of 12,000 less 500 points.
    const auto balance = [&] {
        points::SpendPoints too_much;
        too_much.user_id = buyer;
        too_much.amount = {1'000'000};
        too_much.description = "잔액 확인";
        const auto refusal = caller().ask_and_hear(too_much);
        return std::get<std::int64_t>(rejection_from_json(refusal.value).details.at("available"));
    };
    while (balance() == 0 && Clock::now() < until) caller().pump(100ms);
    EXPECT_EQ(balance(), 230);
    EXPECT_EQ(say_of_the_order(orders::ConfirmPurchase{order, orders::ConfirmationCause::buyer}).envelope.type,
              rejected_type)
        << "time was quicker";
    say("the order is kept and rewarded");
    check_everything();
    stop_all();
}

TEST_F(Orders, repeated_commands_get_the_first_answer)
{
    start_roles();
    auto& producers = *processes.front();
    const auto cup = new_product(3);
    const auto buyer = new_member();

    points::EarnPoints earn;
    earn.user_id = buyer;
    earn.amount = {250};
    earn.source = points::PointSource::event;
    earn.description = "선물";
    const auto earned = caller().ask(earn);
    const auto first = caller().answer(earned);
    const auto refused = caller().ask(inventory::AdjustStock{cup.id, -4, "파손"});
    const auto refusal = caller().answer(refused);
    EXPECT_EQ(refusal.envelope.type, rejected_type);
    const auto order = order_of(buyer, {{cup.id, 2}}, {200});
    const auto placed = place(order);
    const auto accepted = caller().answer(placed);
    read<orders::OrderAccepted>(accepted);

    const auto ask_all_again = [&] {
        const auto heard = [&](const Uuid& id) { return caller().answers(id).size(); };
        const std::map<Uuid, std::size_t> before{
            {earned, heard(earned)}, {refused, heard(refused)}, {placed, heard(placed)}};
        for (const auto& [id, count] : before) caller().ask_again(id);
        const auto until = Clock::now() + 30s;
        for (const auto& [id, count] : before) {
            while (heard(id) == count && Clock::now() < until) caller().pump(10ms);
            EXPECT_GT(heard(id), count) << "the repeat was not answered";
        }
        EXPECT_EQ(caller().answers(earned).back().value, first.value);
        EXPECT_EQ(caller().answers(refused).back().value, refusal.value);
        // The placed order is settled by another step: its caller is told where to look. A new owner may beside that say
        // once more what nobody is known to have heard.
        const auto told_running = [&] {
            std::size_t heard_before = before.at(placed);
            for (const auto& answer : caller().answers(placed)) {
                if (heard_before > 0) {
                    --heard_before;
                } else if (answer.envelope.type == "jangteo.StillRunning") {
                    return true;
                }
            }
            return false;
        };
        while (!told_running() && Clock::now() < until) caller().pump(10ms);
        EXPECT_TRUE(told_running());
    };
    ask_all_again();

    // The same id must mean the same body.
    caller().ask(earn, {}, earned, 8);
    const auto until = Clock::now() + 30s;
    const auto reused = [&] { return caller().answers(earned).back().envelope.type == "jangteo.KeyReused"; };
    while (!reused() && Clock::now() < until) caller().pump(10ms);
    EXPECT_TRUE(reused());

    // Another owner knows them too, from the log.
    producers.kill();
    start("producers");
    ask_all_again();

    // Another command for the same order finds what is there.
    EXPECT_EQ(place_and_hear(order).envelope.type, rejected_type);
    check_everything();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
