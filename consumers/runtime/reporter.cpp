#include "consumers/runtime/reporter.hpp"

#include "infra/kafka/publisher.hpp"

#include <algorithm>
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

constexpr milliseconds poll_interval{5};
constexpr milliseconds longest_step{500};
constexpr milliseconds pause_after_failure{1'000};

/// The commands of one task; together they are told or not. Whoever waits hears of it when nobody refers to the report
/// any more, so that there is no way out without a word.
struct Report {
    Report(std::vector<events::Record> the_commands, std::function<void(bool)> the_then)
        : commands(std::move(the_commands)), then(std::move(the_then))
    {}
    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;
    ~Report() { then(acknowledged == commands.size()); }

    const std::vector<events::Record> commands;
    const std::function<void(bool)> then;
    std::size_t acknowledged = 0;
};

}  // namespace

struct Reporter::Impl {
    Impl(kafka::Settings the_settings, std::vector<std::string> the_topics, milliseconds the_patience)
        : settings(std::move(the_settings)),
          topics(std::move(the_topics)),
          patience(the_patience),
          thread([this](const std::stop_token& stop) { run(stop); })
    {}

    void run(const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            try {
                kafka::Publisher publisher(
                    settings, {.message_timeout = patience},
                    [this](std::uint64_t token, bool ok, std::int64_t) { delivered(token, ok); });
                prepare(publisher, stop);
                serve(publisher, stop);
            } catch (const kafka::Error& error) {
                say("reports wait", error);
            }
            give_up();
            std::unique_lock lock(mutex);
            if (!stop.stop_requested()) changed.wait_for(lock, stop, pause_after_failure, [] { return false; });
        }
    }

    /// In short steps: a stop does not wait for a Kafka that is away.
    void prepare(kafka::Publisher& publisher, const std::stop_token& stop) const
    {
        for (auto waited = longest_step; !stop.stop_requested(); waited += longest_step) {
            try {
                return publisher.prepare(topics, std::min(longest_step, patience));
            } catch (const kafka::Error&) {
                if (waited >= patience) throw;
            }
        }
    }

    void serve(kafka::Publisher& publisher, const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            for (const auto& report : take(stop)) publish(publisher, report);
            publisher.poll(under_way.empty() ? milliseconds{0} : poll_interval);
        }
        publisher.flush(patience / 4);
    }

    void publish(kafka::Publisher& publisher, const std::shared_ptr<Report>& report)
    {
        for (const auto& command : report->commands) {
            try {
                while (!publisher.publish(command, next_token)) publisher.poll(poll_interval);
            } catch (const kafka::Error& error) {
                if (error.fatal()) throw;
                return say("a report can never be told", error);  // The others can.
            }
            under_way.emplace(next_token++, report);
        }
    }

    void delivered(std::uint64_t token, bool ok)
    {
        const auto report = under_way.extract(token).mapped();
        if (ok) ++report->acknowledged;
    }

    /// What is not known to be in the log by now.
    void give_up()
    {
        std::unique_lock lock(mutex);
        auto given_up = std::exchange(waiting, {});
        lock.unlock();
        given_up.clear();
        under_way.clear();
    }

    void say(const std::string& what, const kafka::Error& why) const
    {
        if (settings.log) settings.log(kafka::LogLevel::error, what + ": " + why.what());
    }

    /// Waits for something to do while nothing is under way.
    std::deque<std::shared_ptr<Report>> take(const std::stop_token& stop)
    {
        std::unique_lock lock(mutex);
        if (under_way.empty()) changed.wait(lock, stop, [this] { return !waiting.empty(); });
        return std::exchange(waiting, {});
    }

    const kafka::Settings settings;
    const std::vector<std::string> topics;
    const milliseconds patience;
    std::unordered_map<std::uint64_t, std::shared_ptr<Report>> under_way;
    std::uint64_t next_token = 0;
    std::mutex mutex;
    std::condition_variable_any changed;
    std::deque<std::shared_ptr<Report>> waiting;  ///< Guarded by `mutex`.
    std::jthread thread;                          ///< Last: it uses all of the above.
};

Reporter::Reporter(kafka::Settings settings, std::vector<std::string> topics, milliseconds patience)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(topics), patience))
{}

Reporter::~Reporter() = default;

void Reporter::tell(std::vector<events::Record> commands, std::function<void(bool)> then)
{
    if (commands.empty()) return then(true);
    auto report = std::make_shared<Report>(std::move(commands), std::move(then));
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->waiting.push_back(std::move(report));
    }
    impl_->changed.notify_one();
}

}  // namespace jangteo::consumers
