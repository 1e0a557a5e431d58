// What every connection to Kafka shares: where the brokers are, how trouble is told, and how a partition is named.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace jangteo::kafka {

enum class LogLevel { debug, info, warning, error };

/// Called from librdkafka's own threads: it must be thread-safe and must not call back into the object that logs.
using Log = std::function<void(LogLevel, std::string_view text)>;

struct Settings {
    std::string brokers;    ///< `host:port,host:port`
    std::string client_id;  ///< Shown in the broker's logs and metrics.
    Log log{};              ///< Empty: what librdkafka has to say is dropped.
};

/// Trouble with the log. `fatal`: the object that threw is of no use any more. `retriable`: the same call may succeed
/// later. `code` is librdkafka's.
class Error : public std::runtime_error {
public:
    Error(const std::string& what, int code, bool fatal, bool retriable)
        : std::runtime_error(what), code_(code), fatal_(fatal), retriable_(retriable)
    {}

    [[nodiscard]] int code() const { return code_; }
    [[nodiscard]] bool fatal() const { return fatal_; }
    [[nodiscard]] bool retriable() const { return retriable_; }

private:
    int code_;
    bool fatal_;
    bool retriable_;
};

struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;

    friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// The partition of a key, by Kafka's murmur2: the same as the Java clients' and as `Publisher`'s.
std::int32_t partition_of(std::string_view key, std::int32_t partitions);

}  // namespace jangteo::kafka
