// The owners of partitions, each a process with a network and a memory of its own, that hang, die and come back: the
// real machines of the producers and the sagas over a simulated world.
#pragma once

#include "events/record.hpp"
#include "producers/runtime/partition.hpp"
#include "sagas/runtime/inbox.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::simulation {

using events::Record;

/// What the process of one owner has under way: appends on the network, and what it will hear next.
class Wire {
public:
    explicit Wire(World& world) : world_(world) {}

    void send(Record record, std::function<void(bool, std::int64_t)> done)
    {
        unsent_.push_back({std::move(record), std::move(done)});
    }
    void later(std::function<void()> what) { heard_.push_back(std::move(what)); }
    [[nodiscard]] bool has_unsent() const { return !unsent_.empty(); }
    [[nodiscard]] bool has_heard() const { return !heard_.empty() || !acks_.empty(); }

    /// The network delivers the oldest append to some partition; its acknowledgement is on its way.
    void deliver_one()
    {
        const auto& any = unsent_[world_.below(unsent_.size())].record;
        const auto oldest = std::find_if(unsent_.begin(), unsent_.end(), [&](const Unsent& candidate) {
            return candidate.record.topic == any.topic && candidate.record.partition == any.partition;
        });
        Unsent unsent = std::move(*oldest);
        unsent_.erase(oldest);
        const std::string topic = unsent.record.topic;
        const std::int64_t offset = world_.append(std::move(unsent.record));
        if (unsent.done) acks_[topic].push_back([done = std::move(unsent.done), offset] { done(true, offset); });
    }
    /// The oldest append fails: whether it is in the log, nobody knows.
    void fail_one()
    {
        Unsent unsent = std::move(unsent_.front());
        unsent_.pop_front();
        const std::string topic = unsent.record.topic;
        if (world_.chance(0.5)) world_.append(std::move(unsent.record));
        if (unsent.done) acks_[topic].push_back([done = std::move(unsent.done)] { done(false, -1); });
    }
    /// The owner hears one thing that has happened: acknowledgements of a topic in their order, the rest in its own.
    void hear_one()
    {
        if (!heard_.empty() && (acks_.empty() || world_.chance(0.5))) {
            const auto what = std::move(heard_.front());
            heard_.pop_front();
            return what();
        }
        auto topic = std::next(acks_.begin(), static_cast<std::ptrdiff_t>(world_.below(acks_.size())));
        const auto what = std::move(topic->second.front());
        topic->second.pop_front();
        if (topic->second.empty()) acks_.erase(topic);
        what();
    }
    /// Its owner is dead. What it had sent may still arrive, a part of it or all.
    void orphan()
    {
        heard_.clear();
        acks_.clear();
        for (auto& unsent : unsent_) unsent.done = nullptr;
        if (!unsent_.empty() && world_.chance(0.5)) unsent_.resize(world_.below(unsent_.size() + 1));
    }

private:
    World& world_;
    std::deque<Unsent> unsent_;
    std::deque<std::function<void()>> heard_;
    std::map<std::string, std::deque<std::function<void()>>> acks_;
};

/// What every kind of owner can be asked by the scheduler.
class Owner {
public:
    explicit Owner(World& the_world) : world(the_world), wire(the_world) {}
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    virtual ~Owner() = default;

    virtual void step() = 0;
    virtual void tick() = 0;
    [[nodiscard]] virtual bool idle() = 0;
    [[nodiscard]] virtual Place source() const = 0;

    World& world;
    Wire wire;
    bool alive = true;
};

template <class Cursor>
bool readable(World& world, const Place& place, const Cursor& cursor)
{
    return cursor && *cursor < static_cast<std::int64_t>(world.log(place).size());
}

class ProducerOwner final : public Owner, producers::PartitionPorts {
public:
    ProducerOwner(World& the_world, const producers::Context& context, std::int32_t number,
                  const std::vector<producers::Forward>& forwards)
        : Owner(the_world),
          space_("producers/" + std::string(context.name())),
          commands_{std::string(context.name()) + ".commands", number},
          events_{std::string(context.name()) + ".events", number},
          partition_(context, number, forwards, limits(), memory_, *this)
    {
        memory_.limit = 4'000;  // A few aggregates: the rest has to come from the snapshots.
        partition_.take_over();
    }

    void step() override
    {
        const bool hears = wire.has_heard();
        const bool reads_event = readable(world, events_, event_cursor_);
        const bool reads_command = readable(world, commands_, command_cursor_);
        if (hears && (!(reads_event || reads_command) || world.chance(0.6))) return wire.hear_one();
        if (reads_event) return partition_.on_event(world.log(events_)[static_cast<std::size_t>((*event_cursor_)++)]);
        if (reads_command) {
            return partition_.on_command(world.log(commands_)[static_cast<std::size_t>((*command_cursor_)++)]);
        }
        tick();
    }
    void tick() override { partition_.tick(); }
    bool idle() override
    {
        return !wire.has_unsent() && !wire.has_heard() && !readable(world, events_, event_cursor_) &&
               !readable(world, commands_, command_cursor_) &&
               partition_.phase() == producers::Partition::Phase::running && partition_.settled();
    }
    Place source() const override { return commands_; }

private:
    static producers::PartitionLimits limits()
    {
        producers::PartitionLimits small;
        small.window = 4'096;
        small.flush_after_events = 12;
        small.flush_interval = std::chrono::milliseconds{400};
        small.in_flight = 6;
        small.load_batch = 3;
        return small;
    }

