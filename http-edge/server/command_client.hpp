// Commands to Kafka and answers from it: one publisher on the io thread, and one thread that reads this edge's partition
// of `edge.replies` from its end.
#pragma once

#include "http-edge/server/awaitable.hpp"
#include "http-edge/server/command_port.hpp"
#include "infra/kafka/settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace jangteo::edge {

struct CommandClientSettings {
    kafka::Settings kafka;
    std::string instance;         ///< Names this edge in return addresses; no `/` in it, and nobody else's.
    std::int32_t partitions = 8;  ///< Of `edge.replies`; this edge reads one of them, chosen by its name.
    /// What Kafka has not taken by then is answered 503: nobody knows whether it is in the log.
    std::chrono::milliseconds delivery_timeout{3'000};
    std::size_t most_unacknowledged = 5'000;
    std::chrono::milliseconds oldest_unacknowledged{1'000};
};

inline constexpr const char* replies_topic = "edge.replies";

class CommandClient final : public CommandPort {
public:
    CommandClient(boost::asio::io_context& io, CommandClientSettings settings);
    ~CommandClient() override;

    bool send(const events::Record& command) override;
    [[nodiscard]] bool overloaded() const override;

    /// Kafka has been reached and answers are read.
    [[nodiscard]] bool ready() const;
    [[nodiscard]] std::size_t unacknowledged() const;
    /// On the io thread, at the end: waits until what was sent is acknowledged. False: time is up.
    bool flush(std::chrono::milliseconds timeout);
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::edge
