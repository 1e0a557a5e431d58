#include "http-edge/server/command_client.hpp"

#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/publisher.hpp"
#include "infra/kafka/topics.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace jangteo::edge {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds reader_wait{100};
constexpr milliseconds delivery_poll{10};
constexpr milliseconds pause_after_failure{500};
constexpr std::size_t most_at_once = 2'000;
constexpr std::size_t sends_between_polls = 32;

}  // namespace

struct CommandClient::Impl {
    Impl(boost::asio::io_context& context, CommandClientSettings given, CommandPort& owner)
        : io(context),
          settings(std::move(given)),
          port(owner),
          partition(kafka::partition_of(settings.instance, settings.partitions)),
          poll_timer(context.get_executor())
    {
        thread = std::thread([this] { read_answers(); });
    }

    void log(kafka::LogLevel level, const std::string& text) const
    {
        if (settings.kafka.log) settings.kafka.log(level, text);
    }

    // --- On the io thread: commands ---

    bool send(const events::Record& command)
    {
        if (!publisher) return false;
        events::Record record = command;
        record.envelope.reply_to = {replies_topic, partition, settings.instance, command.envelope.id};
        const auto token = next_token++;
        try {
            if (!publisher->publish(record, token)) return false;
        } catch (const kafka::Error& error) {
            give_up_publisher(error);
            return false;
        }
        const auto now = steady_clock::now();
        sent.emplace(token, command.envelope.id);
        by_age.emplace_back(token, now);
        if (token % sends_between_polls == 0) poll_deliveries();
        if (!polling) {
            polling = true;
            boost::asio::co_spawn(io, poll_while_in_flight(*this), boost::asio::detached);
        }
        return true;
    }

    static Awaitable<void> poll_while_in_flight(Impl& self)
    {
        while (!self.stopped && !self.sent.empty()) {
            self.poll_timer.expires_after(delivery_poll);
            co_await self.poll_timer.async_wait(as_result);
            self.poll_deliveries();
        }
        self.polling = false;
    }

    void poll_deliveries()
    {
        if (!publisher) return;
        try {
            publisher->poll(milliseconds(0));
        } catch (const kafka::Error& error) {
            give_up_publisher(error);
        }
    }

    void delivered(std::uint64_t token, bool ok)
    {
        const auto found = sent.find(token);
        if (found == sent.end()) return;
        const auto command = found->second;
        sent.erase(found);
        tell_delivery(command, ok);
    }

    /// Deliveries may be reported from within `send`: whoever sends must not hear of it there.
    void tell_delivery(const events::Uuid& command, bool ok)
    {
        told.emplace_back(command, ok);
        if (told.size() > 1) return;
        boost::asio::post(io, [this] {
            const auto deliveries = std::exchange(told, {});
            for (const auto& [id, good] : deliveries) {
                if (port.on_delivery) port.on_delivery(id, good);
            }
        });
    }

    /// A fatal error: whatever was under way has an unknown fate, and the reading thread makes a new publisher.
    void give_up_publisher(const kafka::Error& error)
    {
        if (!error.fatal()) return;
        log(kafka::LogLevel::error, std::string("commands: ") + error.what());
        ready = false;
        for (const auto& [token, command] : sent) tell_delivery(command, false);
        sent.clear();
        {
            const std::lock_guard lock(mutex);
            broken_publishers.push_back(std::move(publisher));
        }
        publisher.reset();
        changed.notify_one();
    }

    [[nodiscard]] bool overloaded()
    {
        if (!publisher || sent.size() >= settings.most_unacknowledged) return true;
        while (!by_age.empty() && !sent.contains(by_age.front().first)) by_age.pop_front();
        return !by_age.empty() && steady_clock::now() - by_age.front().second > settings.oldest_unacknowledged;
    }

    void take_publisher(std::unique_ptr<kafka::Publisher> fresh)
    {
        publisher = std::move(fresh);
        ready = true;
    }

    void take_answers(const std::vector<events::Record>& answers)
    {
        poll_deliveries();
        if (!port.on_answer) return;
        for (const auto& answer : answers) port.on_answer(answer);
    }

