#include "infra/kafka/membership.hpp"

#include "infra/kafka/handle.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace jangteo::kafka {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_t& list)
{
    std::vector<TopicPartition> partitions;
    for (int i = 0; i < list.cnt; ++i) partitions.push_back({list.elems[i].topic, list.elems[i].partition});
    std::sort(partitions.begin(), partitions.end());
    return partitions;
}

std::vector<TopicPartition> without(const std::vector<TopicPartition>& all, const std::vector<TopicPartition>& these)
{
    std::vector<TopicPartition> rest;
    std::set_difference(all.begin(), all.end(), these.begin(), these.end(), std::back_inserter(rest));
    return rest;
}

}  // namespace

struct Membership::Impl {
    Impl(const Settings& settings, const std::string& group, const std::vector<std::string>& topics,
         const Options& given)
        : options(given), listener{settings.log, this}
    {
        Configuration configuration(settings, listener);
        configuration
            .set("group.id", group)
            // Cooperative assignment has five known defects in 2.0.2 that can lose or stick a partition.
            .set("partition.assignment.strategy", "range")
            .set("session.timeout.ms", options.session_timeout.count())
            .set("heartbeat.interval.ms", options.heartbeat.count())
            .set("max.poll.interval.ms", std::max(options.poll_limit, options.session_timeout).count())
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false");
        rd_kafka_conf_set_events(configuration.get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR);
        client = std::move(configuration).client(RD_KAFKA_CONSUMER);
        rd_kafka_poll_set_consumer(client.get());
        queue.reset(rd_kafka_queue_get_consumer(client.get()));
        const Partitions wanted(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
        for (const auto& topic : topics) {
            rd_kafka_topic_partition_list_add(wanted.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
        }
        if (const auto code = rd_kafka_subscribe(client.get(), wanted.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw error_of("kafka group " + group, code);
        }
    }

    /// Tells librdkafka that a change has been seen. It is given nothing to read, so it fetches nothing.
    void acknowledge(bool gained)
    {
        const Partitions none(gained ? rd_kafka_topic_partition_list_new(0) : nullptr);
        if (const auto code = rd_kafka_assign(client.get(), none.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            tell(listener, LogLevel::warning, error_of("kafka group assignment", code).what());
        }
    }

    void see(rd_kafka_event_t* event)
    {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) {
            if (rd_kafka_event_error_is_fatal(event) != 0) {
                throw Error(std::string("kafka group: ") + rd_kafka_event_error_string(event),
                            rd_kafka_event_error(event), true, false);
            }
            const auto code = rd_kafka_event_error(event);
            const bool told = code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
            tell(listener, told ? LogLevel::debug : LogLevel::warning, rd_kafka_event_error_string(event));
            return;
        }
        if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_REBALANCE) return;
        if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
            assigned = partitions_of(*rd_kafka_event_topic_partition_list(event));
            kept_until.reset();
            acknowledge(true);
            return;
        }
        const bool lost = rd_kafka_assignment_lost(client.get()) != 0;
        acknowledge(false);
        if (lost) {
            assigned.clear();
            kept_until.reset();
        } else {
            kept_until = Clock::now() + options.session_timeout;
        }
    }

    std::optional<Change> change()
    {
        if (assigned == owned) return std::nullopt;
        Change made{without(assigned, owned), without(owned, assigned)};
        owned = assigned;
        return made;
    }

    Options options;
    Listener listener;
    Client client;
    Queue queue;
    bool left = false;
    std::vector<TopicPartition> assigned;  ///< By the group, sorted.
    std::vector<TopicPartition> owned;     ///< As reported, sorted.
    /// A rebalance is under way: what was assigned before it counts until then.
    std::optional<Clock::time_point> kept_until;
};

Membership::Membership(const Settings& settings, const std::string& group, const std::vector<std::string>& topics,
                       Options options)
    : impl_(std::make_unique<Impl>(settings, group, topics, options))
{}

Membership::~Membership()
{
    leave();
}

std::optional<Membership::Change> Membership::poll(std::chrono::milliseconds wait)
{
    const auto until = Clock::now() + wait;
    while (!impl_->left) {
        auto pause_until = until;
        if (impl_->kept_until) pause_until = std::min(pause_until, *impl_->kept_until);
        const auto pause = std::chrono::ceil<std::chrono::milliseconds>(pause_until - Clock::now());
        const Event event(rd_kafka_queue_poll(impl_->queue.get(), std::max(0, static_cast<int>(pause.count()))));
        if (event) impl_->see(event.get());
        if (impl_->kept_until && Clock::now() >= *impl_->kept_until) {
            impl_->assigned.clear();
            impl_->kept_until.reset();
        }
        if (auto change = impl_->change()) return change;
        if (!event && Clock::now() >= until) break;
    }
    return impl_->change();
}

const std::vector<TopicPartition>& Membership::owned() const
{
    return impl_->owned;
}

void Membership::leave(std::chrono::milliseconds timeout)
{
    if (std::exchange(impl_->left, true)) return;
    impl_->assigned.clear();
    const Deadline deadline(timeout);
    // Events of the closing come through a queue of its own.
    const Queue closing(rd_kafka_queue_new(impl_->client.get()));
    if (const ErrorHandle error{rd_kafka_consumer_close_queue(impl_->client.get(), closing.get())}; error) {
        tell(impl_->listener, LogLevel::warning, error_of("kafka group leave", error.get()).what());
        return;
    }
    while (rd_kafka_consumer_closed(impl_->client.get()) == 0 && !deadline.passed()) {
        const Event event(rd_kafka_queue_poll(closing.get(), std::min(deadline.left_ms(), 50)));
        if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) impl_->acknowledge(false);
    }
}

}  // namespace jangteo::kafka
