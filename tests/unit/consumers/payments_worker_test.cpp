// How what came of a task is written down for the log.
#include "consumers/payments/worker.hpp"

#include "events/payments.hpp"

#include <gtest/gtest.h>
#include <functional>
#include <memory>
#include <utility>

namespace jangteo::consumers::payments {
namespace {

using namespace events::payments;

/// Confirms as the test says; nobody asks it for more.
class Confirming final : public Gateway {
public:
    explicit Confirming(std::function<Standing()> answer) : answer_(std::move(answer)) {}
    Standing confirm(const ConfirmAtGateway&) override { return answer_(); }
    Standing look(const events::PaymentId&) override { return Undecided{}; }
    std::variant<Returned, Declined> refund(const RefundAtGateway&, bool, const std::optional<RefundAccount>&) override
    {
        return Declined{};
    }
    std::variant<Closed, Captured> close(const CloseAtGateway&) override { return Closed{}; }

private:
    std::function<Standing()> answer_;
};

constexpr events::Timestamp told_at{std::chrono::seconds{1'700'000'000}};

class PaymentsWorker : public ::testing::Test {
protected:
    CarryOut carrying_out(const std::function<Standing()>& answer)
    {
        return make_carry_out(
            outbound_, [answer](const Call&) { return std::make_unique<Confirming>(answer); }, "toss",
            [] { return told_at; }, {});
    }

    const ConfirmAtGateway confirmation{
        {events::random_uuid()}, {events::random_uuid()}, Provider::toss, "key", {15'000}, 0};
    const events::ReturnAddress asker{"edge.replies", 3, "edge-1", events::random_uuid()};
    const rabbitmq::Task task{.id = events::random_uuid(),
                              .type = std::string(ConfirmAtGateway::type),
                              .body = to_json(Task(confirmation)),
                              .correlation_id = events::random_uuid(),
                              .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                              .settles = asker.text()};

private:
    Outbound outbound_{{.target = "payments.toss"}, Surroundings::real({})};
};

TEST_F(PaymentsWorker, tells_the_order_of_the_payment_and_whoever_asked)
{
    const auto outcome = carrying_out([] { return Captured{"key", {15'000}, {}, {}}; })(task, true);
    EXPECT_TRUE(outcome.final);
    ASSERT_EQ(outcome.commands.size(), 1U);
    const auto& record = outcome.commands[0];
    EXPECT_EQ(record.topic, "payments.commands");
    EXPECT_EQ(record.partition, -1) << "by the order's id";
    const auto& says = record.envelope;
    EXPECT_EQ(says.type, RecordCapture::type);
    EXPECT_EQ(says.schema, RecordCapture::schema);
    EXPECT_EQ(says.subject, confirmation.order_id.text());
    EXPECT_EQ(says.correlation_id, task.correlation_id);
    EXPECT_EQ(says.causation_id, task.id);
    EXPECT_EQ(says.traceparent, task.traceparent);
    EXPECT_EQ(says.actor, "gateway:toss");
    EXPECT_EQ(says.time, told_at);
    EXPECT_EQ(says.reply_to, asker) << "whatever becomes of it";
    EXPECT_TRUE(says.settles.empty());
    const auto command = decode_command(says.type, record.value);
    EXPECT_EQ(std::get<RecordCapture>(command).payment_id, confirmation.payment_id);
}

TEST_F(PaymentsWorker, the_same_outcome_of_a_task_is_the_same_command)
{
    const auto captures = carrying_out([] { return Captured{"key", {15'000}, {}, {}}; });
    const auto id = captures(task, true).commands.at(0).envelope.id;
    EXPECT_EQ(captures(task, false).commands.at(0).envelope.id, id);
    auto another = task;
    another.id = events::random_uuid();
    EXPECT_NE(captures(another, true).commands.at(0).envelope.id, id);
    const auto declines = carrying_out([] { return Declined{"REJECT_CARD_COMPANY", ""}; });
    EXPECT_NE(declines(task, true).commands.at(0).envelope.id, id);
}

TEST_F(PaymentsWorker, what_is_not_final_settles_nobodys_question)
{
    const auto outcome = carrying_out([]() -> Standing { throw Unclear("silence"); })(task, true);
    EXPECT_FALSE(outcome.final);
    EXPECT_EQ(outcome.why, "silence");
    ASSERT_EQ(outcome.commands.size(), 1U);
    EXPECT_EQ(outcome.commands[0].envelope.type, RecordNoAnswer::type);
    EXPECT_TRUE(outcome.commands[0].envelope.reply_to.empty());
}

TEST_F(PaymentsWorker, a_task_that_cannot_be_read_is_not_done)
{
    auto broken = task;
    broken.body = "{}";
    EXPECT_ANY_THROW(carrying_out([] { return Undecided{}; })(broken, true));
}

}  // namespace
}  // namespace jangteo::consumers::payments
