#include "infra/kafka/admin.hpp"

#include "infra/kafka/handle.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <thread>

namespace jangteo::kafka {

namespace {

using NewTopicHandle = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using AdminOptions = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

constexpr auto no_error = RD_KAFKA_RESP_ERR_NO_ERROR;

NewTopicHandle handle_of(const NewTopic& topic)
{
    std::array<char, 512> text{};
    NewTopicHandle made(
        rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication, text.data(), text.size()));
    if (!made) {
        throw Error("kafka topic " + topic.name + ": " + text.data(), RD_KAFKA_RESP_ERR__INVALID_ARG, false, false);
    }
    for (const auto& [name, value] : topic.configs) {
        if (const auto code = rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str()); code != no_error) {
            throw error_of("kafka topic " + topic.name + ", option " + name, code);
        }
    }
    return made;
}

}  // namespace

struct Admin::Impl {
    explicit Impl(const Settings& settings) : listener{settings.log, this}
    {
        // A producer without idempotence is the lightest client there is.
        client = Configuration(settings, listener).client(RD_KAFKA_PRODUCER);
        topics.emplace(client.get());
    }

    Metadata metadata(bool all_topics, rd_kafka_topic_t* topic, std::chrono::milliseconds timeout)
    {
        const Deadline deadline(timeout);
        while (true) {
            const rd_kafka_metadata_t* answer = nullptr;
            const int attempt_ms = std::clamp(deadline.left_ms(), 1, 2'000);
            const auto code = rd_kafka_metadata(client.get(), all_topics ? 1 : 0, topic, &answer, attempt_ms);
            Metadata found(answer);
            if (code == no_error) return found;
            if (deadline.passed()) throw error_of("kafka metadata", code);
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
    }

    std::int32_t partitions(const std::string& name, std::chrono::milliseconds timeout)
    {
        const auto found = metadata(false, topics->get(name), timeout);
        if (found->topic_cnt != 1) throw error_of("kafka topic " + name, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
        if (found->topics[0].err != no_error) throw error_of("kafka topic " + name, found->topics[0].err);
        return found->topics[0].partition_cnt;
    }

    Listener listener;
    Client client;
    std::optional<Topics> topics;
};

Admin::Admin(const Settings& settings) : impl_(std::make_unique<Impl>(settings)) {}

Admin::~Admin() = default;

void Admin::create_topics(const std::vector<NewTopic>& topics, std::chrono::milliseconds timeout)
{
    if (topics.empty()) return;
    const Deadline deadline(timeout);
    wait_for_broker(timeout);

    std::vector<NewTopicHandle> handles;
    std::vector<rd_kafka_NewTopic_t*> wanted;
    for (const auto& topic : topics) {
        handles.push_back(handle_of(topic));
        wanted.push_back(handles.back().get());
    }
    const AdminOptions options(rd_kafka_AdminOptions_new(impl_->client.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
    std::array<char, 512> text{};
    const int time_ms = std::max(1, deadline.left_ms());
    for (const auto set : {rd_kafka_AdminOptions_set_request_timeout, rd_kafka_AdminOptions_set_operation_timeout}) {
        if (const auto code = set(options.get(), time_ms, text.data(), text.size()); code != no_error) {
            throw Error(std::string("kafka topics: ") + text.data(), code, false, false);
        }
    }
    const Queue queue(rd_kafka_queue_new(impl_->client.get()));
    rd_kafka_CreateTopics(impl_->client.get(), wanted.data(), wanted.size(), options.get(), queue.get());
    const Event event(rd_kafka_queue_poll(queue.get(), time_ms + 1'000));
    if (!event) throw error_of("kafka topics", RD_KAFKA_RESP_ERR__TIMED_OUT);
    if (const auto code = rd_kafka_event_error(event.get()); code != no_error) {
        throw Error(std::string("kafka topics: ") + rd_kafka_event_error_string(event.get()), code, false, true);
    }
    std::size_t count = 0;
    const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_topic_result_error(results[i]);
        if (code == no_error || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        const char* reason = rd_kafka_topic_result_error_string(results[i]);
        throw Error(std::string("kafka topic ") + rd_kafka_topic_result_name(results[i]) + ": " +
                        (reason != nullptr ? reason : rd_kafka_err2str(code)),
                    code, false, false);
    }
    for (const auto& topic : topics) {
        const auto partitions = wait_for_leaders(impl_->client.get(), impl_->topics->get(topic.name),
                                                 std::chrono::milliseconds{std::max(1, deadline.left_ms())});
        if (partitions == topic.partitions) continue;
        throw Error("kafka topic " + topic.name + " has " + std::to_string(partitions) + " partitions, not " +
                        std::to_string(topic.partitions) +
                        ": the number decides where a key lives and is fixed for the life of the log",
                    RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, false, false);
    }
}

void Admin::wait_for_broker(std::chrono::milliseconds timeout)
{
    impl_->metadata(false, nullptr, timeout);
}

std::vector<std::string> Admin::topics(std::chrono::milliseconds timeout)
{
    const auto found = impl_->metadata(true, nullptr, timeout);
    std::vector<std::string> names;
    for (int i = 0; i < found->topic_cnt; ++i) names.emplace_back(found->topics[i].topic);
    std::sort(names.begin(), names.end());
    return names;
}

std::int32_t Admin::partitions(const std::string& topic, std::chrono::milliseconds timeout)
{
    return impl_->partitions(topic, timeout);
}

std::vector<PartitionOffsets> Admin::offsets(const std::string& topic, std::chrono::milliseconds timeout)
{
    const Deadline deadline(timeout);
    std::vector<std::int32_t> partitions(static_cast<std::size_t>(impl_->partitions(topic, timeout)));
    std::iota(partitions.begin(), partitions.end(), 0);
    const auto left = [&] { return std::chrono::milliseconds{std::max(1, deadline.left_ms())}; };
    const auto begins = offsets_of(impl_->client.get(), topic, partitions, RD_KAFKA_OFFSET_BEGINNING, left());
    const auto ends = offsets_of(impl_->client.get(), topic, partitions, RD_KAFKA_OFFSET_END, left());
    std::vector<PartitionOffsets> all;
    for (std::size_t i = 0; i < partitions.size(); ++i) all.push_back({partitions[i], begins[i], ends[i]});
    return all;
}

std::map<TopicPartition, std::string> Admin::owners(const std::string& group, std::chrono::milliseconds timeout)
{
    const AdminOptions options(
        rd_kafka_AdminOptions_new(impl_->client.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS));
    std::array<char, 512> text{};
    const auto time_ms = static_cast<int>(timeout.count());
    const auto set = rd_kafka_AdminOptions_set_request_timeout(options.get(), time_ms, text.data(), text.size());
    if (set != no_error) throw Error(std::string("kafka group: ") + text.data(), set, false, false);
    const Queue queue(rd_kafka_queue_new(impl_->client.get()));
    std::array<const char*, 1> names{group.c_str()};
    rd_kafka_DescribeConsumerGroups(impl_->client.get(), names.data(), names.size(), options.get(), queue.get());
    const Event event(rd_kafka_queue_poll(queue.get(), time_ms + 1'000));
    if (!event) throw error_of("kafka group " + group, RD_KAFKA_RESP_ERR__TIMED_OUT);
    if (const auto code = rd_kafka_event_error(event.get()); code != no_error) {
        throw Error(std::string("kafka group ") + rd_kafka_event_error_string(event.get()), code, false, true);
    }
    std::map<TopicPartition, std::string> found;
    std::size_t count = 0;
    const auto* described = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        if (const auto* error = rd_kafka_ConsumerGroupDescription_error(described[i]);
            error != nullptr && rd_kafka_error_code(error) != no_error) {
            throw error_of("kafka group " + group, error);
        }
        const auto members = rd_kafka_ConsumerGroupDescription_member_count(described[i]);
        for (std::size_t m = 0; m < members; ++m) {
            const auto* member = rd_kafka_ConsumerGroupDescription_member(described[i], m);
            const auto* assignment = rd_kafka_MemberDescription_assignment(member);
            if (assignment == nullptr) continue;
            const auto* partitions = rd_kafka_MemberAssignment_partitions(assignment);
            for (int n = 0; partitions != nullptr && n < partitions->cnt; ++n) {
                found[{partitions->elems[n].topic, partitions->elems[n].partition}] =
                    rd_kafka_MemberDescription_client_id(member);
            }
        }
    }
    return found;
}

std::vector<std::int64_t> Admin::offsets_at(const std::string& topic, events::Timestamp time,
                                            std::chrono::milliseconds timeout)
{
    const Deadline deadline(timeout);
    std::vector<std::int32_t> partitions(static_cast<std::size_t>(impl_->partitions(topic, timeout)));
    std::iota(partitions.begin(), partitions.end(), 0);
    const auto left = [&] { return std::chrono::milliseconds{std::max(1, deadline.left_ms())}; };
    const auto since_1970 = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch();
    auto offsets = offsets_of(impl_->client.get(), topic, partitions, std::max<std::int64_t>(0, since_1970.count()),
                              left(), RD_KAFKA_OFFSET_END);
    const auto ends = offsets_of(impl_->client.get(), topic, partitions, RD_KAFKA_OFFSET_END, left());
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        if (offsets[i] < 0) offsets[i] = ends[i];
    }
    return offsets;
}

}  // namespace jangteo::kafka
