// librdkafka's C handles, each owned from where it is born. Only the .cpp files of this folder include this.
#pragma once

#include "infra/kafka/settings.hpp"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::kafka {

template <auto Destroy>
struct DestroyWith {
    template <class Handle>
    void operator()(Handle* handle) const
    {
        Destroy(handle);
    }
};

template <class Handle, auto Destroy>
using Owned = std::unique_ptr<Handle, DestroyWith<Destroy>>;

inline void destroy_client(rd_kafka_t* client)
{
    // A consumer that is to leave its group does so before, with a time limit of ours.
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

using Client = Owned<rd_kafka_t, destroy_client>;
using TopicHandle = Owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Message = Owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using Headers = Owned<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using Partitions = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using ErrorHandle = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyWith<rd_kafka_metadata_destroy>>;

/// What librdkafka's callbacks find through the client's opaque pointer. It outlives the client.
struct Listener {
    Log log;
    void* owner = nullptr;
};

/// `what: librdkafka's text for the code`
Error error_of(std::string_view what, rd_kafka_resp_err_t code);
Error error_of(std::string_view what, const rd_kafka_error_t* error);
void tell(const Listener& listener, LogLevel level, std::string_view text);

/// Options of one client; the baseline of every client is set at birth.
class Configuration {
public:
    Configuration(const Settings& settings, Listener& listener);

    Configuration& set(const char* name, const std::string& value);
    Configuration& set(const char* name, const char* value) { return set(name, std::string(value)); }
    Configuration& set(const char* name, std::int64_t value) { return set(name, std::to_string(value)); }
    [[nodiscard]] rd_kafka_conf_t* get() const { return configuration_.get(); }
    /// Throws `Error` when librdkafka refuses what was set.
    Client client(rd_kafka_type_t type) &&;

private:
    Owned<rd_kafka_conf_t, rd_kafka_conf_destroy> configuration_;
};

/// The topics that a client has used, each made once.
class Topics {
public:
    explicit Topics(rd_kafka_t* client) : client_(client) {}
    rd_kafka_topic_t* get(const std::string& name);

private:
    rd_kafka_t* client_;
    std::map<std::string, TopicHandle, std::less<>> topics_;
};

/// A point in time up to which a call may wait.
class Deadline {
public:
    explicit Deadline(std::chrono::milliseconds wait) : at_(std::chrono::steady_clock::now() + wait) {}

    [[nodiscard]] bool passed() const { return std::chrono::steady_clock::now() >= at_; }
    /// What is left, rounded up and never negative, as librdkafka takes it.
    [[nodiscard]] int left_ms() const
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
        return left.count() > 0 ? static_cast<int>(left.count()) : 0;
    }

private:
    std::chrono::steady_clock::time_point at_;
};

/// Asks for a topic's metadata until every partition has a leader. Throws `Error` when time is up first.
/// Returns the number of partitions.
std::int32_t wait_for_leaders(rd_kafka_t* client, rd_kafka_topic_t* topic, std::chrono::milliseconds timeout);

/// The begins (`RD_KAFKA_OFFSET_BEGINNING`) or ends (`RD_KAFKA_OFFSET_END`) of partitions of one topic, in their order, or
/// where they stood at a time (in milliseconds since 1970); `none` is what librdkafka may say instead of an offset.
/// Throws `Error`.
std::vector<std::int64_t> offsets_of(rd_kafka_t* client, const std::string& topic,
                                     const std::vector<std::int32_t>& partitions, std::int64_t which,
                                     std::chrono::milliseconds timeout, std::int64_t none = 0);

}  // namespace jangteo::kafka
