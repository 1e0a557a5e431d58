#include "infra/kafka/handle.hpp"

#include <algorithm>
#include <array>
#include <thread>

namespace jangteo::kafka {

namespace {

constexpr std::size_t text_size = 512;

LogLevel level_of(int syslog_level)
{
    if (syslog_level <= 3) return LogLevel::error;
    if (syslog_level <= 5) return LogLevel::warning;
    return syslog_level == 6 ? LogLevel::info : LogLevel::debug;
}

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text)
{
    const auto* listener = static_cast<const Listener*>(rd_kafka_opaque(client));
    if (listener == nullptr || !listener->log) return;
    // A broker that has just started hands out no producer ids for half a second: no reason to warn anybody.
    const bool passing = std::string_view(facility) == "GETPID";
    tell(*listener, passing ? LogLevel::info : level_of(level), std::string(facility) + ": " + text);
}

void on_error(rd_kafka_t*, int code, const char* reason, void* opaque)
{
    // librdkafka says the same to the log, and a broker that is away is passing trouble: it reconnects by itself.
    const auto* listener = static_cast<const Listener*>(opaque);
    tell(*listener, LogLevel::debug,
         std::string(rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code))) + ": " + reason);
}

}  // namespace

Error error_of(std::string_view what, rd_kafka_resp_err_t code)
{
    const bool fatal = code == RD_KAFKA_RESP_ERR__FATAL || code == RD_KAFKA_RESP_ERR__FENCED;
    const bool retriable =
        code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
        code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__QUEUE_FULL ||
        code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
        code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION || code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
        code == RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE;
    return {std::string(what) + ": " + rd_kafka_err2str(code), code, fatal, retriable};
}

Error error_of(std::string_view what, const rd_kafka_error_t* error)
{
    return {std::string(what) + ": " + rd_kafka_error_string(error), rd_kafka_error_code(error),
            rd_kafka_error_is_fatal(error) != 0, rd_kafka_error_is_retriable(error) != 0};
}

void tell(const Listener& listener, LogLevel level, std::string_view text)
{
    if (listener.log) listener.log(level, text);
}

Configuration::Configuration(const Settings& settings, Listener& listener) : configuration_(rd_kafka_conf_new())
{
    rd_kafka_conf_set_opaque(configuration_.get(), &listener);
    rd_kafka_conf_set_log_cb(configuration_.get(), on_log);
    rd_kafka_conf_set_error_cb(configuration_.get(), on_error);
    set("bootstrap.servers", settings.brokers);
    set("client.id", settings.client_id);
    // Nagle's algorithm adds up to 40 ms; librdkafka turns it off by itself only from 2.10.
    set("socket.nagle.disable", "true");
    set("socket.keepalive.enable", "true");
    set("socket.timeout.ms", 10'000);
    set("reconnect.backoff.ms", 50);
    set("reconnect.backoff.max.ms", 500);
    // A topic is made by `Admin`; a name that is wrong must not make one.
    set("allow.auto.create.topics", "false");
    set("log.connection.close", "false");
}

Configuration& Configuration::set(const char* name, const std::string& value)
{
    std::array<char, text_size> text{};
    if (rd_kafka_conf_set(configuration_.get(), name, value.c_str(), text.data(), text.size()) != RD_KAFKA_CONF_OK) {
        throw Error("kafka option " + std::string(name) + ": " + text.data(), RD_KAFKA_RESP_ERR__INVALID_ARG, true,
                    false);
    }
    return *this;
}

Client Configuration::client(rd_kafka_type_t type) &&
{
    std::array<char, text_size> text{};
    Client made(rd_kafka_new(type, configuration_.get(), text.data(), text.size()));
    if (!made) throw Error(std::string("kafka client: ") + text.data(), rd_kafka_last_error(), true, false);
    static_cast<void>(configuration_.release());  // The client owns it from now on.
    return made;
}

rd_kafka_topic_t* Topics::get(const std::string& name)
{
    if (const auto found = topics_.find(name); found != topics_.end()) return found->second.get();
    TopicHandle topic(rd_kafka_topic_new(client_, name.c_str(), nullptr));
    if (!topic) throw error_of("kafka topic " + name, rd_kafka_last_error());
    return topics_.emplace(name, std::move(topic)).first->second.get();
}

std::int32_t wait_for_leaders(rd_kafka_t* client, rd_kafka_topic_t* topic, std::chrono::milliseconds timeout)
{
    const std::string name = rd_kafka_topic_name(topic);
    const Deadline deadline(timeout);
    auto trouble = RD_KAFKA_RESP_ERR__TIMED_OUT;
    do {
        const rd_kafka_metadata_t* answer = nullptr;
        // One attempt is shorter than the whole: an answer can get lost with its connection.
        const int attempt_ms = std::clamp(deadline.left_ms(), 1, 2'000);
        const auto code = rd_kafka_metadata(client, 0, topic, &answer, attempt_ms);
        const Metadata metadata(answer);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            trouble = code;
        } else if (metadata->topic_cnt == 1) {
            const auto& found = metadata->topics[0];
            auto* end = found.partitions + found.partition_cnt;
            const bool led = std::all_of(found.partitions, end, [](const auto& one) { return one.leader >= 0; });
            if (found.err == RD_KAFKA_RESP_ERR_NO_ERROR && found.partition_cnt > 0 && led) return found.partition_cnt;
            trouble = found.err != RD_KAFKA_RESP_ERR_NO_ERROR ? found.err : RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    } while (!deadline.passed());
    throw error_of("kafka topic " + name, trouble);
}

std::vector<std::int64_t> offsets_of(rd_kafka_t* client, const std::string& topic,
                                     const std::vector<std::int32_t>& partitions, std::int64_t which,
                                     std::chrono::milliseconds timeout, std::int64_t none)
{
    // Not rd_kafka_query_watermark_offsets: 2.0.2's waits for socket.timeout.ms, whatever limit it is given.
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto partition : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = which;
    }
    const std::string what = "kafka offsets of " + topic;
    const auto code = rd_kafka_offsets_for_times(client, list.get(), static_cast<int>(timeout.count()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw error_of(what, code);
    std::vector<std::int64_t> offsets;
    for (const auto partition : partitions) {
        const auto* found = rd_kafka_topic_partition_list_find(list.get(), topic.c_str(), partition);
        if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) throw error_of(what, found->err);
        if (found->offset < 0 && found->offset != none) throw error_of(what, RD_KAFKA_RESP_ERR__BAD_MSG);
        offsets.push_back(found->offset);
    }
    return offsets;
}

}  // namespace jangteo::kafka