    events::Uuid draw_uuid() override { return world.draw_uuid(); }
    events::Timestamp now() override { return world.now; }
    void append(std::uint64_t epoch, const Record& record) override
    {
        wire.send(record,
                  [this, epoch](bool ok, std::int64_t offset) { partition_.on_appended(epoch, ok ? offset : -1); });
    }
    void answer(std::uint64_t epoch, std::int64_t command_offset, const Record& answer) override
    {
        Record record = answer;
        if (record.partition < 0) record.partition = World::partition_of(record);
        wire.send(std::move(record), [this, epoch, command_offset](bool ok, std::int64_t) {
            partition_.on_answered(epoch, command_offset, ok);
        });
    }
    void read_snapshot(std::uint64_t epoch) override
    {
        wire.later([this, epoch] { partition_.on_snapshot(epoch, world.store.snapshot(space_, partition_.number())); });
        wire.later([this, epoch] {
            std::vector<std::uint64_t> known;
            world.store.each_key(space_, partition_.number(),
                                 [&](std::string_view key) { known.push_back(state::fingerprint_of(key)); });
            partition_.on_known_keys(epoch, known);
        });
    }
    void load(std::uint64_t epoch, std::vector<std::string> keys) override
    {
        wire.later([this, epoch, keys] {
            partition_.on_loaded(epoch, keys, world.store.load(space_, partition_.number(), keys));
        });
    }
    void write(std::uint64_t epoch, state::Flush flush) override
    {
        wire.later([this, epoch, flush = std::move(flush)] {
            world.store.write(space_, partition_.number(), flush);
            wire.later([this, epoch] { partition_.on_written(epoch); });
        });
    }
    void read_events(std::int64_t offset) override { event_cursor_ = offset; }
    void stop_events() override { event_cursor_.reset(); }
    void read_commands(std::int64_t offset) override { command_cursor_ = offset; }
    void stop_commands() override { command_cursor_.reset(); }
    void fetch_outcome(std::uint64_t epoch, std::int64_t offset) override
    {
        wire.later([this, epoch, offset] {
            partition_.on_outcome(epoch, offset, world.log(events_)[static_cast<std::size_t>(offset)]);
        });
    }

    const std::string space_;
    const Place commands_;
    const Place events_;
    std::optional<std::int64_t> event_cursor_;
    std::optional<std::int64_t> command_cursor_;
    state::MemoryBudget memory_;
    producers::Partition partition_;
};

class SagaOwner final : public Owner, sagas::InboxPorts {
public:
    SagaOwner(World& the_world, const sagas::Process& process, std::int32_t number)
        : Owner(the_world),
          space_("sagas/" + std::string(process.name())),
          source_{std::string(process.name()) + ".inbox", number},
          inbox_(process, number, limits(), memory_, *this)
    {
        memory_.limit = 6'000;
        inbox_.take_over();
    }

    void step() override
    {
        if (wire.has_heard() && (!readable(world, source_, cursor_) || world.chance(0.6))) return wire.hear_one();
        if (readable(world, source_, cursor_)) {
            return inbox_.on_input(world.log(source_)[static_cast<std::size_t>((*cursor_)++)]);
        }
        tick();
    }
    void tick() override { inbox_.tick(); }
    bool idle() override
    {
        return !wire.has_unsent() && !wire.has_heard() && !readable(world, source_, cursor_) &&
               inbox_.phase() == sagas::Inbox::Phase::running && inbox_.settled();
    }
    Place source() const override { return source_; }

private:
    static sagas::InboxLimits limits()
    {
        sagas::InboxLimits small;
        small.flush_after_inputs = 8;
        small.flush_interval = std::chrono::milliseconds{300};
        small.unsent = 6;
        small.load_batch = 3;
        return small;
    }

    events::Timestamp now() override { return world.now; }
    void send(std::uint64_t epoch, std::int64_t input_offset, const Record& command) override
    {
        Record record = command;
        record.partition = World::partition_of(record);
        wire.send(std::move(record),
                  [this, epoch, input_offset](bool ok, std::int64_t) { inbox_.on_sent(epoch, input_offset, ok); });
    }
    void ask(std::uint64_t epoch, std::int64_t input_offset, const sagas::Errand& errand) override
    {
        wire.later([this, epoch, input_offset, errand] {
            world.tasks.push_back(errand);
            wire.later([this, epoch, input_offset] { inbox_.on_sent(epoch, input_offset, true); });
        });
    }
    void read_snapshot(std::uint64_t epoch) override
    {
        wire.later([this, epoch] { inbox_.on_snapshot(epoch, world.store.snapshot(space_, inbox_.number())); });
        wire.later([this, epoch] {
            std::vector<std::uint64_t> known;
            world.store.each_key(space_, inbox_.number(),
                                 [&](std::string_view key) { known.push_back(state::fingerprint_of(key)); });
            inbox_.on_known_keys(epoch, known);
        });
    }
    void load(std::uint64_t epoch, std::vector<std::string> keys) override
    {
        wire.later(
            [this, epoch, keys] { inbox_.on_loaded(epoch, keys, world.store.load(space_, inbox_.number(), keys)); });
    }
    void write(std::uint64_t epoch, state::Flush flush) override
    {
        wire.later([this, epoch, flush = std::move(flush)] {
            world.store.write(space_, inbox_.number(), flush);
            wire.later([this, epoch] { inbox_.on_written(epoch); });
        });
    }
    void read_inputs(std::int64_t offset) override { cursor_ = offset; }
    void stop_inputs() override { cursor_.reset(); }

    const std::string space_;
    const Place source_;
    std::optional<std::int64_t> cursor_;
    state::MemoryBudget memory_;
    sagas::Inbox inbox_;
};

}  // namespace jangteo::simulation
