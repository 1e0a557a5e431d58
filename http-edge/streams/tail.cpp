#include "http-edge/streams/tail.hpp"

#include "http-edge/streams/living.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/rule_at.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace jangteo::edge::streams {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds reader_wait{100};
constexpr milliseconds pause_after_failure{500};
constexpr milliseconds pause_when_ahead{5};
constexpr std::size_t most_at_once = 2'000;
/// Handed to the io thread and not yet taken: beyond it the reader waits.
constexpr std::size_t most_under_way = 20'000;

/// So many partitions share one process: small queues.
kafka::PartitionReaderOptions small_queues()
{
    kafka::PartitionReaderOptions options;
    options.fetch_wait = milliseconds{50};
    options.queued_records = 2'000;
    options.queued_kilobytes = 512;
    options.fetch_bytes = 131'072;
    return options;
}

}  // namespace

struct Tail::Impl {
    Impl(boost::asio::io_context& context, Settings with, const Layout& of, Told given)
        : io(context), settings(std::move(with)), layout(of), told(std::move(given)), thread([this] { live(); })
    {}

    // --- On the thread ---

    void live()
    {
        for (;;) {
            {
                std::unique_lock lock(mutex);
                changed.wait(lock, [this] { return stopping || listeners > 0; });
                if (stopping) return;
            }
            try {
                follow();
            } catch (const std::exception& error) {
                if (settings.kafka.log) {
                    settings.kafka.log(kafka::LogLevel::warning, std::string("streams: ") + error.what());
                }
            }
            boost::asio::post(io, [this] { told.interrupted(); });
            std::unique_lock lock(mutex);
            changed.wait_for(lock, pause_after_failure, [this] { return stopping.load(); });
        }
    }

    /// Where each partition is read from: a little before its end.
    Position begin(kafka::PartitionReader& reader, Living& living, std::map<std::size_t, std::int64_t>& behind) const
    {
        kafka::Admin admin(settings.kafka);
        kafka::RecordFetcher fetcher(settings.kafka);
        Position at(layout.slots(), 0);
        for (std::size_t context = 0; context < layout.contexts().size(); ++context) {
            const auto topic = layout.contexts()[context] + ".events";
            for (const auto& [partition, first, end] : admin.offsets(topic)) {
                const auto slot = layout.slot(context, partition);
                const kafka::TopicPartition place{topic, partition};
                const auto wanted = std::max(first, end - settings.look_back);
                const auto beginning = kafka::rule_at(fetcher, place, first, wanted);
                living.begin(slot, beginning.rule);
                // Without a rule it begins at the log's begin, or at a marker, which stands by itself.
                const bool at_marker = beginning.rule.writer().is_nil() && beginning.read_from > first;
                at[slot] = beginning.read_from + (at_marker ? 1 : 0);
                if (beginning.read_from < end) behind[slot] = end;
                reader.start(place, beginning.read_from);
            }
        }
        return at;
    }

    void follow()
    {
        kafka::PartitionReader reader(settings.kafka, small_queues());
        Living living(layout.slots());
        std::map<std::size_t, std::int64_t> behind;  // Where the log ended when this began.
        boost::asio::post(io, [this, at = begin(reader, living, behind)]() mutable { told.opened(std::move(at)); });
        bool ready = false;
        while (goes_on()) {
            std::vector<Seen> batch;
            reader.poll(reader_wait, most_at_once, [&](events::Record&& record) {
                const auto slot = layout.find(record.topic, record.partition).value();
                const auto end = behind.find(slot);
                if (end != behind.end() && record.offset + 1 >= end->second) behind.erase(end);
                const auto verdict = living.see(slot, record.envelope);
                if (verdict == Living::Verdict::skip) return;
                Seen seen{slot, record.offset + 1, verdict == Living::Verdict::event, {}};
                if (seen.event) seen.record = std::move(record);
                batch.push_back(std::move(seen));
            });
            if (!batch.empty()) hand_over(std::move(batch));
            if (ready || !behind.empty()) continue;
            ready = true;
            boost::asio::post(io, [this] { told.ready(); });
        }
    }

    void hand_over(std::vector<Seen> batch)
    {
        const auto count = batch.size();
        under_way += count;
        boost::asio::post(io, [this, count, batch = std::move(batch)]() mutable {
            told.saw(std::move(batch));
            under_way -= count;
        });
        while (under_way > most_under_way && !stopping) std::this_thread::sleep_for(pause_when_ahead);
    }

    bool goes_on()
    {
        if (stopping) return false;
        const auto now = steady_clock::now();
        if (listeners > 0) last_wanted = now;
        return now - last_wanted < settings.stays;
    }

    boost::asio::io_context& io;
    const Settings settings;
    const Layout& layout;
    const Told told;
    std::atomic<std::size_t> listeners = 0;
    std::atomic<std::size_t> under_way = 0;
    std::atomic<bool> stopping = false;
    steady_clock::time_point last_wanted = steady_clock::now();
    std::mutex mutex;
    std::condition_variable changed;
    std::thread thread;  ///< Last: it uses all of the above.
};

Tail::Tail(boost::asio::io_context& io, Settings settings, const Layout& layout, Told told)
    : impl_(std::make_unique<Impl>(io, std::move(settings), layout, std::move(told)))
{}

Tail::~Tail()
{
    stop();
}

void Tail::wanted_by(std::size_t listeners)
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->listeners = listeners;
    }
    impl_->changed.notify_all();
}

void Tail::stop()
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->changed.notify_all();
    if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace jangteo::edge::streams
