#include "infra/kafka/publisher.hpp"

#include "infra/kafka/admin.hpp"
#include "infra/kafka/membership.hpp"
#include "infra/kafka/partition_reader.hpp"

#include <gtest/gtest.h>
#include <atomic>

namespace jangteo::kafka {
namespace {

using namespace std::chrono_literals;

/// A port of the loopback at which nobody listens.
Settings nobody()
{
    return {"127.0.0.1:1", "test"};
}

events::Record record()
{
    events::Record made;
    made.topic = "somewhere";
    made.partition = 0;
    made.value = "{}";
    return made;
}

template <class Call>
auto time_of(Call call)
{
    const auto begun = std::chrono::steady_clock::now();
    call();
    return std::chrono::steady_clock::now() - begun;
}

TEST(Publisher, reports_a_failure_when_its_time_is_up)
{
    std::vector<std::uint64_t> failed;
    Publisher publisher(nobody(), {.message_timeout = 300ms}, [&](std::uint64_t token, bool ok, std::int64_t offset) {
        EXPECT_FALSE(ok);
        EXPECT_EQ(offset, -1);
        failed.push_back(token);
    });
    ASSERT_TRUE(publisher.publish(record(), 7));
    ASSERT_TRUE(publisher.publish(record(), 8));
    EXPECT_EQ(publisher.in_flight(), 2U);
    EXPECT_TRUE(publisher.flush(10s));
    EXPECT_EQ(failed, (std::vector<std::uint64_t>{7, 8}));
}

TEST(Publisher, takes_no_more_than_its_limit)
{
    Publisher publisher(nobody(), {.queue_limit = 3}, [](auto, auto, auto) {});
    EXPECT_TRUE(publisher.publish(record(), 1));
    EXPECT_TRUE(publisher.publish(record(), 2));
    EXPECT_TRUE(publisher.publish(record(), 3));
    EXPECT_FALSE(publisher.publish(record(), 4));
    EXPECT_EQ(publisher.in_flight(), 3U);
    EXPECT_FALSE(publisher.flush(50ms));
}

TEST(Publisher, passes_on_what_its_receiver_throws)
{
    Publisher publisher(nobody(), {.message_timeout = 100ms},
                        [](auto, auto, auto) { throw std::domain_error("from the receiver"); });
    ASSERT_TRUE(publisher.publish(record(), 1));
    EXPECT_THROW(publisher.flush(10s), std::domain_error);
    EXPECT_EQ(publisher.in_flight(), 0U);
}

TEST(Publisher, refuses_what_can_never_be_sent)
{
    Publisher publisher(nobody(), {}, [](auto, auto, auto) {});
    auto large = record();
    large.value.assign(2'000'000, 'x');
    EXPECT_THROW(publisher.publish(large, 1), Error);
    EXPECT_EQ(publisher.in_flight(), 0U);
    EXPECT_THROW(Publisher(nobody(), {.message_timeout = -5ms}, [](auto, auto, auto) {}), Error);
}

TEST(Kafka, no_call_waits_longer_than_it_was_told)
{
    EXPECT_LT(time_of([] {
                  Publisher publisher(nobody(), {}, [](auto, auto, auto) {});
                  EXPECT_THROW(publisher.prepare({"somewhere"}, 300ms), Error);
                  publisher.publish(record(), 1);
              }),
              5s);
    EXPECT_LT(time_of([] {
                  PartitionReader reader(nobody());
                  EXPECT_THROW(reader.end_offset({"somewhere", 0}, 300ms), Error);
                  reader.start({"somewhere", 0}, 0);
                  EXPECT_EQ(reader.poll(100ms, 1, [](events::Record&&) {}), 0U);
                  reader.stop({"somewhere", 0});
              }),
              8s);
    EXPECT_LT(time_of([] {
                  Membership membership(nobody(), "group", {"somewhere"});
                  EXPECT_FALSE(membership.poll(200ms));
                  membership.leave(500ms);
              }),
              5s);
    EXPECT_LT(time_of([] {
                  Admin admin(nobody());
                  EXPECT_THROW(admin.create_topics({{"somewhere"}}, 300ms), Error);
                  EXPECT_THROW(admin.offsets("somewhere", 300ms), Error);
              }),
              8s);
}

TEST(Kafka, trouble_is_told_to_the_log_that_was_given)
{
    std::atomic<bool> told{false};
    {
        const auto log = [&](LogLevel level, std::string_view text) {
            if (level >= LogLevel::warning && text.find("refused") != std::string_view::npos) told = true;
        };
        PartitionReader reader({"127.0.0.1:1", "test", log});
        for (int i = 0; i < 50 && !told; ++i) reader.poll(100ms, 1, [](events::Record&&) {});
    }
    EXPECT_TRUE(told);
}

}  // namespace
}  // namespace jangteo::kafka
