// Topics: making them, and asking what there is.
#pragma once

#include "events/time.hpp"
#include "infra/kafka/settings.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace jangteo::kafka {

struct NewTopic {
    std::string name;
    std::int32_t partitions = 8;
    std::map<std::string, std::string> configs{};  ///< For instance `{"retention.ms", "-1"}`.
    std::int16_t replication = -1;                 ///< -1: the broker's default.
};

struct PartitionOffsets {
    std::int32_t partition = 0;
    std::int64_t begin = 0;  ///< The first offset still in the log.
    std::int64_t end = 0;    ///< The offset that the next record will get.
};

/// Used by one thread. Every call is bounded by its timeout and throws `Error`.
class Admin {
public:
    explicit Admin(const Settings& settings);
    Admin(const Admin&) = delete;
    Admin& operator=(const Admin&) = delete;
    ~Admin();

    /// Creates what does not exist and waits until every partition has a leader. A topic that exists is fine, unless it
    /// has another number of partitions: that number is for the life of the log, so it is an error.
    void create_topics(const std::vector<NewTopic>& topics,
                       std::chrono::milliseconds timeout = std::chrono::milliseconds{30'000});
    /// Waits until a broker answers. For a start beside a broker that is still starting.
    void wait_for_broker(std::chrono::milliseconds timeout);
    std::vector<std::string> topics(std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000});
    /// Throws `Error` for a topic that does not exist.
    std::int32_t partitions(const std::string& topic,
                            std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000});
    std::vector<PartitionOffsets> offsets(const std::string& topic,
                                          std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000});
    /// Of each partition: the first offset that came into the log at `time` or later, by Kafka's own time; the end when
    /// there is none.
    std::vector<std::int64_t> offsets_at(const std::string& topic, events::Timestamp time,
                                         std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000});

    /// Who owns which partitions as a member of the group, by client id; empty for a group without members.
    std::map<TopicPartition, std::string> owners(const std::string& group,
                                                 std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000});

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::kafka
