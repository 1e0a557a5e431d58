// A closed loop of commands and answers over Kafka: so many in flight, the next one leaves when an answer comes.
// Raw librdkafka, because what is measured with it must not be the measuring.
#pragma once

#include "bench/latencies.hpp"
#include "infra/kafka/handle.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::bench {

/// What one measurement gave.
struct Measured {
    double rate_per_s = 0;
    Latencies latencies;
    std::size_t unexpected = 0;  ///< Answers that are not the one asked for; no figure stands with any of these.
    std::string first_unexpected;
};

/// Options every client here shares: as an owner of partitions and an edge would set them.
kafka::Configuration producer_options(const std::string& brokers, kafka::Listener& listener, double linger_ms);
kafka::Configuration consumer_options(const std::string& brokers, kafka::Listener& listener);

/// A consumer of all partitions of a topic from its end on, through one queue.
class TopicTail {
public:
    TopicTail(const std::string& brokers, const std::string& topic, std::int32_t partitions);
    ~TopicTail();
    TopicTail(const TopicTail&) = delete;
    TopicTail& operator=(const TopicTail&) = delete;

    /// Waits for the first message and takes what else is there. The messages live until the next call.
    const std::vector<kafka::Message>& take(std::chrono::milliseconds wait);

private:
    kafka::Listener listener_;
    kafka::Client client_;
    kafka::TopicHandle topic_;
    std::int32_t partitions_;
    kafka::Queue queue_;
    std::vector<kafka::Message> taken_;
};

/// What is said in the loop.
class Talk {
public:
    virtual ~Talk() = default;
    /// Sends the command with this number; false when the local queue is full.
    virtual bool ask(rd_kafka_t* producer, std::uint64_t number) = 0;
    /// The number of the command that this message answers; empty when it answers none of ours.
    virtual std::optional<std::uint64_t> number_of(const rd_kafka_message_t& message) = 0;
    /// Empty when the answer is the one hoped for, or else what came instead.
    virtual std::string complaint(const rd_kafka_message_t& message) = 0;
};

class KafkaLoop {
public:
    KafkaLoop(const std::string& brokers, const std::string& commands_topic, const std::string& answers_topic,
              std::int32_t partitions, double linger_ms);

    /// Counts what was answered within `duration`, after `warm_up`. Every command is answered when it returns; throws
    /// std::runtime_error when answers stay away for `longest_silence`.
    Measured run(Talk& talk, std::size_t in_flight, std::chrono::milliseconds warm_up,
                 std::chrono::milliseconds duration);
    /// Asks `count` commands, each once.
    Measured ask_all(Talk& talk, std::size_t count, std::size_t in_flight);

    /// Longer than the owners of a house that has just been started need to take their partitions over.
    static constexpr std::chrono::seconds longest_silence{60};

private:
    template <class GoesOn, class Counts>
    Measured loop(Talk& talk, std::size_t in_flight, GoesOn goes_on, Counts counts);

    kafka::Listener listener_;
    kafka::Client producer_;
    kafka::TopicHandle commands_;
    TopicTail answers_;
    std::uint64_t next_number_ = 0;
};

}  // namespace jangteo::bench
