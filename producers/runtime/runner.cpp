#include "producers/runtime/runner.hpp"

#include "infra/kafka/record_fetcher.hpp"
#include "infra/loop/owner_loop.hpp"
#include "infra/state/open_store.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace jangteo::producers {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds status_interval{250};
constexpr std::chrono::milliseconds first_retry_delay{1'000};
constexpr std::chrono::milliseconds longest_retry_delay{60'000};

std::string space_of(const Context& context)
{
    return "producers/" + std::string(context.name());
}

std::string_view text_of(Partition::Phase phase)
{
    switch (phase) {
        case Partition::Phase::idle: return "idle";
        case Partition::Phase::reading_snapshot: return "reading snapshot";
        case Partition::Phase::marking: return "marking";
        case Partition::Phase::replaying: return "replaying";
        case Partition::Phase::running: return "running";
    }
    return "";
}

}  // namespace

struct Runner::Impl final : loop::Handler {
    /// One owned partition and what it may ask for.
    struct Owned final : PartitionPorts {
        Owned(Impl& the_runner, std::uint64_t the_id, const Context& context, std::int32_t number)
            : runner(the_runner),
              id(the_id),
              space(space_of(context)),
              commands{std::string(context.name()) + ".commands", number},
              events{std::string(context.name()) + ".events", number},
              partition(context, number, runner.settings.forwards, runner.settings.limits, runner.memory, *this)
        {}

        events::Uuid draw_uuid() override { return events::random_uuid(); }
        events::Timestamp now() override
        {
            return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
        }
        void append(std::uint64_t epoch, const events::Record& record) override
        {
            runner.loop.publish(record, {.owner = id, .epoch = epoch, .tag = 0, .append = true});
        }
        void answer(std::uint64_t epoch, std::int64_t command_offset, events::Record record) override
        {
            runner.loop.publish(record, {.owner = id, .epoch = epoch, .tag = command_offset, .append = false});
        }
        void read_events(std::int64_t offset) override { runner.loop.read(events, offset); }
        void stop_events() override { runner.loop.stop_reading(events); }
        void read_commands(std::int64_t offset) override { runner.loop.read(commands, offset); }
        void stop_commands() override { runner.loop.stop_reading(commands); }

        void read_snapshot(std::uint64_t epoch) override
        {
            runner.loop.in_background("reading the snapshot of " + space, [this_id = id, epoch, this_space = space,
                                                                           number = partition.number(), &r = runner] {
                auto read = r.store.use([&](state::StateStore& kept) {
                    return std::pair(kept.watermark(this_space, number), kept.outcomes(this_space, number));
                });
                return [&r, this_id, epoch, read = std::move(read)] {
                    r.with(this_id, [&](auto& one) { one.on_snapshot(epoch, read.first, read.second); });
                };
            });
            runner.loop.in_background("listing the snapshots of " + space, [this_id = id, epoch, this_space = space,
                                                                            number = partition.number(), &r = runner] {
                std::vector<std::uint64_t> known;
                r.store.use([&](state::StateStore& kept) {
                    kept.each_key(this_space, number,
                                  [&](std::string_view key) { known.push_back(state::fingerprint_of(key)); });
                    return 0;
                });
                return [&r, this_id, epoch, known = std::move(known)] {
                    r.with(this_id, [&](auto& one) { one.on_known_keys(epoch, known); });
                };
            });
        }
        void load(std::uint64_t epoch, std::vector<std::string> keys) override
        {
            runner.loop.in_background("loading from " + space, [this_id = id, epoch, this_space = space,
                                                                number = partition.number(), &r = runner,
                                                                keys = std::move(keys)] {
                auto rows = r.store.use([&](state::StateStore& kept) { return kept.load(this_space, number, keys); });
                return [&r, this_id, epoch, keys, rows = std::move(rows)] {
                    r.with(this_id, [&](auto& one) { one.on_loaded(epoch, keys, rows); });
                };
            });
        }
        void write(std::uint64_t epoch, state::Flush flush) override
        {
            runner.loop.in_background(
                "writing a snapshot of " + space, [this_id = id, epoch, this_space = space, number = partition.number(),
                                                   &r = runner, flush = std::move(flush)] {
                    r.store.use([&](state::StateStore& kept) {
                        kept.write(this_space, number, flush);
                        return 0;
                    });
                    return [&r, this_id, epoch] { r.with(this_id, [&](auto& one) { one.on_written(epoch); }); };
                });
        }
        void fetch_outcome(std::uint64_t epoch, std::int64_t offset) override
        {
            runner.loop.in_background_from_log(
                "reading an outcome of " + events.topic, [this_id = id, epoch, offset, from = events, &r = runner] {
                    if (!r.fetcher) r.fetcher = std::make_unique<kafka::RecordFetcher>(r.settings.kafka);
                    auto record = r.fetcher->fetch({from, offset});
                    return [&r, this_id, epoch, offset, record = std::move(record)] {
                        r.with(this_id, [&](auto& one) { one.on_outcome(epoch, offset, record); });
                    };
                });
        }

        Impl& runner;
        const std::uint64_t id;
        const std::string space;
        const kafka::TopicPartition commands;
        const kafka::TopicPartition events;
        Partition partition;
        SteadyClock::time_point retry_at{};
        std::chrono::milliseconds retry_delay = first_retry_delay;
    };

    Impl(RunnerSettings the_settings, std::vector<std::unique_ptr<Context>> the_contexts)
        : settings(std::move(the_settings)),
          contexts(std::move(the_contexts)),
          store(settings.open_store),
          loop(loop_settings(), *this)
    {
        memory.limit = settings.memory_limit;
    }

    [[nodiscard]] loop::Settings loop_settings() const
    {
        loop::Settings of_loop{.kafka = settings.kafka,
                               .group = settings.group,
                               .topics = {},
                               .written = {},
                               .session_timeout = settings.session_timeout};
        std::set<std::string> written;
        for (const auto& context : contexts) {
            of_loop.topics.push_back(std::string(context->name()) + ".commands");
            written.insert(std::string(context->name()) + ".events");
        }
        for (const auto& forward : settings.forwards) written.insert(forward.topic);
        of_loop.written.assign(written.begin(), written.end());
        return of_loop;
    }

    /// Runs `what` on one that is still owned. What it throws stalls that one and no other; it begins anew after a
    /// growing delay. (Trouble with Kafka goes on to the loop.)
    template <class What>
    void with(std::uint64_t id, What what)
    {
        const auto found = by_id.find(id);
        if (found == by_id.end()) return;
        Owned& owned = *found->second;
        try {
            what(owned.partition);
        } catch (const kafka::Error&) {
            throw;
        } catch (const std::exception& error) {
            owned.partition.stall(error.what());
            owned.retry_at = SteadyClock::now() + owned.retry_delay;
            if (settings.kafka.log) {
                settings.kafka.log(kafka::LogLevel::error,
                                   owned.space + "[" + std::to_string(owned.partition.number()) +
                                       "] stands still for " + std::to_string(owned.retry_delay.count()) +
                                       " ms: " + error.what());
            }
            owned.retry_delay = std::min(owned.retry_delay * 2, longest_retry_delay);
        }
    }

    void tick(Owned& owned)
    {
        const auto phase = owned.partition.phase();
        if (phase == Partition::Phase::running) owned.retry_delay = first_retry_delay;
        with(owned.id, [&](auto& one) {
            if (phase != Partition::Phase::idle) return one.tick();
            if (SteadyClock::now() >= owned.retry_at) one.take_over();
        });
    }

    void on_gained(const kafka::TopicPartition& commands) override
    {
        on_lost(commands);
        const auto context = std::find_if(contexts.begin(), contexts.end(), [&](const auto& candidate) {
            return commands.topic == std::string(candidate->name()) + ".commands";
        });
        if (context == contexts.end()) return;
        const std::uint64_t id = next_id++;
        Owned& owned =
            *by_id.emplace(id, std::make_unique<Owned>(*this, id, **context, commands.partition)).first->second;
        by_source[owned.commands] = &owned;
        by_source[owned.events] = &owned;
        with(id, [](auto& one) { one.take_over(); });
    }

    void on_lost(const kafka::TopicPartition& commands) override
    {
        const auto found = by_source.find(commands);
        if (found == by_source.end()) return;
        Owned& owned = *found->second;
        loop.stop_reading(owned.commands);
        loop.stop_reading(owned.events);
        by_source.erase(owned.events);
        by_source.erase(owned.commands);
        by_id.erase(owned.id);
    }

    void on_record(events::Record record) override
    {
        const auto found = by_source.find({record.topic, record.partition});
        if (found == by_source.end()) return;
        const Owned& owned = *found->second;
        with(owned.id, [&](Partition& partition) {
            record.topic == owned.events.topic ? partition.on_event(std::move(record))
                                               : partition.on_command(std::move(record));
        });
    }

    void on_sent(const loop::Sent& sent, bool ok, std::int64_t offset) override
    {
        with(sent.owner, [&](Partition& partition) {
            sent.append ? partition.on_appended(sent.epoch, offset) : partition.on_answered(sent.epoch, sent.tag, ok);
        });
    }

    void on_tick() override
    {
        for (const auto& [id, owned] : by_id) tick(*owned);
        const auto now = SteadyClock::now();
        if (now - last_status >= status_interval) {
            last_status = now;
            publish_status();
        }
    }

    void on_reset() override
    {
        by_source.clear();
        by_id.clear();
        publish_status();
    }

    [[nodiscard]] bool hungry() const override
    {
        return std::all_of(by_id.begin(), by_id.end(),
                           [](const auto& entry) { return entry.second->partition.hungry(); });
    }

    void publish_status()
    {
        std::vector<PartitionStatus> fresh;
        for (const auto& [id, owned] : by_id) {
            const Partition& partition = owned->partition;
            fresh.push_back({.context = std::string(partition.context().name()),
                             .partition = partition.number(),
                             .phase = std::string(text_of(partition.phase())),
                             .aggregates = partition.aggregates(),
                             .counters = partition.counters(),
                             .last_trouble = partition.last_trouble()});
        }
        const std::lock_guard lock(status_mutex);
        status.swap(fresh);
    }

    const RunnerSettings settings;
    const std::vector<std::unique_ptr<Context>> contexts;
    state::MemoryBudget memory;
    state::OpenStore store;
    std::unique_ptr<kafka::RecordFetcher> fetcher;
    std::map<std::uint64_t, std::unique_ptr<Owned>> by_id;
    std::map<kafka::TopicPartition, Owned*> by_source;
    std::uint64_t next_id = 1;
    SteadyClock::time_point last_status{};
    mutable std::mutex status_mutex;
    std::vector<PartitionStatus> status;
    loop::OwnerLoop loop;  ///< Last: its threads use all of the above.
};

Runner::Runner(RunnerSettings settings, std::vector<std::unique_ptr<Context>> contexts)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(contexts)))
{}

Runner::~Runner() = default;

void Runner::run(const std::stop_token& stop)
{
    impl_->loop.run(stop);
}

std::vector<PartitionStatus> Runner::status() const
{
    const std::lock_guard lock(impl_->status_mutex);
    return impl_->status;
}

}  // namespace jangteo::producers
