// Hosts machines over an OwnerLoop: one for each owned partition, with its state written behind. What is common to the
// producers' partitions and the sagas' inboxes is here: who is asked what, what a failure of one costs the others
// (nothing), and what is shown of them.
#pragma once

#include "infra/loop/owner_loop.hpp"
#include "infra/state/open_store.hpp"
#include "infra/state/resident.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::loop {

struct HostSettings {
    Settings loop;
    std::size_t memory_limit = 0;       ///< Bytes of state in memory, of all machines together.
    state::Opener open_store;           ///< For the background thread; called again after each failure.
    std::function<void()> each_tick{};  ///< On the loop's thread.
};

/// `Owned` is one machine with its ports (see Behind below) and says what is its own: `machine`, `sources()`,
/// `take(record)`, `sent(sent, ok, offset)`, `status()`.
template <class Owned>
class Host final : Handler {
public:
    using Status = typename Owned::Status;
    using Make = std::function<std::unique_ptr<Owned>(Host&, std::uint64_t id, const kafka::TopicPartition&)>;

    Host(HostSettings settings, Make make)
        : log_(settings.loop.kafka.log),
          make_(std::move(make)),
          each_tick_(std::move(settings.each_tick)),
          store_(std::move(settings.open_store)),
          loop_(std::move(settings.loop), *this)
    {
        memory_.limit = settings.memory_limit;
    }

    void run(const std::stop_token& stop) { loop_.run(stop); }

    /// From any thread: as of at most a quarter of a second ago.
    [[nodiscard]] std::vector<Status> status() const
    {
        const std::lock_guard lock(status_mutex_);
        return status_;
    }

    // ---- For what is owned, from the loop's thread.
    OwnerLoop& loop() { return loop_; }
    state::MemoryBudget& memory() { return memory_; }

    /// Runs `what(machine)` if it is still owned. What that throws stalls this one and no other; it begins anew after a
    /// growing delay. (Trouble with Kafka goes on to the loop.)
    template <class What>
    void with(std::uint64_t id, What what)
    {
        const auto found = by_id_.find(id);
        if (found != by_id_.end()) guard(*found->second, [&](Owned& owned) { what(owned.machine); });
    }

