#include "bench/figures/floor.hpp"

#include <cstring>
#include <stdexcept>
#include <utility>

namespace jangteo::bench {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t command_size = 300;
constexpr std::size_t event_size = 400;
/// An answer carries what the event says.
constexpr std::size_t answer_size = 400;

std::optional<std::uint64_t> number_in(const void* payload, std::size_t size)
{
    std::uint64_t number = 0;
    if (size < sizeof number) return std::nullopt;
    std::memcpy(&number, payload, sizeof number);
    return number;
}

bool append(rd_kafka_topic_t* topic, std::int32_t partition, const std::string& value, std::uint64_t number)
{
    return rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()), value.size(),
                            nullptr, 0,
                            reinterpret_cast<void*>(static_cast<std::uintptr_t>(number))) == 0;  // NOLINT
}

}  // namespace

FloorOwner::FloorOwner(const std::string& brokers, std::int32_t partitions, double linger_ms)
    : listener_{{}, this}, event_(event_size, 'e'), commands_(brokers, floor_commands, partitions)
{
    auto options = producer_options(brokers, listener_, linger_ms);
    rd_kafka_conf_set_dr_msg_cb(options.get(), on_delivery);
    producer_ = std::move(options).client(RD_KAFKA_PRODUCER);
    events_.reset(rd_kafka_topic_new(producer_.get(), floor_events, nullptr));
    answers_.reset(rd_kafka_topic_new(producer_.get(), floor_answers, nullptr));
    // Without this the first record waits up to half a second for metadata.
    kafka::wait_for_leaders(producer_.get(), events_.get(), milliseconds(10'000));
    kafka::wait_for_leaders(producer_.get(), answers_.get(), milliseconds(10'000));
    consuming_ = std::thread([this] { consume(); });
    acknowledging_ = std::thread([this] { acknowledge(); });
}

FloorOwner::~FloorOwner()
{
    stops_ = true;
    consuming_.join();
    acknowledging_.join();
}

void FloorOwner::consume()
{
    std::string event(event_size, 'e');
    while (!stops_) {
        for (const auto& command : commands_.take(milliseconds(100))) {
            const auto number = number_in(command->payload, command->len);
            if (!number) continue;
            std::memcpy(event.data(), &*number, sizeof *number);
            while (!append(events_.get(), command->partition, event, *number)) {
                std::this_thread::sleep_for(milliseconds(1));
            }
        }
    }
}

void FloorOwner::acknowledge()
{
    while (!stops_) rd_kafka_poll(producer_.get(), 100);
}

void FloorOwner::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque)
{
    auto& self = *static_cast<FloorOwner*>(static_cast<kafka::Listener*>(opaque)->owner);
    // Answers are reported here too; only an event's ack has something to follow.
    if (message->rkt != self.events_.get() || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    thread_local std::string answer(answer_size, 'a');
    const auto number = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(message->_private));
    std::memcpy(answer.data(), &number, sizeof number);
    append(self.answers_.get(), message->partition, answer, number);
}

FloorTalk::FloorTalk(std::int32_t partitions) : partitions_(partitions), command_(command_size, 'c') {}

bool FloorTalk::ask(rd_kafka_t* producer, std::uint64_t number)
{
    std::memcpy(command_.data(), &number, sizeof number);
    const auto partition = static_cast<std::int32_t>(number % static_cast<std::uint64_t>(partitions_));
    return rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(floor_commands), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_VALUE(command_.data(), command_.size()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<std::uint64_t> FloorTalk::number_of(const rd_kafka_message_t& message)
{
    return number_in(message.payload, message.len);
}

}  // namespace jangteo::bench
