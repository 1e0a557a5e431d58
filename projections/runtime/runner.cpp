#include "projections/runtime/runner.hpp"

#include "infra/kafka/admin.hpp"
#include "infra/kafka/membership.hpp"
#include "projections/runtime/worker.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace jangteo::projections {

namespace {

using namespace std::chrono_literals;

constexpr auto membership_wait = 200ms;
constexpr auto ends_interval = 1s;

std::vector<std::string> topics_of(const std::vector<const ReadModel*>& read_models)
{
    std::set<std::string> topics;
    for (const auto* model : read_models) {
        for (const auto context : model->contexts()) topics.insert(events_topic(context));
    }
    return {topics.begin(), topics.end()};
}

bool reads(const ReadModel& model, const Place& place)
{
    const auto contexts = model.contexts();
    return std::ranges::find(contexts, place.context) != contexts.end();
}

}  // namespace

struct Runner::Impl {
    explicit Impl(Config given) : config(std::move(given)), topics(topics_of(config.read_models))
    {
        for (const auto* model : config.read_models) workers.push_back(std::make_unique<Worker>(*model, config));
    }

    void log(kafka::LogLevel level, const std::string& text) const
    {
        if (config.log) config.log(level, text);
    }

    void own(const std::vector<kafka::TopicPartition>& owned)
    {
        for (auto& worker : workers) {
            std::set<Place> places;
            for (const auto& [topic, partition] : owned) {
                const Place place{std::string(context_of(topic)), partition};
                if (reads(worker->model(), place)) places.insert(place);
            }
            worker->own(std::move(places));
        }
    }

    /// Learns what this process owns, until told to stop.
    void follow_membership(const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            try {
                kafka::Membership membership(config.kafka, config.group, topics,
                                             {.session_timeout = config.session_timeout});
                while (!stop.stop_requested()) {
                    if (membership.poll(membership_wait)) own(membership.owned());
                }
                membership.leave();
            } catch (const kafka::Error& error) {
                log(kafka::LogLevel::warning, std::string("projections' membership: ") + error.what());
                own({});
                wait(stop, 1s);
            }
        }
    }

    /// Lag is told from Kafka's own end offsets, never from what was read: a reader that hangs must not look well.
    void follow_ends(const std::stop_token& stop)
    {
        std::optional<kafka::Admin> admin;
        while (!stop.stop_requested()) {
            try {
                if (!admin) admin.emplace(config.kafka);
                std::map<Place, std::int64_t> ends;
                for (const auto& topic : topics) {
                    for (const auto& offsets : admin->offsets(topic, 2s)) {
                        ends[{std::string(context_of(topic)), offsets.partition}] = offsets.end;
                    }
                }
                for (auto& worker : workers) worker->see_ends(ends);
            } catch (const kafka::Error& error) {
                log(kafka::LogLevel::warning, std::string("end offsets of events topics: ") + error.what());
                admin.reset();
            }
            wait(stop, ends_interval);
        }
    }

    void wait(const std::stop_token& stop, std::chrono::milliseconds time)
    {
        std::unique_lock lock(mutex);
        stopped.wait_for(lock, stop, time, [] { return false; });
    }

    Config config;
    std::vector<std::string> topics;
    std::vector<std::unique_ptr<Worker>> workers;
    std::mutex mutex;
    std::condition_variable_any stopped;
};

Runner::Runner(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}

Runner::~Runner() = default;

void Runner::prepare()
{
    postgres::Session session({.conninfo = impl_->config.postgres, .application_name = "jangteo projections"});
    for (const auto* model : impl_->config.read_models) PostgresStore(*model).prepare(session);
}

void Runner::run(std::stop_token stop)
{
    std::vector<std::jthread> threads;
    for (auto& worker : impl_->workers) threads.emplace_back([&worker, stop] { worker->run(stop); });
    threads.emplace_back([this, stop] { impl_->follow_ends(stop); });
    impl_->follow_membership(stop);
}

std::vector<Status> Runner::status() const
{
    std::vector<Status> status;
    for (const auto& worker : impl_->workers) status.push_back(worker->status());
    return status;
}

}  // namespace jangteo::projections
