// The checker itself: it finds nothing in a log that is right, and each rule finds what breaks it.
#include "tests/e2e/checker/checker.hpp"
#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/points.hpp"
#include "events/shipping.hpp"

#include <gtest/gtest.h>
#include <functional>

namespace jangteo::e2e {
namespace {

using namespace events;

/// A log of one partition each, written by hand: an order with points that is cancelled, one that is paid, shipped and
/// kept, one that is refused for lack of stock.
class Checker : public testing::Test {
protected:
    Checker()
    {
        for (const auto& context : contexts) {
            log[context + ".commands"].resize(1);
            log[context + ".events"].resize(1);
            Record marker = append(context + ".events", {});
            log[context + ".events"][0].back().envelope.type = taken_over_type;
            log[context + ".events"][0].back().envelope.writer = writer;
        }
        log[inbox_topic].resize(1);
        log[gateway_inbox_topic].resize(1);
        log[replies_topic].resize(1);

        asked(inventory::PutItem{mug, 5, "컵", {2'000}, seller},
              inventory::ItemPut{mug, 0, 5, 0, "컵", {2'000}, seller, true});
        earn(old_lot, 300, 300);
        earn(young_lot, 500, 800);

        place(first, 3, 400);
        said(inventory::HoldStock{mug, first, 3},
             inventory::StockHeld{mug, first, 3, "컵", {2'000}, seller, 5, 3, true});
        said(
            points::SpendPoints{user, {400}, first, "주문 사용"},
            points::PointsSpent{user, spend, first, {400}, {{old_lot, {300}}, {young_lot, {100}}}, "주문 사용", {400}});
        accept(first, 3, 400);
        place(second, 2, 0);
        said(inventory::HoldStock{mug, second, 2},
             inventory::StockHeld{mug, second, 2, "컵", {2'000}, seller, 5, 5, true});
        accept(second, 2, 0);
        place(third, 1, 0);
        const Rejection reason{"PROD_002", {{"productId", mug.text()}, {"requested", 1}, {"available", 0}}};
        refused(inventory::HoldStock{mug, third, 1}, reason);
        said(orders::RefuseOrder{third, reason.code, {details_to_json(reason.details)}},
             orders::OrderRefused{third, user, reason.code, {details_to_json(reason.details)}}, replies_topic);
        ship_and_keep_the_second();
        asked(orders::CancelOrder{first, "취소", orders::CancelCause::buyer},
              orders::OrderCancelled{first, user, "취소", orders::CancelCause::buyer, {{mug, 3}}, {400}}, inbox_topic);
        said(inventory::ReleaseStock{mug, first}, inventory::StockReleased{mug, first, 3, 3, 0});
        said(points::RestorePoints{user, first, "환급"},
             points::PointsRestored{
                 user, spend, first, {400}, {{old_lot, {300}, year}, {young_lot, {100}, year}}, {}, "환급", {880}});
    }

    // ---- Writing

    Record append(const std::string& topic, Record record)
    {
        record.topic = topic;
        record.partition = 0;
        record.offset = static_cast<std::int64_t>(log[topic][0].size());
        log[topic][0].push_back(record);
        return record;
    }

    /// A command, its outcome, and the answers to it.
    template <class Command>
    void decided(const Command& command, const std::string& type, const std::string& value, const std::string& answered,
                 const std::string& also)
    {
        Record record;
        record.value = to_json(command);
        record.envelope.id = uuid_v5(url_namespace, std::to_string(++count));
        record.envelope.type = Command::type;
        record.envelope.subject = subject_of(command);
        record.envelope.time = time + std::chrono::seconds{count};
        record.envelope.correlation_id = correlation_of(command, record.envelope.id);
        record.envelope.reply_to = {answered, 0, answered == replies_topic ? "edge" : "", record.envelope.id};
        const std::string type_text(Command::type);
        const auto context = type_text.substr(8, type_text.rfind('.') - 8);
        const auto said_to = append(context + ".commands", record);
        record.value = value;
        record.envelope.type = type;
        record.envelope.causation_id = said_to.envelope.id;
        record.envelope.id = uuid_v5(said_to.envelope.id, "outcome");
        record.envelope.writer = writer;
        record.envelope.sequence = static_cast<std::int64_t>(log[context + ".events"][0].size());
        record.envelope.command_offset = said_to.offset;
        auto answer = append(context + ".events", record);
        answer.envelope.position.advance(context, 0, answer.offset);
        if (type == orders::OrderPlaced::type) return void(append(inbox_topic, answer));
        append(answered, answer);
        if (!also.empty()) append(also, answer);
    }
    template <class Command, class Event>
    void asked(const Command& command, const Event& event, const std::string& also = {})
    {
        decided(command, std::string(Event::type), to_json(event), replies_topic, also);
    }
    template <class Command, class Event>
    void said(const Command& command, const Event& event, const std::string& also = {})
    {
        decided(command, std::string(Event::type), to_json(event), inbox_topic, also);
    }
    template <class Command>
    void refused(const Command& command, const Rejection& reason)
    {
        decided(command, std::string(rejected_type), rejection_to_json(reason, Command::type), inbox_topic, {});
    }
    static Uuid correlation_of(const auto& command, const Uuid& otherwise)
    {
        if constexpr (requires { command.order_id.value; }) {
            return command.order_id.value;
        } else if constexpr (requires { command.order_id->value; }) {
            return command.order_id ? command.order_id->value : otherwise;
        } else {
            return otherwise;
        }
    }

    void earn(const LotId& lot, std::int64_t amount, std::int64_t balance)
    {
        points::EarnPoints command;
        command.user_id = user;
        command.amount = {amount};
        command.source = points::PointSource::event;
        command.description = "선물";
        asked(command,
              points::PointsEarned{user, lot, {amount}, points::PointSource::event, {}, {}, "선물", year, {balance}});
    }
    void place(const OrderId& id, std::int64_t quantity, std::int64_t use)
    {
        orders::PlaceOrder command;
        command.order_id = id;
        command.user_id = user;
        command.lines = {{mug, quantity, {}}};
        command.shipping_address = {"홍길동", "010-1234-5678", "04524", "서울", {}};
        command.points_to_use = {use};
        asked(command,
              orders::OrderPlaced{id, "ORD-" + id.text(), user, command.lines, command.shipping_address, {use}});
    }
    void accept(const OrderId& id, std::int64_t quantity, std::int64_t use)
    {
        orders::OrderAccepted event{
            id, "ORD-" + id.text(), user, {{mug, "컵", {2'000}, seller, quantity, {2'000 * quantity}, {}}}};
        event.product_amount = {2'000 * quantity};
        event.shipping_fee = {3'000};
        event.points_used = {use};
        event.total_amount = {2'000 * quantity + 3'000 - use};
        said(orders::AcceptOrder{id, {}, {use}, {3'000}}, event, replies_topic);
    }

    void ship_and_keep_the_second()
    {
        using shipping::ShipmentStatus;
        const PaymentId payment{uuid_v5(url_namespace, "payment")};
        said(orders::ConfirmOrder{second, payment}, orders::OrderConfirmed{second, user, payment});
        said(inventory::DeductStock{mug, second}, inventory::StockDeducted{mug, second, 2, 3, 3});
        asked(orders::ShipPart{second, seller, "CJ", "6123"},
              orders::PartShipped{
                  second, user, seller, shipment, "CJ", "6123", {{mug, 2}}, orders::OrderStanding::shipped},
              inbox_topic);
        said(shipping::OpenShipment{shipment, second, user, seller, "CJ", "6123", {{mug, 2}}},
             shipping::ShipmentOpened{shipment, second, user, seller, "CJ", "6123", {{mug, 2}}});
        const auto told = [&](ShipmentStatus status, Timestamp at, ShipmentStatus standing) {
            asked(shipping::RecordTracking{shipment, status, "서울", "말씀", at},
                  shipping::TrackingRecorded{shipment, second, user, seller, status, "서울", "말씀", at, standing});
        };
        told(ShipmentStatus::out_for_delivery, time, ShipmentStatus::out_for_delivery);
        told(ShipmentStatus::in_transit, time - std::chrono::hours{5}, ShipmentStatus::out_for_delivery);
        asked(shipping::RecordTracking{shipment, ShipmentStatus::delivered, {}, {}, time},
              shipping::ShipmentDelivered{shipment, second, user, seller, {}, {}, time}, inbox_topic);
        said(orders::DeliverPart{second, shipment},
             orders::PartDelivered{second, user, seller, shipment, orders::OrderStanding::delivered});
        asked(orders::ConfirmPurchase{second, orders::ConfirmationCause::buyer},
              orders::PurchaseConfirmed{second, user, orders::ConfirmationCause::buyer, {4'000}, {{seller, {4'000}}}},
              inbox_topic);
        points::EarnPoints reward;
        reward.user_id = user;
        reward.amount = {80};
        reward.source = points::PointSource::purchase;
        reward.order_id = second;
        reward.description = "구매 확정 적립";
        said(reward,
             points::PointsEarned{
                 user, reward_lot, {80}, reward.source, second.text(), second, reward.description, year, {480}});
    }

    // ---- Judging

    std::string findings() const
    {
        const Story story(log);
        Findings found;
        check_log(story, {}, found);
        return found.text();
    }
    Record& event(const std::string& context, std::string_view type, std::size_t which = 0)
    {
        for (auto& record : log[context + ".events"][0]) {
            if (record.envelope.type == type && which-- == 0) return record;
        }
        throw std::logic_error("no such event");
    }
    static void replace(std::string& text, const std::string& from, const std::string& to)
    {
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from << " in " << text;
        text.replace(at, from.size(), to);
    }
    /// The event says something else, and so does everybody who was told of it.
    void forge(Record& record, const std::string& from, const std::string& to)
    {
        const std::string before = record.value;
        replace(record.value, from, to);
        for (const char* topic : {inbox_topic, replies_topic}) {
            for (auto& answer : log[topic][0]) {
                if (answer.value == before && answer.envelope.causation_id == record.envelope.causation_id) {
                    answer.value = record.value;
                }
            }
        }
    }
    void expect_finding(const std::string& words) const
    {
        const auto found = findings();
        EXPECT_NE(found.find(words), std::string::npos) << "looked for: " << words << "\nfound:\n" << found;
    }

    Log log;
    int count = 0;
    const Uuid writer = uuid_v5(url_namespace, "writer");
    const Uuid spend = uuid_v5(url_namespace, "spend");
    const Timestamp time = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    const Timestamp year = time + std::chrono::hours{24 * 365};
    const ProductId mug{uuid_v5(url_namespace, "mug")};
    const SellerId seller{uuid_v5(url_namespace, "seller")};
    const UserId user{uuid_v5(url_namespace, "user")};
    const LotId old_lot{uuid_v5(url_namespace, "old")};
    const LotId young_lot{uuid_v5(url_namespace, "young")};
    const LotId reward_lot{uuid_v5(url_namespace, "reward")};
    const ShipmentId shipment{uuid_v5(url_namespace, "shipment")};
    const OrderId first{uuid_v5(url_namespace, "first")};
    const OrderId second{uuid_v5(url_namespace, "second")};
    const OrderId third{uuid_v5(url_namespace, "third")};
};

TEST_F(Checker, finds_nothing_in_a_log_that_is_right)
{
    EXPECT_EQ(findings(), "");
}

TEST_F(Checker, misses_an_outcome)
{
    log["points.commands"][0].push_back(log["points.commands"][0].back());
    log["points.commands"][0].back().envelope.id = uuid_v5(url_namespace, "another");
    expect_finding("has 0 accepted outcomes");
}

TEST_F(Checker, sees_two_outcomes_of_one_command)
{
    auto& events = log["inventory.events"][0];
    auto again = events.back();
    again.offset = static_cast<std::int64_t>(events.size());
    again.envelope.command_offset += 1;
    again.envelope.sequence += 1;
    events.push_back(again);
    expect_finding("has 2 accepted outcomes");
}

TEST_F(Checker, does_not_count_what_is_dead)
{
    auto late = log["inventory.events"][0].back();
    late.envelope.writer = uuid_v5(url_namespace, "a former owner");
    late.offset += 1;
    log["inventory.events"][0].push_back(late);
    EXPECT_EQ(findings(), "");
}

TEST_F(Checker, sees_a_lost_event)
{
    auto& events = log["inventory.events"][0];
    events.erase(events.begin() + 2);  // What follows has a gap before it: nobody accepts it.
    expect_finding("has 0 accepted outcomes");
}

TEST_F(Checker, sees_an_answer_that_contradicts_the_log)
{
    replace(log[replies_topic][0][1].value, R"("amount":300)", R"("amount":301)");
    expect_finding("where the log says");
}

TEST_F(Checker, sees_an_answer_before_its_event)
{
    log[replies_topic][0][0].envelope.position = {};
    expect_finding("has a position before its own event");
}

TEST_F(Checker, sees_that_nobody_was_answered)
{
    log[replies_topic][0].erase(log[replies_topic][0].begin());
    expect_finding("has never been answered");
}

TEST_F(Checker, sees_that_the_saga_was_not_told)
{
    std::erase_if(log[inbox_topic][0], [](const auto& r) { return r.envelope.type == inventory::StockReleased::type; });
    expect_finding("has never reached the saga");
}

TEST_F(Checker, sees_oversold_stock)
{
    forge(event("inventory", inventory::StockHeld::type, 1), R"("quantity":2)", R"("quantity":3)");
    expect_finding("is held though there is not enough");
    expect_finding("reserved does not follow from the log");
}

TEST_F(Checker, sees_stock_that_was_not_given_back)
{
    log["inventory.events"][0].pop_back();
    log["inventory.commands"][0].pop_back();
    std::erase_if(log[inbox_topic][0], [](const auto& r) { return r.envelope.type == inventory::StockReleased::type; });
    expect_finding("(cancelled): still holds 3");
}

TEST_F(Checker, sees_a_refusal_that_was_not_right)
{
    forge(event("inventory", rejected_type), R"("available":0)", R"("available":1)");
    expect_finding("refuses with another amount than was available");
}

TEST_F(Checker, sees_a_lot_used_before_an_older_one)
{
    auto& spent = event("points", points::PointsSpent::type);
    forge(spent,
          R"({"lotId":")" + old_lot.text() + R"(","amount":300},{"lotId":")" + young_lot.text() + R"(","amount":100})",
          R"({"lotId":")" + young_lot.text() + R"(","amount":400})");
    expect_finding("takes from a lot while an older one is open");
}

TEST_F(Checker, sees_a_wrong_balance)
{
    forge(event("points", points::PointsEarned::type, 1), R"("balance":800)", R"("balance":900)");
    expect_finding("the balance is not the sum of the lots");
}

TEST_F(Checker, sees_points_given_back_to_another_lot)
{
    auto& restored = event("points", points::PointsRestored::type);
    forge(restored, R"("amount":300,)", R"("amount":200,)");
    forge(restored, R"("amount":100,)", R"("amount":200,)");
    expect_finding("gives back another amount to a lot than was taken from it");
}

TEST_F(Checker, sees_points_that_were_not_given_back)
{
    log["points.events"][0].pop_back();
    log["points.commands"][0].pop_back();
    std::erase_if(log[inbox_topic][0], [](const auto& r) { return r.envelope.type == points::PointsRestored::type; });
    expect_finding("(cancelled): has 400 points spent of 400");
}

TEST_F(Checker, sees_an_order_without_an_end)
{
    auto& events = log["orders.events"][0];
    std::erase_if(events, [&](const auto& r) { return r.envelope.type == orders::OrderRefused::type; });
    expect_finding("(placing): has not ended");
}

TEST_F(Checker, sees_a_wrong_price)
{
    forge(event("orders", orders::OrderAccepted::type), R"("unitPrice":2000)", R"("unitPrice":1999)");
    expect_finding("has another price than stock was held at");
    expect_finding("has a wrong subtotal");
}

TEST_F(Checker, sees_another_reason_than_the_first)
{
    forge(event("orders", orders::OrderRefused::type), "PROD_002", "POINT_001");
    expect_finding("is refused for another than the first reason");
}

TEST_F(Checker, sees_an_order_that_says_it_has_gone_further_than_its_parts)
{
    forge(event("orders", orders::PartShipped::type), R"("orderStatus":"shipped")", R"("orderStatus":"processing")");
    expect_finding("says that the order is processing, and it is shipped");
}

TEST_F(Checker, sees_a_part_that_nobody_follows)
{
    const auto opened = [](const auto& r) { return r.envelope.type == shipping::ShipmentOpened::type; };
    std::erase_if(log["shipping.events"][0], opened);
    expect_finding("has shipped a part that nobody follows");
}

TEST_F(Checker, sees_a_shipment_that_was_moved_by_old_news)
{
    forge(event("shipping", shipping::TrackingRecorded::type, 1), R"("shipmentStatus":"out_for_delivery")",
          R"("shipmentStatus":"in_transit")");
    expect_finding("stands elsewhere than what was told comes to");
}

TEST_F(Checker, sees_that_the_order_was_not_told_of_its_delivery)
{
    for (const auto type : {orders::PartDelivered::type, orders::PurchaseConfirmed::type}) {
        std::erase_if(log["orders.events"][0], [&](const auto& r) { return r.envelope.type == type; });
    }
    expect_finding("does not know whether its part has been delivered");
}

TEST_F(Checker, sees_another_reward_than_two_in_a_hundred)
{
    forge(event("orders", orders::PurchaseConfirmed::type), R"("rewardBase":4000)", R"("rewardBase":3999)");
    expect_finding("has another base for the reward");
    expect_finding("is rewarded with 80 points instead of 79");
}

TEST_F(Checker, sees_rows_that_differ_or_lack_or_should_not_be)
{
    const Story story(log);
    Findings none;
    const auto tables = check_log(story, {}, none);
    ASSERT_EQ(tables.size(), 9U);
    for (const auto& [table, rows] : tables) {
        ASSERT_FALSE(rows.empty()) << table;
        const auto judged = [&](const std::function<void(Rows&)>& spoil) {
            Rows found = rows;
            spoil(found);
            Findings findings;
            compare_rows(table, rows, found, findings);
            return findings.text();
        };
        EXPECT_EQ(judged([](Rows&) {}), "");
        EXPECT_NE(judged([](Rows& r) { r.erase(r.begin()); }).find("has no row"), std::string::npos) << table;
        EXPECT_NE(judged([](Rows& r) { r["more"] = r.begin()->second; }).find("a row that the log does not come to"),
                  std::string::npos)
            << table;
        for (std::size_t column = 0; column < rows.begin()->second.size(); ++column) {
            const auto found = judged([&](Rows& r) {
                auto& value = r.begin()->second[column];
                value = value == null_text ? "7" : null_text;
            });
            EXPECT_NE(found.find(" instead of "), std::string::npos) << table << " " << column;
        }
    }
}

}  // namespace
}  // namespace jangteo::e2e
