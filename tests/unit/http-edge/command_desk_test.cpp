// One command, one outcome, whoever asks how often (SH-API-09, design §2.6).
#include "http-edge/server/command_desk.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <map>

namespace jangteo::edge {
namespace {

using namespace std::chrono_literals;

const events::Uuid order_a = events::uuid_v5(events::url_namespace, "order a");

/// Kafka and the producers, as far as the desk sees them.
class ScriptedPort final : public CommandPort {
public:
    bool send(const events::Record& command) override
    {
        if (!takes) return false;
        sent.push_back(command);
        return true;
    }
    [[nodiscard]] bool overloaded() const override { return false; }

    bool takes = true;
    std::vector<events::Record> sent;
};

class Desk : public ::testing::Test {
protected:
    static events::Record command(const events::Uuid& id, std::uint64_t fingerprint = 7)
    {
        events::Record record;
        record.envelope.id = id;
        record.envelope.type = "jangteo.orders.CancelOrder";
        record.envelope.fingerprint = fingerprint;
        record.envelope.time = events::Timestamp(1'000s);
        return record;
    }
    static events::Record answer(const events::Uuid& id, std::string value = R"({"n":1})",
                                 std::string type = "jangteo.orders.OrderCancelled")
    {
        events::Record record;
        record.envelope.type = std::move(type);
        record.envelope.reply_to.request_id = id;
        record.envelope.causation_id = id;
        record.envelope.time = events::Timestamp(1'000s);
        record.envelope.position.advance("orders", 3, 17);
        record.value = std::move(value);
        return record;
    }

    /// Asks in the background; the reply lands in `replies`.
    void ask(const events::Record& record, std::chrono::milliseconds wait = 2'000ms)
    {
        const auto index = replies.size();
        replies.emplace_back();
        boost::asio::co_spawn(io, asking(record, wait, index), boost::asio::detached);
    }
    Awaitable<void> asking(events::Record record, std::chrono::milliseconds wait, std::size_t index)
    {
        auto reply = co_await desk.ask(std::move(record), wait);
        replies[index] = std::move(reply);
    }
    /// Whatever can happen now.
    void settle()
    {
        while (io.poll() > 0) {
        }
    }
    void let_pass(std::chrono::milliseconds time)
    {
        io.restart();
        io.run_for(time);
    }
    void SetUp() override { io.restart(); }

    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<Executor> guard{io.get_executor()};
    ScriptedPort port;
    std::map<events::Uuid, KnownOutcome> outcomes;
    int look_ups = 0;
    CommandDesk desk{io, port,
                     [this](events::Uuid id) -> Awaitable<std::optional<KnownOutcome>> {
                         ++look_ups;
                         const auto found = outcomes.find(id);
                         std::optional<KnownOutcome> outcome;
                         if (found != outcomes.end()) outcome = found->second;
                         co_return outcome;
                     },
                     CommandDesk::Settings{
                         .remembered = 3, .remembered_bytes = 1'000, .sent_again_after = 100ms, .outcome_poll = 20ms}};
    std::vector<std::optional<Reply>> replies;
};

TEST_F(Desk, answers_with_the_outcome)
{
    ask(command(order_a));
    settle();
    ASSERT_EQ(port.sent.size(), 1U);
    EXPECT_FALSE(replies[0]);
    port.on_answer(answer(order_a));
    settle();
    ASSERT_TRUE(replies[0]);
    EXPECT_EQ(replies[0]->kind, Reply::Kind::answered);
    EXPECT_FALSE(replies[0]->replayed);
    EXPECT_EQ(replies[0]->answer->value, R"({"n":1})");
    EXPECT_EQ(replies[0]->answer->position.text(), "orders:3:17");
}

TEST_F(Desk, sends_a_thousand_equal_requests_once_and_answers_them_alike)
{
    for (int i = 0; i < 1'000; ++i) ask(command(order_a));
    settle();
    EXPECT_EQ(port.sent.size(), 1U);
    port.on_answer(answer(order_a));
    settle();
    int first_hand = 0;
    for (const auto& reply : replies) {
        ASSERT_TRUE(reply);
        ASSERT_EQ(reply->kind, Reply::Kind::answered);
        EXPECT_EQ(reply->answer, replies[0]->answer) << "the very same answer";
        first_hand += reply->replayed ? 0 : 1;
    }
    EXPECT_EQ(first_hand, 1);
}

TEST_F(Desk, refuses_another_body_under_the_same_key)
{
    ask(command(order_a, 7));
    ask(command(order_a, 8));
    settle();
    ASSERT_TRUE(replies[1]);
    EXPECT_EQ(replies[1]->kind, Reply::Kind::reused) << "while the first is under way";
    port.on_answer(answer(order_a));
    ask(command(order_a, 8));
    settle();
    EXPECT_EQ(replies[2]->kind, Reply::Kind::reused) << "and when it is done";
    EXPECT_EQ(replies[0]->kind, Reply::Kind::answered);
}

TEST_F(Desk, answers_a_repeat_from_memory)
{
    ask(command(order_a));
    settle();
    port.on_answer(answer(order_a));
    settle();
    ask(command(order_a));
    settle();
    EXPECT_EQ(port.sent.size(), 1U);
    ASSERT_TRUE(replies[1]);
    EXPECT_TRUE(replies[1]->replayed);
    EXPECT_EQ(replies[1]->answer, replies[0]->answer);
}

TEST_F(Desk, remembers_a_bounded_number)
{
    for (int i = 0; i < 5; ++i) {
        const auto id = events::uuid_v5(order_a, std::to_string(i));
        ask(command(id));
        settle();
        port.on_answer(answer(id));
        settle();
    }
    EXPECT_EQ(desk.known(events::uuid_v5(order_a, "0")), nullptr);
    EXPECT_EQ(desk.known(events::uuid_v5(order_a, "1")), nullptr);
    EXPECT_NE(desk.known(events::uuid_v5(order_a, "2")), nullptr);
    const auto large = events::uuid_v5(order_a, "large");
    ask(command(large));
    settle();
    port.on_answer(answer(large, std::string(2'000, ' ')));
    settle();
    EXPECT_NE(desk.known(large), nullptr);
    EXPECT_EQ(desk.known(events::uuid_v5(order_a, "4")), nullptr) << "by bytes as well";
}

TEST_F(Desk, says_running_only_when_the_log_has_the_command)
{
    ask(command(order_a), 30ms);
    let_pass(80ms);
    EXPECT_FALSE(replies[0]) << "nobody knows yet whether it was taken";
    port.on_delivery(order_a, true);
    let_pass(30ms);
    ASSERT_TRUE(replies[0]);
    EXPECT_EQ(replies[0]->kind, Reply::Kind::running);
    EXPECT_TRUE(desk.running(order_a));
    port.on_answer(answer(order_a));
    ASSERT_NE(desk.known(order_a), nullptr) << "for whoever was told to come back";
    EXPECT_FALSE(desk.running(order_a));
}

TEST_F(Desk, tells_who_does_not_wait_where_to_ask_however_fast_the_outcome_comes)
{
    ask(command(order_a, 0), 0ms);
    settle();
    port.on_answer(answer(order_a));
    settle();
    ASSERT_TRUE(replies[0]);
    EXPECT_EQ(replies[0]->kind, Reply::Kind::running);
    EXPECT_NE(desk.known(order_a), nullptr);
}

TEST_F(Desk, is_unavailable_when_the_log_does_not_take_the_command)
{
    port.takes = false;
    ask(command(order_a));
    settle();
    EXPECT_EQ(replies[0]->kind, Reply::Kind::unavailable);
    port.takes = true;
    ask(command(order_a));
    settle();
    port.on_delivery(order_a, false);
    settle();
    ASSERT_TRUE(replies[1]);
    EXPECT_EQ(replies[1]->kind, Reply::Kind::unavailable);
    ask(command(order_a));
    settle();
    EXPECT_EQ(port.sent.size(), 2U) << "the same key is tried again";
}

TEST_F(Desk, looks_the_outcome_up_when_the_first_answer_went_elsewhere)
{
    ask(command(order_a));
    ask(command(order_a));
    settle();
    port.on_answer(answer(order_a, "{}", std::string(still_running_type)));
    let_pass(50ms);
    EXPECT_FALSE(replies[0]);
    EXPECT_GE(look_ups, 1);
    EXPECT_LE(look_ups, 6) << "one at a time, however many wait";
    outcomes[order_a] = {{.type = "jangteo.orders.OrderAccepted", .value = "{}", .position = {}}, 0};
    let_pass(60ms);
    for (const auto& reply : replies) {
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->kind, Reply::Kind::answered);
        EXPECT_TRUE(reply->replayed);
    }
}

TEST_F(Desk, compares_fingerprints_with_a_stored_outcome)
{
    outcomes[order_a] = {{.type = "jangteo.orders.OrderAccepted", .value = "{}", .position = {}}, 99};
    ask(command(order_a));
    settle();
    port.on_answer(answer(order_a, "{}", std::string(still_running_type)));
    let_pass(60ms);
    ASSERT_TRUE(replies[0]);
    EXPECT_EQ(replies[0]->kind, Reply::Kind::reused);
}

TEST_F(Desk, hears_from_the_owner_that_a_key_was_used)
{
    ask(command(order_a));
    settle();
    port.on_answer(answer(order_a, "{}", std::string(key_reused_type)));
    settle();
    EXPECT_EQ(replies[0]->kind, Reply::Kind::reused);
}

TEST_F(Desk, knows_an_outcome_of_an_earlier_sending_by_its_time)
{
    ask(command(order_a));
    settle();
    auto first = answer(order_a);
    first.envelope.time = events::Timestamp(900s);
    port.on_answer(first);
    settle();
    EXPECT_TRUE(replies[0]->replayed);
    // What a process settles carries the process' time, which says nothing.
    const auto other = events::uuid_v5(order_a, "other");
    ask(command(other));
    settle();
    auto settled = answer(other);
    settled.envelope.time = events::Timestamp(2'000s);
    settled.envelope.causation_id = events::uuid_v5(order_a, "accept");
    port.on_answer(settled);
    settle();
    EXPECT_FALSE(replies[1]->replayed);
}

TEST_F(Desk, sends_again_when_an_answer_may_have_been_lost)
{
    ask(command(order_a), 20ms);
    settle();
    port.on_delivery(order_a, true);
    let_pass(120ms);
    ask(command(order_a));
    settle();
    EXPECT_EQ(port.sent.size(), 2U);
    EXPECT_EQ(port.sent[0].envelope, port.sent[1].envelope) << "the very same command, so that it is a repeat";
}

TEST_F(Desk, passes_over_answers_nobody_waits_for)
{
    port.on_answer(answer(order_a));
    port.on_delivery(order_a, true);
    port.on_delivery(order_a, false);
    settle();
    EXPECT_EQ(desk.in_flight(), 0U);
}

}  // namespace
}  // namespace jangteo::edge
