// The inbox of a process without servers: what waits for an answer, what is parked, and what an operator's push does.
#include "sagas/runtime/inbox.hpp"

#include "events/described_json.hpp"
#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "sagas/list.hpp"
#include "sagas/order_fulfilment.hpp"
#include "sagas/payment_gateway.hpp"

#include <gtest/gtest.h>

namespace jangteo::sagas {
namespace {

using namespace events;
using events::sagas::InstancePushed;
using events::sagas::Push;

const OrderId order{uuid_v5(url_namespace, "order")};
const UserId buyer{uuid_v5(url_namespace, "buyer")};
const ProductId mug{uuid_v5(url_namespace, "mug")};
const SellerId potter{uuid_v5(url_namespace, "potter")};
const Timestamp noon = parse_iso8601("2026-01-18T12:00:00Z").value();

/// Everything is acknowledged and written at once, when the test says so.
class Desk final : InboxPorts {
public:
    explicit Desk(std::unique_ptr<Process> process)
        : process_(std::move(process)), inbox(*process_, 0, {}, memory_, *this)
    {
        inbox.take_over();
        inbox.on_snapshot(inbox.epoch(), {});
    }

    template <class Event>
    Uuid hear(const Event& event, const Uuid& causation = {}, std::string value = {})
    {
        Record record;
        record.offset = next_offset_++;
        record.value = value.empty() ? to_json(event) : std::move(value);
        record.envelope.id = uuid_v5(url_namespace, "input " + std::to_string(record.offset));
        record.envelope.type = Event::type;
        record.envelope.correlation_id = order.value;
        record.envelope.causation_id = causation;
        record.envelope.time = noon + std::chrono::seconds{record.offset};
        const auto id = record.envelope.id;
        sent.clear();
        asked.clear();
        inbox.on_input(std::move(record));
        for (const auto offset : std::exchange(unacknowledged_, {})) inbox.on_sent(inbox.epoch(), offset, true);
        return id;
    }
    Uuid push(Push push, std::optional<Uuid> step = {})
    {
        return hear(InstancePushed{std::string(process_->name()), order.value, push, step, "operator:kim", "why not"});
    }

    /// As it would be after a crash now.
    StoredInstance stored()
    {
        time_ += std::chrono::hours{1};
        inbox.tick();
        StoredInstance instance;
        events::described::from_text(rows.at(order.text()).state, instance);
        return instance;
    }
    std::string outcome() { return stored().pushes.back().outcome; }

    std::vector<Record> sent;  ///< By the last input.
    std::vector<Errand> asked;
    std::map<std::string, state::StateRow> rows;
    std::map<std::string, state::WaitingRow> waiting;

private:
    void send(std::uint64_t, std::int64_t offset, const Record& command) override
    {
        sent.push_back(command);
        unacknowledged_.push_back(offset);
    }
    void ask(std::uint64_t, std::int64_t offset, const Errand& errand) override
    {
        asked.push_back(errand);
        unacknowledged_.push_back(offset);
    }
    void read_inputs(std::int64_t) override {}
    void stop_inputs() override {}
    void read_snapshot(std::uint64_t) override {}
    void load(std::uint64_t, std::vector<std::string>) override {}
    void write(std::uint64_t epoch, state::Flush flush) override
    {
        for (const auto& row : flush.rows) rows[row.key] = row;
        for (const auto& key : flush.no_longer_waiting) waiting.erase(key);
        for (const auto& row : flush.waiting) waiting[row.key] = row;
        inbox.on_written(epoch);
    }
    Timestamp now() override { return time_; }

