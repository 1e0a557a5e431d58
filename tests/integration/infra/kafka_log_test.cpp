#include "infra/kafka/admin.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/publisher.hpp"
#include "infra/kafka/record_fetcher.hpp"
#include "tests/integration/infra/servers.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

namespace jangteo::kafka {
namespace {

using namespace std::chrono_literals;
using tests::kafka_server;
using tests::name_of_its_own;

constexpr std::int32_t partitions = 8;

class KafkaLog : public ::testing::Test {
protected:
    void SetUp() override { Admin(settings).create_topics({{topic, partitions}}); }

    [[nodiscard]] events::Record record(std::int32_t partition, std::string value) const
    {
        events::Record made;
        made.topic = topic;
        made.partition = partition;
        made.envelope.id = events::random_uuid();
        made.envelope.type = "jangteo.test.Happened";
        made.value = std::move(value);
        return made;
    }

    /// `count` records in each partition, the value naming the place: `partition:offset`.
    void fill(std::int64_t count, std::int32_t in = partitions) const
    {
        Publisher publisher(settings, {}, [](std::uint64_t, bool ok, std::int64_t) { ASSERT_TRUE(ok); });
        publisher.prepare({topic});
        for (std::int64_t offset = 0; offset < count; ++offset) {
            for (std::int32_t partition = 0; partition < in; ++partition) {
                publisher.publish(record(partition, place(partition, offset)), 0);
            }
            if (offset % 64 == 0) publisher.poll(0ms);
        }
        ASSERT_TRUE(publisher.flush(60s));
    }

    static std::string place(std::int32_t partition, std::int64_t offset)
    {
        return std::to_string(partition) + ":" + std::to_string(offset);
    }