    // --- On the reading thread: answers ---

    void read_answers()
    {
        while (!stopping) {
            try {
                read_from_the_end();
            } catch (const std::exception& error) {
                log(kafka::LogLevel::warning, std::string("answers: ") + error.what());
                pause();
            }
        }
    }

    /// Whoever asked before has asked another life of this edge: only what comes from now on is for this one.
    void read_from_the_end()
    {
        kafka::PartitionReader reader(settings.kafka);
        const kafka::TopicPartition place{replies_topic, partition};
        reader.start(place, reader.end_offset(place));
        // No command leaves before its answer could be heard.
        while (!stopping) {
            if (needs_publisher()) prepare_publisher();
            auto batch = std::make_shared<std::vector<events::Record>>();
            try {
                reader.poll(reader_wait, most_at_once, [&](events::Record&& record) {
                    if (record.envelope.reply_to.instance == settings.instance) batch->push_back(std::move(record));
                });
            } catch (const kafka::PartitionLost& error) {
                log(kafka::LogLevel::warning, std::string("answers: ") + error.what());
                reader.start(place, reader.end_offset(place));
            }
            if (!batch->empty()) boost::asio::post(io, [this, batch] { take_answers(*batch); });
        }
    }

    bool needs_publisher()
    {
        std::vector<std::unique_ptr<kafka::Publisher>> broken;
        const std::lock_guard lock(mutex);
        broken.swap(broken_publishers);
        has_publisher = has_publisher && broken.empty();
        return !has_publisher;
    }

    void prepare_publisher()
    {
        const kafka::PublisherOptions options{.message_timeout = settings.delivery_timeout,
                                              .linger = std::chrono::microseconds(0),
                                              .queue_limit = 100'000,
                                              .ready = {}};
        auto fresh = std::make_unique<kafka::Publisher>(
            settings.kafka, options, [this](std::uint64_t token, bool ok, std::int64_t) { delivered(token, ok); });
        fresh->prepare(kafka::command_topics());
        has_publisher = true;
        auto handed_over = std::make_shared<std::unique_ptr<kafka::Publisher>>(std::move(fresh));
        boost::asio::post(io, [this, handed_over] { take_publisher(std::move(*handed_over)); });
    }

    void pause()
    {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, pause_after_failure, [this] { return stopping.load(); });
    }

    boost::asio::io_context& io;
    const CommandClientSettings settings;
    CommandPort& port;
    const std::int32_t partition;

    std::unique_ptr<kafka::Publisher> publisher;  ///< Empty until Kafka has been reached.
    std::uint64_t next_token = 1;
    boost::unordered_flat_map<std::uint64_t, events::Uuid> sent;  ///< Not yet acknowledged, by token.
    std::deque<std::pair<std::uint64_t, steady_clock::time_point>> by_age;
    std::vector<std::pair<events::Uuid, bool>> told;
    Timer poll_timer;
    bool polling = false;
    bool stopped = false;

    std::atomic<bool> ready = false;
    std::atomic<bool> stopping = false;
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::unique_ptr<kafka::Publisher>> broken_publishers;
    bool has_publisher = false;  ///< The reading thread's.
    std::thread thread;
};

CommandClient::CommandClient(boost::asio::io_context& io, CommandClientSettings settings)
    : impl_(std::make_unique<Impl>(io, std::move(settings), *this))
{}

CommandClient::~CommandClient()
{
    stop();
}

bool CommandClient::send(const events::Record& command)
{
    return impl_->send(command);
}
bool CommandClient::overloaded() const
{
    return impl_->overloaded();
}
bool CommandClient::ready() const
{
    return impl_->ready;
}
std::size_t CommandClient::unacknowledged() const
{
    return impl_->sent.size();
}

bool CommandClient::flush(std::chrono::milliseconds timeout)
{
    return !impl_->publisher || impl_->publisher->flush(timeout);
}

void CommandClient::stop()
{
    impl_->stopped = true;
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->changed.notify_all();
    if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace jangteo::edge