    std::unique_ptr<Process> process_;
    state::MemoryBudget memory_;
    std::int64_t next_offset_ = 0;
    std::vector<std::int64_t> unacknowledged_;
    Timestamp time_ = noon;

public:
    Inbox inbox;
};

const orders::OrderPlaced placed{
    order, "ORD-20260118-000A", buyer, {{mug, 2, {}}}, {"홍길동", "010-1234-5678", "04524", "서울", {}}, {}};
const inventory::StockHeld held{mug, order, 2, "Mug", {9'900}, potter, 5, 2, false};

TEST(Inbox, lists_who_waits_until_the_answer_has_come)
{
    Desk desk(make_order_fulfilment({}));
    desk.hear(placed);
    const auto hold = desk.sent.at(0);
    ASSERT_EQ(desk.stored().unanswered.size(), 1U);
    ASSERT_TRUE(desk.waiting.contains(order.text()));
    const auto& row = desk.waiting.at(order.text());
    EXPECT_EQ(row.saga, "order_fulfilment");
    EXPECT_EQ(row.phase, "gathering");
    EXPECT_EQ(row.waits_for, "jangteo.inventory.HoldStock of " + mug.text());
    EXPECT_EQ(row.since, noon);
    EXPECT_EQ(row.steps, 1);

    desk.hear(held, hold.envelope.id);
    const auto accept = desk.sent.at(0);
    EXPECT_EQ(desk.stored().unanswered.at(0).type, orders::AcceptOrder::type);
    const orders::OrderAccepted accepted{order,    "ORD-20260118-000A",
                                         buyer,    {{mug, "Mug", {9'900}, potter, 2, {19'800}, {}}},
                                         {19'800}, {3'000},
                                         {},       {22'800},
                                         noon};
    desk.hear(accepted, accept.envelope.id);
    EXPECT_TRUE(desk.stored().unanswered.empty());
    EXPECT_TRUE(desk.waiting.empty());
}

TEST(Inbox, sends_what_has_no_answer_again_as_the_same_command)
{
    Desk desk(make_order_fulfilment({}));
    desk.hear(placed);
    const auto hold = desk.sent.at(0);
    desk.push(Push::retry);
    ASSERT_EQ(desk.sent.size(), 1U);
    EXPECT_EQ(desk.sent[0].envelope, hold.envelope);
    EXPECT_EQ(desk.sent[0].value, hold.value);
    EXPECT_EQ(desk.outcome(), "sent 1 commands and 0 tasks");
    desk.hear(held, hold.envelope.id);
    desk.push(Push::retry);
    EXPECT_EQ(desk.sent.at(0).envelope.type, orders::AcceptOrder::type) << "and nothing that has its answer";
    EXPECT_EQ(desk.sent.size(), 1U);
    EXPECT_EQ(desk.stored().pushes.size(), 2U);
    EXPECT_EQ(desk.stored().pushes[0].actor, "operator:kim");
    EXPECT_EQ(desk.stored().pushes[0].reason, "why not");
}

TEST(Inbox, skips_only_what_the_process_can_do_without)
{
    Desk desk(make_order_fulfilment({}));
    desk.hear(placed);
    const auto hold = desk.sent.at(0).envelope.id;
    desk.push(Push::skip, hold);
    EXPECT_EQ(desk.outcome(), "it cannot do without the answer of jangteo.inventory.HoldStock");
    EXPECT_EQ(desk.stored().unanswered.size(), 1U);
    desk.push(Push::skip);
    EXPECT_EQ(desk.outcome(), "skip needs a step");
    desk.push(Push::skip, uuid_v5(url_namespace, "another"));
    EXPECT_EQ(desk.outcome(), "it does not wait for that step");
    desk.push(Push::compensate);
    const auto release = desk.sent.at(0).envelope.id;
    desk.push(Push::skip, release);
    EXPECT_EQ(desk.outcome(), "takes jangteo.inventory.ReleaseStock as answered");
    for (const auto& step : desk.stored().unanswered) EXPECT_NE(step.id, release);
}

TEST(Inbox, parks_what_it_cannot_read_and_takes_what_waits_after_it_is_left_out)
{
    Desk desk(make_order_fulfilment({}));
    desk.hear(placed);
    const auto hold = desk.sent.at(0).envelope.id;
    desk.hear(held, {}, "{\"broken\":");
    EXPECT_TRUE(desk.sent.empty());
    const auto waits = desk.hear(held, hold);
    EXPECT_TRUE(desk.sent.empty()) << "it waits behind the broken one";
    EXPECT_EQ(desk.stored().parked_inputs.size(), 2U);
    EXPECT_EQ(desk.waiting.at(order.text()).parked, 2);
    EXPECT_FALSE(desk.waiting.at(order.text()).parked_because.empty());

    desk.push(Push::retry);
    EXPECT_TRUE(desk.sent.empty());
    EXPECT_EQ(desk.stored().parked_inputs.size(), 2U) << "as broken as before";
    EXPECT_TRUE(desk.outcome().starts_with("took 0 inputs, then parked again: ")) << desk.outcome();
    desk.push(Push::compensate);
    EXPECT_EQ(desk.outcome(), "it is parked: retry or skip what it cannot take");

    desk.push(Push::skip);
    ASSERT_EQ(desk.sent.size(), 1U);
    EXPECT_EQ(desk.sent[0].envelope.type, orders::AcceptOrder::type);
    EXPECT_EQ(desk.sent[0].envelope.id, uuid_v5(waits, "order_fulfilment/0")) << "the id it would have had";
    EXPECT_EQ(desk.sent[0].envelope.causation_id, waits);
    EXPECT_EQ(desk.outcome(), "left out jangteo.inventory.StockHeld; took 1 inputs");
    EXPECT_TRUE(desk.stored().parked_inputs.empty());
    EXPECT_EQ(desk.stored().phase, "gathering");
    EXPECT_EQ(desk.waiting.at(order.text()).parked, 0);
}

TEST(Inbox, does_nothing_for_an_instance_that_there_is_none_of)
{
    Desk desk(make_order_fulfilment({}));
    desk.push(Push::compensate);
    EXPECT_TRUE(desk.sent.empty());
    EXPECT_EQ(desk.outcome(), "there is no such instance");
}

TEST(Inbox, drops_a_push_that_it_has_seen)
{
    Desk desk(make_order_fulfilment({}));
    desk.hear(placed);
    Record record;
    record.offset = 100;
    record.value = to_json(InstancePushed{"order_fulfilment", order.value, Push::retry, {}, "operator:kim", "again"});
    record.envelope.id = uuid_v5(url_namespace, "push");
    record.envelope.type = InstancePushed::type;
    record.envelope.correlation_id = order.value;
    desk.inbox.on_input(record);
    record.offset = 101;
    desk.sent.clear();
    desk.inbox.on_input(record);
    EXPECT_TRUE(desk.sent.empty());
    EXPECT_EQ(desk.inbox.counters().repeats, 1U);
}

TEST(PaymentGateway, puts_open_questions_again_and_says_what_it_waits_for)
{
    Desk desk(make_payment_gateway({}));
    const PaymentId payment{uuid_v5(url_namespace, "payment")};
    desk.hear(payments::ConfirmationRequested{order, payment, payments::Provider::toss, "key", {22'800}});
    ASSERT_EQ(desk.asked.size(), 1U);
    desk.stored();
    EXPECT_EQ(desk.waiting.at(order.text()).waits_for, "whether payments.toss confirms the payment");
    desk.push(Push::retry);
    ASSERT_EQ(desk.asked.size(), 1U);
    EXPECT_EQ(desk.asked[0].target, "payments.toss");
    EXPECT_EQ(desk.outcome(), "sent 0 commands and 1 tasks");
    desk.push(Push::retry, uuid_v5(url_namespace, "another question"));
    EXPECT_TRUE(desk.asked.empty());
    desk.push(Push::skip, payment.value);
    EXPECT_EQ(desk.outcome(), "takes the step as answered");
    EXPECT_TRUE(desk.waiting.empty());
}

}  // namespace
}  // namespace jangteo::sagas