    const Settings settings = kafka_server();
    const std::string topic = name_of_its_own("infra-log");
};

TEST_F(KafkaLog, keeps_the_order_and_tells_the_offsets_of_100_000_records)
{
    constexpr std::uint64_t count = 100'000;
    std::vector<std::int64_t> acknowledged(count, -2);
    {
        Publisher publisher(settings, {}, [&](std::uint64_t token, bool ok, std::int64_t offset) {
            ASSERT_TRUE(ok);
            ASSERT_EQ(acknowledged[token], -2) << "a second report";
            acknowledged[token] = offset;
        });
        publisher.prepare({topic});
        for (std::uint64_t i = 0; i < count; ++i) {
            auto made = record(-1, std::to_string(i));
            made.envelope.subject = "aggregate-" + std::to_string(i % 1'000);
            while (!publisher.publish(made, i)) publisher.poll(10ms);
            if (i % 64 == 0) publisher.poll(0ms);
        }
        ASSERT_TRUE(publisher.flush(60s));
        EXPECT_EQ(publisher.in_flight(), 0U);
    }

    PartitionReader reader(settings);
    for (std::int32_t partition = 0; partition < partitions; ++partition) reader.start({topic, partition}, 0);
    std::vector<std::int64_t> next(partitions, 0);
    std::map<std::string, std::uint64_t> last_of_key;
    std::uint64_t seen = 0;
    while (seen < count) {
        const auto delivered = reader.poll(10s, 1'000, [&](events::Record&& read) {
            const auto index = std::stoull(read.value);
            const auto partition = static_cast<std::size_t>(read.partition);
            ASSERT_EQ(read.offset, next[partition]++);
            ASSERT_EQ(read.offset, acknowledged[index]);
            ASSERT_EQ(read.partition, partition_of(read.key, partitions));
            ASSERT_EQ(read.key, "aggregate-" + std::to_string(index % 1'000));
            ASSERT_EQ(read.key, read.envelope.subject);
            ASSERT_EQ(read.envelope.type, "jangteo.test.Happened");
            const auto [last, first_time] = last_of_key.emplace(read.key, index);
            if (!first_time) {
                ASSERT_LT(std::exchange(last->second, index), index) << "out of order";
            }
        });
        ASSERT_GT(delivered, 0U) << "nothing more after " << seen;
        ASSERT_FALSE(HasFatalFailure());
        seen += delivered;
    }
    EXPECT_EQ(reader.poll(100ms, 1, [](events::Record&&) {}), 0U);
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        EXPECT_EQ(reader.end_offset({topic, partition}), next[static_cast<std::size_t>(partition)]);
        EXPECT_EQ(reader.begin_offset({topic, partition}), 0);
    }
}

TEST_F(KafkaLog, a_key_of_its_own_decides_the_partition_before_the_subject)
{
    Publisher publisher(settings, {}, [](auto, bool ok, auto) { ASSERT_TRUE(ok); });
    auto made = record(-1, "x");
    made.key = "key";
    made.envelope.subject = "subject";
    publisher.publish(made, 0);
    ASSERT_TRUE(publisher.flush(10s));
    ASSERT_NE(partition_of("key", partitions), partition_of("subject", partitions));
    const auto read = RecordFetcher(settings).fetch({{topic, partition_of("key", partitions)}, 0});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->key, "key");
    EXPECT_EQ(read->envelope, made.envelope);
}

// What 2.0.2's batch reading is known to get wrong: messages lost or taken for another reading around a seek.
TEST_F(KafkaLog, loses_and_mixes_up_nothing_in_a_storm_of_starts_and_stops)
{
    constexpr std::int64_t before = 5'000;
    constexpr std::int32_t in = 4;
    fill(before, in);
    std::atomic<bool> done{false};
    std::vector<std::atomic<std::int64_t>> written(in);
    for (auto& end : written) end = before;
    std::thread writer([&] {
        Publisher publisher(settings, {}, [&](std::uint64_t partition, bool ok, std::int64_t offset) {
            ASSERT_TRUE(ok);
            written[partition] = offset + 1;
        });
        std::vector<std::int64_t> next(in, before);
        while (!done) {
            for (std::int32_t partition = 0; partition < in; ++partition) {
                const auto offset = next[static_cast<std::size_t>(partition)]++;
                publisher.publish(record(partition, place(partition, offset)), static_cast<std::uint64_t>(partition));
            }
            publisher.poll(1ms);
        }
        publisher.flush(10s);
    });

    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    // Small queues and fetches, so that starts and stops fall into the middle of everything.
    PartitionReader reader(settings, {.queued_records = 500, .queued_kilobytes = 64, .fetch_bytes = 16'384});
    std::vector<std::optional<std::int64_t>> next(in);
    std::int64_t seen = 0;
    int starts = 0;
    const auto until = std::chrono::steady_clock::now() + 15s;
    while (std::chrono::steady_clock::now() < until && !HasFatalFailure()) {
        const auto partition = static_cast<std::int32_t>(random() % in);
        auto& expected = next[static_cast<std::size_t>(partition)];
        if (random() % 3 != 0) {
            const auto offset =
                std::uniform_int_distribution<std::int64_t>{0, written[static_cast<std::size_t>(partition)]}(random);
            reader.start({topic, partition}, offset);
            expected = offset;
            ++starts;
        } else {
            reader.stop({topic, partition});
            expected.reset();
        }
        const auto rounds = random() % 4;
        for (std::uint32_t round = 0; round < rounds; ++round) {
            reader.poll(std::chrono::milliseconds{random() % 20}, 1 + random() % 700, [&](events::Record&& read) {
                auto& wanted = next[static_cast<std::size_t>(read.partition)];
                ASSERT_TRUE(wanted) << "from a partition that is not read";
                ASSERT_EQ(read.offset, (*wanted)++);
                ASSERT_EQ(read.value, place(read.partition, read.offset));
                ++seen;
            });
        }
    }
    done = true;
    writer.join();
    EXPECT_GT(starts, 100);
    EXPECT_GT(seen, 10'000);

    // At the end all of it is there, to the last record.
    for (std::int32_t partition = 0; partition < in; ++partition) {
        const auto end = reader.end_offset({topic, partition});
        ASSERT_EQ(end, written[static_cast<std::size_t>(partition)]);
        reader.stop({topic, partition});
        next[static_cast<std::size_t>(partition)] = 0;
    }
    for (std::int32_t partition = 0; partition < in; ++partition) reader.start({topic, partition}, 0);
    const auto complete = [&] {
        for (std::size_t i = 0; i < next.size(); ++i) {
            if (*next[i] < written[i]) return false;
        }
        return true;
    };
    while (!complete()) {
        const auto delivered = reader.poll(5s, 10'000, [&](events::Record&& read) {
            ASSERT_EQ(read.offset, (*next[static_cast<std::size_t>(read.partition)])++);
        });
        ASSERT_GT(delivered, 0U);
        ASSERT_FALSE(HasFatalFailure());
    }
}

TEST_F(KafkaLog, a_thrown_exception_costs_no_record)
{
    fill(100, 1);
    PartitionReader reader(settings);
    reader.start({topic, 0}, 0);
    std::int64_t next = 0;
    while (next < 100) {
        try {
            reader.poll(5s, 1'000, [&](events::Record&& read) {
                ASSERT_EQ(read.offset, next++);
                if (read.offset % 7 == 0) throw std::domain_error("from the receiver");
            });
        } catch (const std::domain_error&) {
            EXPECT_EQ((next - 1) % 7, 0);
        }
        ASSERT_FALSE(HasFatalFailure());
    }
}

TEST_F(KafkaLog, one_partition_with_much_to_read_does_not_starve_another)
{
    fill(20'000, 1);
    Publisher publisher(settings, {}, [](auto, auto, auto) {});
    PartitionReader reader(settings);
    reader.start({topic, 0}, 0);
    reader.start({topic, 1}, 0);
    std::int64_t of_first = 0;
    bool of_second = false;
    const auto see = [&](events::Record&& read) {
        of_first += read.partition == 0 ? 1 : 0;
        of_second = of_second || read.partition == 1;
    };
    while (of_first == 0) reader.poll(5s, 10, see);
    publisher.publish(record(1, "x"), 0);
    ASSERT_TRUE(publisher.flush(5s));
    std::this_thread::sleep_for(200ms);  // It has been fetched by now, and waits beside thousands.
    for (int round = 0; round < 4 && !of_second; ++round) reader.poll(1s, 10, see);
    EXPECT_TRUE(of_second);
    EXPECT_LT(of_first, 20'000);
}

// 2.0.2 looks at a queue that was full again after up to a second: some fifty times in this test.
TEST_F(KafkaLog, a_queue_that_was_full_delays_nothing)
{
    constexpr std::int64_t count = 60'000;
    fill(count, 1);
    PartitionReader reader(settings, {.queued_records = 1'000, .fetch_bytes = 65'536});
    reader.start({topic, 0}, 0);
    std::this_thread::sleep_for(500ms);  // It is full now.
    std::int64_t next = 0;
    const auto begun = std::chrono::steady_clock::now();
    while (next < count) {
        ASSERT_GT(reader.poll(5s, 1'000, [&](events::Record&& read) { ASSERT_EQ(read.offset, next++); }), 0U);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 6s);
}

TEST_F(KafkaLog, an_offset_that_is_not_there_is_told_and_stops_that_partition_only)
{
    fill(10, 2);
    PartitionReader reader(settings);
    reader.start({topic, 0}, 1'000);
    reader.start({topic, 1}, 0);
    std::optional<TopicPartition> lost;
    std::int64_t seen = 0;
    for (int round = 0; round < 50 && (!lost || seen < 10); ++round) {
        try {
            reader.poll(200ms, 100, [&](events::Record&& read) {
                EXPECT_EQ(read.partition, 1);
                ++seen;
            });
        } catch (const PartitionLost& error) {
            lost = error.partition();
        }
    }
    EXPECT_EQ(lost, (TopicPartition{topic, 0}));
    EXPECT_EQ(seen, 10);
    EXPECT_FALSE(reader.reads({topic, 0}));
    EXPECT_TRUE(reader.reads({topic, 1}));
}

TEST_F(KafkaLog, the_end_is_a_place_to_start_from)
{
    fill(10, 1);
    PartitionReader reader(settings);
    reader.start({topic, 0}, 10);
    EXPECT_EQ(reader.poll(300ms, 1, [](events::Record&&) {}), 0U);
    Publisher publisher(settings, {}, [](auto, bool ok, std::int64_t offset) {
        EXPECT_TRUE(ok);
        EXPECT_EQ(offset, 10);
    });
    publisher.publish(record(0, "eleventh"), 0);
    ASSERT_TRUE(publisher.flush(5s));
    std::string value;
    EXPECT_EQ(reader.poll(5s, 1, [&](events::Record&& read) { value = read.value; }), 1U);
    EXPECT_EQ(value, "eleventh");
}

TEST_F(KafkaLog, a_wake_ends_the_wait)
{
    PartitionReader reader(settings);
    reader.start({topic, 0}, 0);
    std::thread waker([&] {
        std::this_thread::sleep_for(200ms);
        reader.wake();
    });
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(reader.poll(20s, 1, [](events::Record&&) {}), 0U);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
    waker.join();
}

TEST_F(KafkaLog, an_acknowledgement_rings_the_bell_that_was_given)
{
    PartitionReader reader(settings);
    bool delivered = false;
    Publisher publisher(settings, {.ready = [&] { reader.wake(); }}, [&](auto, bool ok, auto) { delivered = ok; });
    publisher.prepare({topic});
    publisher.publish(record(0, "x"), 0);
    const auto begun = std::chrono::steady_clock::now();
    while (!delivered && std::chrono::steady_clock::now() - begun < 10s) {
        reader.poll(20s, 1, [](events::Record&&) {});
        publisher.poll(0ms);
    }
    EXPECT_TRUE(delivered);
}

TEST_F(KafkaLog, every_envelope_and_value_comes_back_as_it_went)
{
    auto made = record(0, std::string("\0{}\xff", 4));
    made.key = std::string("\0key", 4);
    auto& envelope = made.envelope;
    envelope.source = "/jangteo/test";
    envelope.subject = "s";
    envelope.time = *events::parse_iso8601("2026-01-18T14:30:00.000001Z");
    envelope.reply_to = {"edge.replies", 3, "edge-1", events::random_uuid()};
    envelope.settles = {"edge.replies", 4, "edge-2", events::random_uuid()};
    envelope.position.advance("orders", 7, 1);
    envelope.writer = events::random_uuid();
    envelope.sequence = 5;
    envelope.command_offset = 6;
    envelope.answered_below = 7;
    Publisher publisher(settings, {}, [](auto, bool ok, auto) { ASSERT_TRUE(ok); });
    publisher.publish(made, 0);
    auto empty = record(0, "");
    empty.envelope = {};
    publisher.publish(empty, 0);
    ASSERT_TRUE(publisher.flush(5s));
    RecordFetcher fetcher(settings);
    const auto read = fetcher.fetch({{topic, 0}, 0});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->envelope, made.envelope);
    EXPECT_EQ(read->key, made.key);
    EXPECT_EQ(read->value, made.value);
    const auto nothing = fetcher.fetch({{topic, 0}, 1});
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->envelope, events::Envelope{});
    EXPECT_EQ(nothing->value, "");
}

TEST_F(KafkaLog, single_records_come_from_any_place_in_any_order)
{
    fill(2'000, 3);
    RecordFetcher fetcher(settings);
    std::mt19937 random(7);
    std::vector<RecordPlace> places;
    for (int i = 0; i < 200; ++i) {
        places.push_back(
            {{topic, static_cast<std::int32_t>(random() % 3)}, static_cast<std::int64_t>(random() % 2'100)});
    }
    places.push_back(places.front());
    const auto records = fetcher.fetch(places, 30s);
    ASSERT_EQ(records.size(), places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto& [where, offset] = places[i];
        ASSERT_EQ(records[i].has_value(), offset < 2'000) << place(where.partition, offset);
        if (records[i]) {
            EXPECT_EQ(records[i]->value, place(where.partition, offset));
        }
    }
    EXPECT_FALSE(fetcher.fetch({{topic, 0}, 2'000}));
    EXPECT_TRUE(fetcher.fetch({{topic, 0}, 1'999}));
}

TEST_F(KafkaLog, a_topic_is_made_once_and_keeps_its_number_of_partitions)
{
    Admin admin(settings);
    EXPECT_NO_THROW(admin.create_topics({{topic, partitions}}));
    EXPECT_EQ(admin.partitions(topic), partitions);
    try {
        admin.create_topics({{topic, partitions + 1}});
        FAIL() << "a topic with another number of partitions was taken";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find(topic + " has 8 partitions, not 9"), std::string::npos)
            << error.what();
    }
    EXPECT_EQ(admin.partitions(topic), partitions);
    EXPECT_THROW(admin.create_topics({{"not a name", 1}}), Error);
    EXPECT_THROW(admin.create_topics({{name_of_its_own("infra"), 1, {{"no.such.option", "1"}}}}), Error);
    EXPECT_THROW(admin.partitions(name_of_its_own("missing"), 2s), Error);
    const auto all = admin.topics();
    EXPECT_TRUE(std::find(all.begin(), all.end(), topic) != all.end());
    fill(3, 2);
    const auto offsets = admin.offsets(topic);
    ASSERT_EQ(offsets.size(), static_cast<std::size_t>(partitions));
    EXPECT_EQ(offsets[1].end, 3);
    EXPECT_EQ(offsets[2].end, 0);
}

TEST_F(KafkaLog, no_name_makes_a_topic_by_accident)
{
    const auto missing = name_of_its_own("missing");
    Publisher publisher(settings, {}, [](auto, auto, auto) {});
    EXPECT_THROW(publisher.prepare({missing}, 1s), Error);
    PartitionReader reader(settings);
    reader.start({missing, 0}, 0);
    reader.poll(300ms, 1, [](events::Record&&) {});
    const auto all = Admin(settings).topics();
    EXPECT_TRUE(std::find(all.begin(), all.end(), missing) == all.end());
}

}  // namespace
}  // namespace jangteo::kafka