    /// Runs `use(store)` in the background, again and again until it works, then `then(machine, result)` here.
    template <class Use, class Then>
    void from_store(const Owned& owned, const std::string& what, Use use, Then then)
    {
        loop_.in_background(what + owned.space, work_of(owned, std::move(use), std::move(then)));
    }
    /// The same, mostly behind what machines wait for.
    template <class Use, class Then>
    void from_store_when_idle(const Owned& owned, const std::string& what, Use use, Then then)
    {
        loop_.in_background_when_idle(what + owned.space, work_of(owned, std::move(use), std::move(then)));
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds status_interval{250};
    static constexpr std::chrono::milliseconds first_retry_delay{1'000};
    static constexpr std::chrono::milliseconds longest_retry_delay{60'000};

    struct Retry {
        Clock::time_point at{};
        std::chrono::milliseconds delay = first_retry_delay;
    };

    template <class Use, class Then>
    OwnerLoop::Work work_of(const Owned& owned, Use use, Then then)
    {
        return [this, id = owned.id, use = std::move(use), then = std::move(then)] {
            return
                [this, id, then, result = store_.use(use)] { with(id, [&](auto& machine) { then(machine, result); }); };
        };
    }

    template <class What>
    void guard(Owned& owned, What what)
    {
        try {
            what(owned);
        } catch (const kafka::Error&) {
            throw;
        } catch (const std::exception& error) {
            owned.machine.stall(error.what());
            auto& retry = retries_[owned.id];
            retry.at = Clock::now() + retry.delay;
            if (log_) {
                log_(kafka::LogLevel::error, owned.space + "[" + std::to_string(owned.number) + "] stands still for " +
                                                 std::to_string(retry.delay.count()) + " ms: " + error.what());
            }
            retry.delay = std::min(retry.delay * 2, longest_retry_delay);
        }
    }

    void on_gained(const kafka::TopicPartition& partition) override
    {
        on_lost(partition);
        auto made = make_(*this, next_id_, partition);
        if (!made) return;
        Owned& owned = *by_id_.emplace(next_id_++, std::move(made)).first->second;
        for (const auto& source : owned.sources()) by_source_[source] = &owned;
        guard(owned, [](Owned& fresh) { fresh.machine.take_over(); });
    }

    void on_lost(const kafka::TopicPartition& partition) override
    {
        const auto found = by_source_.find(partition);
        if (found == by_source_.end()) return;
        const Owned& owned = *found->second;
        for (const auto& source : owned.sources()) {
            loop_.stop_reading(source);
            by_source_.erase(source);
        }
        retries_.erase(owned.id);
        by_id_.erase(owned.id);
    }

    void on_record(events::Record record) override
    {
        const auto found = by_source_.find({record.topic, record.partition});
        if (found == by_source_.end()) return;
        guard(*found->second, [&](Owned& owned) { owned.take(std::move(record)); });
    }

    void on_sent(const Sent& sent, bool ok, std::int64_t offset) override
    {
        const auto found = by_id_.find(sent.owner);
        if (found != by_id_.end()) guard(*found->second, [&](Owned& owned) { owned.sent(sent, ok, offset); });
    }

    void on_tick() override
    {
        const auto now = Clock::now();
        if (each_tick_) each_tick_();
        for (const auto& [id, owned] : by_id_) {
            using Phase = typename decltype(owned->machine)::Phase;
            const auto phase = owned->machine.phase();
            if (phase == Phase::running) retries_.erase(id);
            guard(*owned, [&](Owned& one) {
                if (phase != Phase::idle) return one.machine.tick();
                if (now >= retries_[one.id].at) one.machine.take_over();
            });
        }
        if (now - last_status_ >= status_interval) {
            last_status_ = now;
            publish_status();
        }
    }

    void on_reset() override
    {
        by_source_.clear();
        by_id_.clear();
        retries_.clear();
        publish_status();
    }

    [[nodiscard]] bool hungry() const override
    {
        return std::all_of(by_id_.begin(), by_id_.end(),
                           [](const auto& entry) { return entry.second->machine.hungry(); });
    }

    void publish_status()
    {
        std::vector<Status> fresh;
        for (const auto& [id, owned] : by_id_) fresh.push_back(owned->status());
        const std::lock_guard lock(status_mutex_);
        status_.swap(fresh);
    }

    const kafka::Log log_;
    const Make make_;
    const std::function<void()> each_tick_;
    state::MemoryBudget memory_;
    state::OpenStore store_;
    std::map<std::uint64_t, std::unique_ptr<Owned>> by_id_;
    std::map<kafka::TopicPartition, Owned*> by_source_;
    std::map<std::uint64_t, Retry> retries_;  ///< Of those that stand still, or did a moment ago.
    std::uint64_t next_id_ = 1;
    Clock::time_point last_status_{};
    mutable std::mutex status_mutex_;
    std::vector<Status> status_;
    OwnerLoop loop_;  ///< Last: its threads use all of the above.
};

/// The ports of a machine that go to the store, for an `Owned` to derive from; the machine's own ports are left to it.
template <class Owned, class Ports>
class Behind : public Ports {
public:
    Behind(Host<Owned>& the_host, std::uint64_t the_id, std::string the_space, std::int32_t the_number)
        : host(the_host), id(the_id), space(std::move(the_space)), number(the_number)
    {}

    void read_snapshot(std::uint64_t epoch) override
    {
        host.from_store(
            self(), "reading the snapshot of ",
            [where = space, n = number](state::StateStore& store) { return store.snapshot(where, n); },
            [epoch](auto& machine, const auto& snapshot) { machine.on_snapshot(epoch, snapshot); });
        // What has a snapshot spares a look for what is new: useful, but everything goes without.
        host.from_store_when_idle(
            self(), "listing the snapshots of ",
            [where = space, n = number](state::StateStore& store) {
                std::vector<std::uint64_t> known;
                store.each_key(where, n, [&](std::string_view key) { known.push_back(state::fingerprint_of(key)); });
                return known;
            },
            [epoch](auto& machine, const auto& known) { machine.on_known_keys(epoch, known); });
    }
    void load(std::uint64_t epoch, std::vector<std::string> keys) override
    {
        host.from_store(
            self(), "loading from ",
            [where = space, n = number, keys](state::StateStore& store) { return store.load(where, n, keys); },
            [epoch, keys](auto& machine, const auto& rows) { machine.on_loaded(epoch, keys, rows); });
    }
    void write(std::uint64_t epoch, state::Flush flush) override
    {
        host.from_store(
            self(), "writing to ",
            [where = space, n = number, flush = std::move(flush)](state::StateStore& store) {
                store.write(where, n, flush);
                return true;
            },
            [epoch](auto& machine, bool) { machine.on_written(epoch); });
    }
    events::Timestamp now() override
    {
        return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    }

    Host<Owned>& host;
    const std::uint64_t id;
    const std::string space;  ///< Of its snapshots, for instance `producers/inventory`.
    const std::int32_t number;

private:
    [[nodiscard]] const Owned& self() const { return static_cast<const Owned&>(*this); }
};

}  // namespace jangteo::loop
