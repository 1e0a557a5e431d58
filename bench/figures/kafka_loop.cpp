#include "bench/figures/kafka_loop.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>
#include <utility>

namespace jangteo::bench {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t most_at_once = 1'024;

kafka::Settings settings_of(const std::string& brokers)
{
    return {brokers, "jangteo-bench"};
}

std::int64_t end_of(rd_kafka_t* client, const std::string& topic, std::int32_t partition)
{
    const kafka::Deadline deadline(milliseconds(10'000));
    for (;;) {
        std::int64_t begin = 0;
        std::int64_t end = 0;
        const auto code =
            rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &begin, &end, deadline.left_ms());
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return end;
        // The leader of a topic that was made a moment ago may not know of it yet.
        if (!kafka::error_of(topic, code).retriable() || deadline.passed()) {
            throw kafka::error_of("end of " + topic, code);
        }
        std::this_thread::sleep_for(milliseconds(20));
    }
}

}  // namespace

kafka::Configuration producer_options(const std::string& brokers, kafka::Listener& listener, double linger_ms)
{
    kafka::Configuration options(settings_of(brokers), listener);
    options.set("enable.idempotence", "true")
        .set("acks", "all")
        .set("linger.ms", std::to_string(linger_ms))
        .set("partitioner", "murmur2");
    return options;
}

kafka::Configuration consumer_options(const std::string& brokers, kafka::Listener& listener)
{
    kafka::Configuration options(settings_of(brokers), listener);
    options.set("group.id", "jangteo-bench")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_uncommitted")
        .set("fetch.wait.max.ms", 50)
        .set("fetch.error.backoff.ms", 50);
    return options;
}

TopicTail::TopicTail(const std::string& brokers, const std::string& topic, std::int32_t partitions)
    : client_(consumer_options(brokers, listener_).client(RD_KAFKA_CONSUMER)),
      topic_(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr)),
      partitions_(partitions),
      queue_(rd_kafka_queue_new(client_.get()))
{
    kafka::wait_for_leaders(client_.get(), topic_.get(), milliseconds(10'000));
    // Asked for now: "the end" in librdkafka's words is wherever it is by the time of the first fetch. All before the
    // first start, because such a question would wait behind a fetch.
    std::vector<std::int64_t> ends;
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        ends.push_back(end_of(client_.get(), topic, partition));
    }
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        const auto end = ends[static_cast<std::size_t>(partition)];
        if (rd_kafka_consume_start_queue(topic_.get(), partition, end, queue_.get()) != 0) {
            throw kafka::error_of("reading " + topic, rd_kafka_last_error());
        }
    }
}

TopicTail::~TopicTail()
{
    taken_.clear();
    for (std::int32_t partition = 0; partition < partitions_; ++partition) {
        rd_kafka_consume_stop(topic_.get(), partition);
    }
}

const std::vector<kafka::Message>& TopicTail::take(milliseconds wait)
{
    taken_.clear();
    kafka::Message first(rd_kafka_consume_queue(queue_.get(), static_cast<int>(wait.count())));
    if (!first) return taken_;
    if (first->err == RD_KAFKA_RESP_ERR_NO_ERROR) taken_.push_back(std::move(first));
    // With a wait, librdkafka's batch call would stay until the batch is full; without, it takes what is there.
    std::array<rd_kafka_message_t*, most_at_once> more{};
    const auto count = rd_kafka_consume_batch_queue(queue_.get(), 0, more.data(), more.size());
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
        kafka::Message message(more[i]);
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) taken_.push_back(std::move(message));
    }
    return taken_;
}

KafkaLoop::KafkaLoop(const std::string& brokers, const std::string& commands_topic, const std::string& answers_topic,
                     std::int32_t partitions, double linger_ms)
    : producer_(producer_options(brokers, listener_, linger_ms).client(RD_KAFKA_PRODUCER)),
      commands_(rd_kafka_topic_new(producer_.get(), commands_topic.c_str(), nullptr)),
      answers_(brokers, answers_topic, partitions)
{
    // Without the topic's metadata the first command waits up to a second for it.
    kafka::wait_for_leaders(producer_.get(), commands_.get(), milliseconds(10'000));
}

Measured KafkaLoop::run(Talk& talk, std::size_t in_flight, milliseconds warm_up, milliseconds duration)
{
    const auto from = steady_clock::now() + warm_up;
    const auto until = from + duration;
    auto measured = loop(
        talk, in_flight, [&](std::size_t) { return steady_clock::now() < until; },
        [&](steady_clock::time_point at) { return at >= from && at < until; });
    measured.rate_per_s =
        static_cast<double>(measured.latencies.count()) / std::chrono::duration<double>(duration).count();
    return measured;
}

Measured KafkaLoop::ask_all(Talk& talk, std::size_t count, std::size_t in_flight)
{
    const auto start = steady_clock::now();
    auto measured = loop(
        talk, in_flight, [&](std::size_t asked) { return asked < count; },
        [](steady_clock::time_point) { return true; });
    measured.rate_per_s = static_cast<double>(measured.latencies.count()) /
                          std::chrono::duration<double>(steady_clock::now() - start).count();
    return measured;
}

template <class GoesOn, class Counts>
Measured KafkaLoop::loop(Talk& talk, std::size_t in_flight, GoesOn goes_on, Counts counts)
{
    struct Slot {
        std::uint64_t number = 0;
        steady_clock::time_point asked_at;
        bool waits = false;
    };
    Measured measured;
    std::vector<Slot> slots(in_flight);
    // A slot's numbers are in_flight apart, so that a number says which slot waits for it.
    const std::uint64_t base = next_number_;
    for (std::size_t i = 0; i < in_flight; ++i) slots[i].number = base + i;
    std::size_t asked = 0;
    std::size_t outstanding = 0;

    const auto ask = [&](Slot& slot) {
        slot.asked_at = steady_clock::now();
        while (!talk.ask(producer_.get(), slot.number)) rd_kafka_poll(producer_.get(), 1);
        slot.waits = true;
        next_number_ = std::max(next_number_, slot.number + 1);
        ++asked;
        ++outstanding;
    };
    for (auto& slot : slots) {
        if (goes_on(asked)) ask(slot);
    }

    auto heard_at = steady_clock::now();
    while (outstanding > 0) {
        rd_kafka_poll(producer_.get(), 0);
        const auto& messages = answers_.take(milliseconds(100));
        const auto now = steady_clock::now();
        for (const auto& message : messages) {
            const auto number = talk.number_of(*message);
            if (!number || *number < base) continue;
            auto& slot = slots[(*number - base) % in_flight];
            // An owner may answer twice after trouble; the second time nobody waits any more.
            if (!slot.waits || slot.number != *number) continue;
            slot.waits = false;
            --outstanding;
            heard_at = now;
            if (auto complaint = talk.complaint(*message); !complaint.empty()) {
                if (measured.unexpected++ == 0) measured.first_unexpected = std::move(complaint);
            } else if (counts(now)) {
                measured.latencies.add(now - slot.asked_at);
            }
            slot.number += in_flight;
            if (goes_on(asked)) ask(slot);
        }
        if (now - heard_at > longest_silence) {
            throw std::runtime_error(std::to_string(outstanding) + " commands got no answer within " +
                                     std::to_string(longest_silence.count()) + " s");
        }
    }
    return measured;
}

}  // namespace jangteo::bench
