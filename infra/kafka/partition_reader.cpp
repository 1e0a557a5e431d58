#include "infra/kafka/partition_reader.hpp"

#include "infra/kafka/handle.hpp"
#include "infra/kafka/wire.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace jangteo::kafka {

namespace {

/// How many messages are taken from librdkafka at once.
constexpr std::size_t batch_size = 256;
/// For the metadata of a topic that is read for the first time. Longer is of no use: librdkafka goes on looking.
constexpr std::chrono::milliseconds first_look{2'000};

/// Lets one thread wait for librdkafka's threads and for whoever wakes it.
class Doorbell {
public:
    void ring(bool wake)
    {
        {
            const std::lock_guard lock(mutex_);
            rung_ = true;
            woken_ = woken_ || wake;
        }
        bell_.notify_one();
    }

    /// True when somebody wants the waiting one to return whatever there is.
    bool wait_until(std::chrono::steady_clock::time_point until)
    {
        std::unique_lock lock(mutex_);
        bell_.wait_until(lock, until, [this] { return rung_; });
        rung_ = false;
        return std::exchange(woken_, false);
    }

private:
    std::mutex mutex_;
    std::condition_variable bell_;
    bool rung_ = false;
    bool woken_ = false;
};

/// One partition being read. It has a librdkafka queue of its own: what was fetched for a former reading dies with the
/// former queue and cannot be taken for this one's (2.0.2 mixes them up when a queue is shared).
struct Reading {
    Reading(TopicPartition what, rd_kafka_topic_t* of, std::int64_t offset)
        : partition(std::move(what)), topic(of), next_offset(offset)
    {
        batch.reserve(batch_size);
    }

    TopicPartition partition;
    rd_kafka_topic_t* topic;
    std::int64_t next_offset;
    Doorbell* doorbell = nullptr;
    std::atomic<bool> filled{false};  ///< There may be messages in the queue.
    Queue queue;
    std::vector<Message> batch;  ///< Taken from the queue, not yet delivered from `at` on.
    std::size_t at = 0;
    std::size_t taken_records = 0;  ///< Since the queue was empty, or since the fetcher was woken.
    std::size_t taken_bytes = 0;
};

void on_filled(rd_kafka_t*, void* opaque)
{
    auto& reading = *static_cast<Reading*>(opaque);
    reading.filled.store(true, std::memory_order_release);
    reading.doorbell->ring(false);
}

events::Record record_of(const rd_kafka_message_t& message, const TopicPartition& partition)
{
    events::Record record;
    record.topic = partition.topic;
    record.partition = partition.partition;
    record.offset = message.offset;
    if (message.key != nullptr) record.key.assign(static_cast<const char*>(message.key), message.key_len);
    if (message.payload != nullptr) record.value.assign(static_cast<const char*>(message.payload), message.len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        read_header(name, {static_cast<const char*>(value), value == nullptr ? 0 : size}, record.envelope);
    }
    return record;
}

bool ends_the_reading(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ||
           code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR__FATAL;
}

}  // namespace

struct PartitionReader::Impl {
    Impl(const Settings& settings, const Options& options)
        : listener{settings.log, this},
          queue_records(static_cast<std::size_t>(options.queued_records)),
          queue_bytes(static_cast<std::size_t>(options.queued_kilobytes) * 1'024)
    {
        Configuration configuration(settings, listener);
        configuration.set("fetch.wait.max.ms", options.fetch_wait.count())
            .set("fetch.min.bytes", 1)
            .set("fetch.message.max.bytes", options.fetch_bytes)
            .set("fetch.error.backoff.ms", 50)
            .set("queued.min.messages", options.queued_records)
            .set("queued.max.messages.kbytes", options.queued_kilobytes)
            .set("auto.offset.reset", "error")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // Nobody writes transactions into our topics.
            .set("isolation.level", "read_uncommitted");
        client = std::move(configuration).client(RD_KAFKA_CONSUMER);
        topics.emplace(client.get());
        answers.reset(rd_kafka_queue_new(client.get()));
    }

    ~Impl()
    {
        for (auto& reading : readings) end(*reading);
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    auto find(const TopicPartition& partition)
    {
        return std::find_if(readings.begin(), readings.end(),
                            [&](const auto& reading) { return reading->partition == partition; });
    }

    static void end(Reading& reading)
    {
        rd_kafka_queue_cb_event_enable(reading.queue.get(), nullptr, nullptr);
        rd_kafka_consume_stop(reading.topic, reading.partition.partition);
        reading.batch.clear();
    }

    rd_kafka_topic_t* topic(const std::string& name)
    {
        auto* made = topics->get(name);
        if (std::find(looked_up.begin(), looked_up.end(), made) == looked_up.end()) {
            looked_up.push_back(made);
            try {
                wait_for_leaders(client.get(), made, first_look);
            } catch (const Error& error) {
                tell(listener, LogLevel::warning, error.what());
            }
        }
        return made;
    }

    /// Takes the next messages of a partition from librdkafka. False: there are none now.
    bool refill(Reading& reading, std::size_t most)
    {
        reading.batch.clear();
        reading.at = 0;
        wake_fetcher_when_due(reading);
        if (!reading.filled.exchange(false, std::memory_order_acquire)) return false;
        std::array<rd_kafka_message_t*, batch_size> taken;
        const std::size_t wanted = std::min(most, batch_size);
        const auto count = rd_kafka_consume_batch_queue(reading.queue.get(), 0, taken.data(), wanted);
        if (count <= 0) return false;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            reading.batch.emplace_back(taken[i]);
            reading.taken_bytes += taken[i]->len + taken[i]->key_len;
        }
        reading.taken_records += static_cast<std::size_t>(count);
        // librdkafka tells only of the first message in an empty queue: it may hold more than was asked for.
        if (static_cast<std::size_t>(count) == wanted) {
            reading.filled.store(true, std::memory_order_release);
        } else {
            reading.taken_records = reading.taken_bytes = 0;
        }
        return true;
    }

    /// A partition whose queue is full is no longer fetched, and 2.0.2's broker thread looks again only when something
    /// else happens, or after a second: measured, up to 750 ms without a record. Half a queue taken in one go means that
    /// it may have been full. Any request wakes the thread; this one goes to every broker and needs no waiting for.
    void wake_fetcher_when_due(Reading& reading)
    {
        if (reading.taken_records < queue_records / 2 && reading.taken_bytes < queue_bytes / 2) return;
        reading.taken_records = reading.taken_bytes = 0;
        while (Event(rd_kafka_queue_poll(answers.get(), 0))) {  // Nobody wants to know.
        }
        rd_kafka_ListConsumerGroups(client.get(), nullptr, answers.get());
    }

    /// Empty: the message is not a record, or not of this reading.
    std::optional<events::Record> accept(Reading& reading, const rd_kafka_message_t& message)
    {
        const auto& [name, number] = reading.partition;
        if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            const std::string what = "kafka read of " + name + "/" + std::to_string(number) + " at " +
                                     std::to_string(reading.next_offset) + ": " + rd_kafka_message_errstr(&message);
            if (ends_the_reading(message.err)) throw PartitionLost(what, message.err, reading.partition);
            tell(listener, LogLevel::warning, what);
            return std::nullopt;
        }
        if (message.offset < reading.next_offset) return std::nullopt;  // Of a former reading, or of before the start.
        if (message.offset > reading.next_offset) {
            // Nothing that we write leaves gaps; a compacted topic or another's transaction does.
            tell(listener, LogLevel::warning,
                 "kafka read of " + name + "/" + std::to_string(number) + ": gap from " +
                     std::to_string(reading.next_offset) + " to " + std::to_string(message.offset));
        }
        reading.next_offset = message.offset + 1;
        return record_of(message, reading.partition);
    }

