#include "sagas/runtime/runner.hpp"

#include "infra/loop/owner_loop.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace jangteo::sagas {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds status_interval{250};
constexpr std::chrono::milliseconds first_retry_delay{1'000};
constexpr std::chrono::milliseconds longest_retry_delay{60'000};

std::string space_of(const Process& process)
{
    return "sagas/" + std::string(process.name());
}

std::string inbox_of(const Process& process)
{
    return std::string(process.name()) + ".inbox";
}

std::string_view text_of(Inbox::Phase phase)
{
    switch (phase) {
        case Inbox::Phase::idle: return "idle";
        case Inbox::Phase::reading_snapshot: return "reading snapshot";
        case Inbox::Phase::running: return "running";
    }
    return "";
}

}  // namespace

struct Runner::Impl final : loop::Handler {
    /// One owned partition and what it may ask for.
    struct Owned final : InboxPorts {
        Owned(Impl& the_runner, std::uint64_t the_id, const Process& process, std::int32_t number)
            : runner(the_runner),
              id(the_id),
              space(space_of(process)),
              source{inbox_of(process), number},
              inbox(process, number, runner.settings.limits, runner.memory, *this)
        {}

        events::Timestamp now() override
        {
            return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
        }
        void send(std::uint64_t epoch, std::int64_t input_offset, const events::Record& command) override
        {
            runner.loop.publish(command, {.owner = id, .epoch = epoch, .tag = input_offset, .append = false});
        }
        void read_inputs(std::int64_t offset) override { runner.loop.read(source, offset); }
        void stop_inputs() override { runner.loop.stop_reading(source); }

        void read_snapshot(std::uint64_t epoch) override
        {
            runner.loop.in_background("reading the watermark of " + space, [this_id = id, epoch, this_space = space,
                                                                            number = source.partition, &r = runner] {
                auto mark = r.store.use([&](state::StateStore& kept) { return kept.watermark(this_space, number); });
                return
                    [&r, this_id, epoch, mark] { r.with(this_id, [&](auto& one) { one.on_snapshot(epoch, mark); }); };
            });
            runner.loop.in_background("listing the instances of " + space, [this_id = id, epoch, this_space = space,
                                                                            number = source.partition, &r = runner] {
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
                                                                number = source.partition, &r = runner,
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
                "writing instances of " + space, [this_id = id, epoch, this_space = space, number = source.partition,
                                                  &r = runner, flush = std::move(flush)] {
                    r.store.use([&](state::StateStore& kept) {
                        kept.write(this_space, number, flush);
                        return 0;
                    });
                    return [&r, this_id, epoch] { r.with(this_id, [&](auto& one) { one.on_written(epoch); }); };
                });
        }

        Impl& runner;
        const std::uint64_t id;
        const std::string space;
        const kafka::TopicPartition source;
        Inbox inbox;
        SteadyClock::time_point retry_at{};
        std::chrono::milliseconds retry_delay = first_retry_delay;
    };

    Impl(RunnerSettings the_settings, std::vector<std::unique_ptr<Process>> the_sagas)
        : settings(std::move(the_settings)),
          sagas(std::move(the_sagas)),
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
                               .written = settings.command_topics,
                               .session_timeout = settings.session_timeout};
        for (const auto& saga : sagas) of_loop.topics.push_back(inbox_of(*saga));
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
            what(owned.inbox);
        } catch (const kafka::Error&) {
            throw;
        } catch (const std::exception& error) {
            owned.inbox.stall(error.what());
            owned.retry_at = SteadyClock::now() + owned.retry_delay;
            if (settings.kafka.log) {
                settings.kafka.log(kafka::LogLevel::error,
                                   owned.space + "[" + std::to_string(owned.inbox.number()) + "] stands still for " +
                                       std::to_string(owned.retry_delay.count()) + " ms: " + error.what());
            }
            owned.retry_delay = std::min(owned.retry_delay * 2, longest_retry_delay);
        }
    }

    void tick(Owned& owned)
    {
        const auto phase = owned.inbox.phase();
        if (phase == Inbox::Phase::running) owned.retry_delay = first_retry_delay;
        with(owned.id, [&](auto& one) {
            if (phase != Inbox::Phase::idle) return one.tick();
            if (SteadyClock::now() >= owned.retry_at) one.take_over();
        });
    }

    void on_gained(const kafka::TopicPartition& source) override
    {
        on_lost(source);
        const auto saga = std::find_if(sagas.begin(), sagas.end(),
                                       [&](const auto& candidate) { return source.topic == inbox_of(*candidate); });
        if (saga == sagas.end()) return;
        const std::uint64_t id = next_id++;
        Owned& owned = *by_id.emplace(id, std::make_unique<Owned>(*this, id, **saga, source.partition)).first->second;
        by_source[source] = &owned;
        with(id, [](auto& one) { one.take_over(); });
    }

    void on_lost(const kafka::TopicPartition& source) override
    {
        const auto found = by_source.find(source);
        if (found == by_source.end()) return;
        const std::uint64_t id = found->second->id;
        loop.stop_reading(source);
        by_source.erase(found);
        by_id.erase(id);
    }

    void on_record(events::Record record) override
    {
        const auto found = by_source.find({record.topic, record.partition});
        if (found == by_source.end()) return;
        with(found->second->id, [&](Inbox& inbox) { inbox.on_input(std::move(record)); });
    }

    void on_sent(const loop::Sent& sent, bool ok, std::int64_t) override
    {
        with(sent.owner, [&](Inbox& inbox) { inbox.on_sent(sent.epoch, sent.tag, ok); });
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
        return std::all_of(by_id.begin(), by_id.end(), [](const auto& entry) { return entry.second->inbox.hungry(); });
    }

    void publish_status()
    {
        std::vector<InboxStatus> fresh;
        for (const auto& [id, owned] : by_id) {
            const Inbox& inbox = owned->inbox;
            fresh.push_back({.saga = std::string(inbox.process().name()),
                             .partition = inbox.number(),
                             .phase = std::string(text_of(inbox.phase())),
                             .instances = inbox.instances(),
                             .counters = inbox.counters(),
                             .last_trouble = inbox.last_trouble()});
        }
        const std::lock_guard lock(status_mutex);
        status.swap(fresh);
    }

    const RunnerSettings settings;
    const std::vector<std::unique_ptr<Process>> sagas;
    state::MemoryBudget memory;
    state::OpenStore store;
    std::map<std::uint64_t, std::unique_ptr<Owned>> by_id;
    std::map<kafka::TopicPartition, Owned*> by_source;
    std::uint64_t next_id = 1;
    SteadyClock::time_point last_status{};
    mutable std::mutex status_mutex;
    std::vector<InboxStatus> status;
    loop::OwnerLoop loop;  ///< Last: its threads use all of the above.
};

Runner::Runner(RunnerSettings settings, std::vector<std::unique_ptr<Process>> sagas)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(sagas)))
{}

Runner::~Runner() = default;

void Runner::run(const std::stop_token& stop)
{
    impl_->loop.run(stop);
}

std::vector<InboxStatus> Runner::status() const
{
    const std::lock_guard lock(impl_->status_mutex);
    return impl_->status;
}

}  // namespace jangteo::sagas
