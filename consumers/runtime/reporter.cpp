#include "consumers/runtime/reporter.hpp"

#include "infra/kafka/publisher.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <utility>

namespace jangteo::consumers {

namespace {

using std::chrono::milliseconds;

/// What Kafka has not taken by then counts as not told: the task comes again, and so do its commands with their ids.
constexpr milliseconds delivery_timeout{10'000};
constexpr milliseconds poll_interval{5};
constexpr milliseconds pause_after_failure{1'000};

}  // namespace

struct Reporter::Impl {
    /// The commands of one task; together they are told or not.
    struct Report {
        std::vector<events::Record> commands;
        std::function<void(bool)> then;
        std::size_t outstanding = 0;
        bool ok = true;
    };

    Impl(kafka::Settings the_settings, std::vector<std::string> the_topics)
        : settings(std::move(the_settings)),
          topics(std::move(the_topics)),
          thread([this](const std::stop_token& stop) { run(stop); })
    {}

    void run(const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            try {
                kafka::Publisher publisher(
                    settings, {.message_timeout = delivery_timeout},
                    [this](std::uint64_t token, bool ok, std::int64_t) { delivered(token, ok); });
                publisher.prepare(topics);
                serve(publisher, stop);
            } catch (const kafka::Error& error) {
                if (settings.log) settings.log(kafka::LogLevel::error, std::string("reports wait: ") + error.what());
            }
            for (auto& [token, report] : std::exchange(under_way, {})) {
                report->ok = false;
                if (--report->outstanding == 0) report->then(false);
            }
            std::unique_lock lock(mutex);
            if (!stop.stop_requested()) changed.wait_for(lock, stop, pause_after_failure, [] { return false; });
        }
    }

    void serve(kafka::Publisher& publisher, const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            for (auto& report : take(stop)) publish(publisher, std::make_shared<Report>(std::move(report)));
            publisher.poll(under_way.empty() ? milliseconds{0} : poll_interval);
        }
        publisher.flush(delivery_timeout / 4);
    }

    void publish(kafka::Publisher& publisher, const std::shared_ptr<Report>& report)
    {
        report->outstanding = report->commands.size();
        if (report->outstanding == 0) return report->then(true);
        for (const auto& command : report->commands) {
            const auto token = next_token++;
            under_way.emplace(token, report);
            while (!publisher.publish(command, token)) publisher.poll(poll_interval);
        }
    }

    void delivered(std::uint64_t token, bool ok)
    {
        const auto found = under_way.find(token);
        const auto report = found->second;
        under_way.erase(found);
        report->ok &= ok;
        if (--report->outstanding == 0) report->then(report->ok);
    }

    /// Waits for something to do while nothing is under way.
    std::deque<Report> take(const std::stop_token& stop)
    {
        std::unique_lock lock(mutex);
        if (under_way.empty()) changed.wait(lock, stop, [this] { return !waiting.empty(); });
        return std::exchange(waiting, {});
    }

    const kafka::Settings settings;
    const std::vector<std::string> topics;
    std::unordered_map<std::uint64_t, std::shared_ptr<Report>> under_way;
    std::uint64_t next_token = 0;
    std::mutex mutex;
    std::condition_variable_any changed;
    std::deque<Report> waiting;  ///< Guarded by `mutex`.
    std::jthread thread;         ///< Last: it uses all of the above.
};

Reporter::Reporter(kafka::Settings settings, std::vector<std::string> topics)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(topics)))
{}

Reporter::~Reporter() = default;

void Reporter::tell(std::vector<events::Record> commands, std::function<void(bool)> then)
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->waiting.push_back({.commands = std::move(commands), .then = std::move(then)});
    }
    impl_->changed.notify_one();
}

}  // namespace jangteo::consumers
