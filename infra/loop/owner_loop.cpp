#include "infra/loop/owner_loop.hpp"

#include "infra/kafka/membership.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/publisher.hpp"
#include "infra/loop/background.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <thread>
#include <utility>

namespace jangteo::loop {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t records_per_round = 2'000;
constexpr std::chrono::milliseconds membership_interval{50};
constexpr std::chrono::milliseconds first_delay{200};
constexpr std::chrono::milliseconds longest_delay{5'000};
constexpr std::chrono::milliseconds farewell{3'000};

}  // namespace

struct OwnerLoop::Impl {
    /// The clients of one life of the loop. Membership last: it leaves first, before appends are abandoned.
    struct Clients {
        Clients(const Settings& settings, OwnerLoop::Impl& loop)
            : reader(settings.kafka),
              publisher(
                  settings.kafka, {.ready = [this] { reader.wake(); }},
                  [&loop](std::uint64_t token, bool ok, std::int64_t offset) { loop.delivered(token, ok, offset); }),
              membership(settings.kafka, settings.group, settings.topics, {.session_timeout = settings.session_timeout})
        {
            publisher.prepare(settings.written);
        }

        kafka::PartitionReader reader;
        kafka::Publisher publisher;
        kafka::Membership membership;
    };

    Impl(Settings the_settings, Handler& the_handler)
        : settings(std::move(the_settings)),
          handler(the_handler),
          from_store("background", settings.kafka.log, [this] { wake(); }),
          from_log("log reads", settings.kafka.log, [this] { wake(); })
    {}

    void wake()
    {
        const std::lock_guard lock(clients_mutex);
        if (clients) clients->reader.wake();
    }

    void delivered(std::uint64_t token, bool ok, std::int64_t offset)
    {
        const Sent sent = in_flight[token];
        free_tokens.push_back(token);
        handler.on_sent(sent, ok, ok ? offset : -1);
    }

    void hand_over(const events::Record& record, const Sent& sent)
    {
        if (overflow.empty() && try_publish(record, sent)) return;
        overflow.emplace_back(record, sent);
    }

    bool try_publish(const events::Record& record, const Sent& sent)
    {
        std::uint64_t token = in_flight.size();
        if (free_tokens.empty()) {
            in_flight.push_back(sent);
        } else {
            token = free_tokens.back();
            free_tokens.pop_back();
            in_flight[token] = sent;
        }
        if (clients->publisher.publish(record, token)) return true;
        free_tokens.push_back(token);
        return false;
    }

    void drain_overflow()
    {
        while (!overflow.empty() && try_publish(overflow.front().first, overflow.front().second)) overflow.pop_front();
    }

    /// Reading begins and ends between polls, never inside one.
    void apply_reads()
    {
        for (auto& [partition, offset] : std::exchange(wanted, {})) {
            offset ? clients->reader.start(partition, *offset) : clients->reader.stop(partition);
        }
    }

    void one_life(const std::stop_token& stop)
    {
        auto last_membership = Clock::time_point{};
        auto last_tick = Clock::time_point{};
        std::vector<events::Record> batch;
        while (!stop.stop_requested()) {
            const auto now = Clock::now();
            if (now - last_membership >= membership_interval) {
                last_membership = now;
                if (const auto change = clients->membership.poll(std::chrono::milliseconds{0})) {
                    for (const auto& partition : change->lost) {
                        handler.on_lost(partition);
                    }
                    for (const auto& partition : change->gained) handler.on_gained(partition);
                }
            }
            apply_reads();
            if (handler.hungry()) {
                clients->reader.poll(settings.tick, records_per_round,
                                     [&](events::Record&& record) { batch.push_back(std::move(record)); });
            } else {
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
            }
            for (auto& record : batch) {
                // What was fetched before a handler changed its mind about the partition is not for it any more.
                const auto changed = wanted.find({record.topic, record.partition});
                if (changed == wanted.end()) handler.on_record(std::move(record));
            }
            batch.clear();
            drain_overflow();
            clients->publisher.poll(std::chrono::milliseconds{0});
            from_store.deliver();
            from_log.deliver();
            if (now - last_tick >= settings.tick) {
                last_tick = now;
                handler.on_tick();
            }
        }
    }

    void say(kafka::LogLevel level, const std::string& text) const
    {
        if (settings.kafka.log) settings.kafka.log(level, text);
    }

    void run(const std::stop_token& stop)
    {
        auto delay = first_delay;
        while (!stop.stop_requested()) {
            try {
                auto fresh = std::make_unique<Clients>(settings, *this);
                {
                    const std::lock_guard lock(clients_mutex);
                    clients = std::move(fresh);
                }
                const auto begun = Clock::now();
                try {
                    one_life(stop);
                } catch (...) {
                    if (Clock::now() - begun > longest_delay) delay = first_delay;
                    throw;
                }
                clients->membership.leave();
                clients->publisher.flush(farewell);
            } catch (const kafka::Error& error) {
                say(kafka::LogLevel::error, settings.group + " begins anew: " + error.what());
            }
            forget();
            if (stop.stop_requested()) return;
            std::this_thread::sleep_for(delay);
            delay = std::min(delay * 2, longest_delay);
        }
    }

    void forget()
    {
        std::unique_ptr<Clients> gone;
        {
            const std::lock_guard lock(clients_mutex);
            gone = std::move(clients);
        }
        gone.reset();
        overflow.clear();
        wanted.clear();
        in_flight.clear();
        free_tokens.clear();
        handler.on_reset();
    }

    const Settings settings;
    Handler& handler;
    std::mutex clients_mutex;  ///< For `wake`, which comes from other threads.
    std::unique_ptr<Clients> clients;
    std::map<kafka::TopicPartition, std::optional<std::int64_t>> wanted;  ///< Empty: stop.
    std::vector<Sent> in_flight;
    std::vector<std::uint64_t> free_tokens;
    std::deque<std::pair<events::Record, Sent>> overflow;
    Background from_store;
    Background from_log;
};

OwnerLoop::OwnerLoop(Settings settings, Handler& handler) : impl_(std::make_unique<Impl>(std::move(settings), handler))
{}

OwnerLoop::~OwnerLoop() = default;

void OwnerLoop::run(const std::stop_token& stop)
{
    impl_->run(stop);
}

void OwnerLoop::publish(const events::Record& record, const Sent& sent)
{
    impl_->hand_over(record, sent);
}

void OwnerLoop::read(const kafka::TopicPartition& partition, std::int64_t offset)
{
    impl_->wanted[partition] = offset;
}

void OwnerLoop::stop_reading(const kafka::TopicPartition& partition)
{
    impl_->wanted[partition] = std::nullopt;
}

void OwnerLoop::in_background(std::string what, Work work)
{
    impl_->from_store.add(std::move(what), std::move(work));
}

void OwnerLoop::in_background_when_idle(std::string what, Work work)
{
    impl_->from_store.add_idle(std::move(what), std::move(work));
}

void OwnerLoop::in_background_from_log(std::string what, Work work)
{
    impl_->from_log.add(std::move(what), std::move(work));
}

}  // namespace jangteo::loop