    std::size_t deliver(Reading& reading, std::size_t most, const std::function<void(events::Record&&)>& see)
    {
        std::size_t delivered = 0;
        while (delivered < most) {
            if (reading.at == reading.batch.size() && !refill(reading, most - delivered)) break;
            const Message message = std::move(reading.batch[reading.at++]);
            auto record = accept(reading, *message);
            if (!record) continue;
            ++delivered;
            see(std::move(*record));
        }
        return delivered;
    }

    /// One turn over all partitions, beginning after the one that was served last.
    std::size_t turn(std::size_t most, const std::function<void(events::Record&&)>& see)
    {
        std::size_t delivered = 0;
        const std::size_t count = readings.size();
        const std::size_t first = count == 0 ? 0 : next_turn % count;
        for (std::size_t i = 0; i < count && delivered < most; ++i) {
            const std::size_t index = (first + i) % count;
            next_turn = index + 1;
            delivered += deliver(*readings[index], most - delivered, see);
        }
        return delivered;
    }

    Listener listener;
    const std::size_t queue_records;
    const std::size_t queue_bytes;
    Doorbell doorbell;
    std::size_t next_turn = 0;
    Client client;
    Queue answers;  ///< To what was only asked to wake librdkafka.
    std::optional<Topics> topics;
    std::vector<rd_kafka_topic_t*> looked_up;
    std::vector<std::unique_ptr<Reading>> readings;
};

PartitionReader::PartitionReader(const Settings& settings, Options options)
    : impl_(std::make_unique<Impl>(settings, options))
{}

PartitionReader::~PartitionReader() = default;

void PartitionReader::start(const TopicPartition& partition, std::int64_t offset)
{
    if (offset < 0) throw Error("kafka read: a negative offset", RD_KAFKA_RESP_ERR__INVALID_ARG, false, false);
    stop(partition);
    auto reading = std::make_unique<Reading>(partition, impl_->topic(partition.topic), offset);
    reading->doorbell = &impl_->doorbell;
    reading->queue.reset(rd_kafka_queue_new(impl_->client.get()));
    rd_kafka_queue_cb_event_enable(reading->queue.get(), on_filled, reading.get());
    if (rd_kafka_consume_start_queue(reading->topic, partition.partition, offset, reading->queue.get()) != 0) {
        throw error_of("kafka read of " + partition.topic, rd_kafka_last_error());
    }
    impl_->readings.push_back(std::move(reading));
}

void PartitionReader::stop(const TopicPartition& partition)
{
    const auto found = impl_->find(partition);
    if (found == impl_->readings.end()) return;
    Impl::end(**found);
    impl_->readings.erase(found);
}

bool PartitionReader::reads(const TopicPartition& partition) const
{
    return impl_->find(partition) != impl_->readings.end();
}

std::size_t PartitionReader::poll(std::chrono::milliseconds wait, std::size_t most,
                                  const std::function<void(events::Record&&)>& see)
{
    rd_kafka_poll(impl_->client.get(), 0);  // What librdkafka has to say, not records.
    const auto until = std::chrono::steady_clock::now() + wait;
    try {
        while (true) {
            if (const auto delivered = impl_->turn(most, see); delivered > 0) return delivered;
            const bool woken = impl_->doorbell.wait_until(until);
            if (!woken && std::chrono::steady_clock::now() < until) continue;
            return impl_->turn(most, see);
        }
    } catch (const PartitionLost& lost) {
        stop(TopicPartition(lost.partition()));
        throw;
    }
}

std::int64_t PartitionReader::end_offset(const TopicPartition& partition, std::chrono::milliseconds timeout)
{
    return offsets_of(impl_->client.get(), partition.topic, {partition.partition}, RD_KAFKA_OFFSET_END, timeout)
        .front();
}

std::int64_t PartitionReader::begin_offset(const TopicPartition& partition, std::chrono::milliseconds timeout)
{
    return offsets_of(impl_->client.get(), partition.topic, {partition.partition}, RD_KAFKA_OFFSET_BEGINNING, timeout)
        .front();
}

void PartitionReader::wake()
{
    impl_->doorbell.ring(true);
}

}  // namespace jangteo::kafka
