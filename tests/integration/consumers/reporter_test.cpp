#include "consumers/runtime/reporter.hpp"

#include "tests/integration/consumers/log.hpp"

#include <gtest/gtest.h>
#include <future>
#include <memory>
#include <optional>

namespace jangteo::consumers {
namespace {

using namespace std::chrono_literals;
using testing::Log;
using testing::nowhere;

class ReporterTest : public ::testing::Test {
protected:
    /// What the reporter says of these commands, or nothing if it does not say anything.
    static std::optional<bool> told(Reporter& reporter, std::vector<events::Record> commands)
    {
        auto answer = tell(reporter, std::move(commands));
        if (answer.wait_for(20s) != std::future_status::ready) return std::nullopt;
        return answer.get();
    }
    /// A second word is an exception within `then`, and the end of the test.
    static std::future<bool> tell(Reporter& reporter, std::vector<events::Record> commands)
    {
        auto promise = std::make_shared<std::promise<bool>>();
        auto answer = promise->get_future();
        reporter.tell(std::move(commands), [promise](bool ok) { promise->set_value(ok); });
        return answer;
    }

    Log log;
    const events::Uuid first = events::random_uuid();
    const events::Uuid second = events::random_uuid();
};

TEST_F(ReporterTest, says_that_it_is_told_when_all_of_it_is_in_the_log)
{
    Reporter reporter(log.settings, {log.topic});
    EXPECT_EQ(told(reporter, {log.command(first, R"({"a":1})"), log.command(second)}), true);
    const auto records = log.records();
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].envelope, log.command(first).envelope);
    EXPECT_EQ(records[0].value, R"({"a":1})");
    EXPECT_EQ(records[1].envelope.id, second);
}

TEST_F(ReporterTest, what_can_never_be_told_holds_up_nothing_else)
{
    Reporter reporter(log.settings, {log.topic});
    auto impossible = log.command(first);
    impossible.partition = 99;
    auto before = tell(reporter, {log.command(events::random_uuid())});
    auto never = tell(reporter, {log.command(second), impossible, log.command(first)});
    auto after = tell(reporter, {log.command(events::random_uuid())});
    EXPECT_TRUE(before.get());
    EXPECT_FALSE(never.get());
    EXPECT_TRUE(after.get());
}

TEST_F(ReporterTest, says_that_it_is_not_told_while_kafka_is_away)
{
    Reporter reporter(nowhere(), {log.topic}, 500ms);
    EXPECT_EQ(told(reporter, {log.command(first)}), false);
    EXPECT_EQ(told(reporter, {log.command(first), log.command(second)}), false);
}

TEST_F(ReporterTest, nothing_to_tell_is_told_whether_kafka_is_there_or_not)
{
    Reporter reporter(nowhere(), {log.topic}, 30s);
    auto answer = tell(reporter, {});
    ASSERT_EQ(answer.wait_for(0s), std::future_status::ready);
    EXPECT_TRUE(answer.get());
}

TEST_F(ReporterTest, what_is_not_told_at_its_end_is_not_told)
{
    std::optional<Reporter> reporter(std::in_place, nowhere(), std::vector{log.topic}, 30s);
    auto answer = tell(*reporter, {log.command(first)});
    reporter.reset();
    ASSERT_EQ(answer.wait_for(0s), std::future_status::ready);
    EXPECT_FALSE(answer.get());
}

}  // namespace
}  // namespace jangteo::consumers
