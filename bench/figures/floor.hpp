// The floor: what the broker and librdkafka cost when nothing is decided. A bare loop consumes a command, appends an
// event, waits for its ack and answers.
#pragma once

#include "bench/figures/kafka_loop.hpp"

#include <atomic>
#include <string>
#include <thread>

namespace jangteo::bench {

/// The topics of the floor, apart from those of the house.
inline constexpr const char* floor_commands = "bench.floor.commands";
inline constexpr const char* floor_events = "bench.floor.events";
inline constexpr const char* floor_answers = "bench.floor.answers";

/// The bare loop; it runs from construction to destruction.
class FloorOwner {
public:
    FloorOwner(const std::string& brokers, std::int32_t partitions, double linger_ms);
    ~FloorOwner();
    FloorOwner(const FloorOwner&) = delete;
    FloorOwner& operator=(const FloorOwner&) = delete;

private:
    static void on_delivery(rd_kafka_t* producer, const rd_kafka_message_t* message, void* opaque);
    void consume();
    void acknowledge();

    kafka::Listener listener_;
    std::string event_;
    kafka::Client producer_;
    kafka::TopicHandle events_;
    kafka::TopicHandle answers_;
    TopicTail commands_;
    std::atomic<bool> stops_{false};
    std::thread consuming_;
    std::thread acknowledging_;
};

/// Commands of 300 bytes that carry nothing but their number.
class FloorTalk final : public Talk {
public:
    explicit FloorTalk(std::int32_t partitions);
    bool ask(rd_kafka_t* producer, std::uint64_t number) override;
    std::optional<std::uint64_t> number_of(const rd_kafka_message_t& message) override;
    std::string complaint(const rd_kafka_message_t&) override { return {}; }

private:
    std::int32_t partitions_;
    std::string command_;
};

}  // namespace jangteo::bench
