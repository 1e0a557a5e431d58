// The single writer of one partition of one context: commands in, one outcome each, answers out (design §2). No I/O, no
// clock and no thread in here: what it wants done it asks of its ports, what has happened it is told. The same code runs
// over Kafka and PostgreSQL (runner.cpp) and over the simulated log of tests/simulation.
#pragma once

#include "events/readers_rule.hpp"
#include "events/record.hpp"
#include "infra/state/resident.hpp"
#include "infra/state/state_store.hpp"
#include "producers/runtime/context.hpp"
#include "producers/runtime/outcome_window.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::producers {

/// What a partition asks for beside its store; results come back through its `on_…` with the `epoch` that asked.
class PartitionPorts : public state::StorePorts {
public:
    virtual events::Uuid draw_uuid() = 0;
    /// Appends to the events partition, in the order of the calls → on_appended, in the same order.
    virtual void append(std::uint64_t epoch, const events::Record& record) = 0;
    /// Sends an answer → on_answered with the same `command_offset` once it is acknowledged.
    virtual void answer(std::uint64_t epoch, std::int64_t command_offset, const events::Record& record) = 0;
    /// → on_event for every record from `offset` on, until stop_events.
    virtual void read_events(std::int64_t offset) = 0;
    virtual void stop_events() = 0;
    /// → on_command for every record from `offset` on, until stop_commands.
    virtual void read_commands(std::int64_t offset) = 0;
    virtual void stop_commands() = 0;
    /// Reads one record of the events partition → on_outcome
    virtual void fetch_outcome(std::uint64_t epoch, std::int64_t offset) = 0;
};

/// An event that a saga wants to hear, beside whoever sent the command.
struct Forward {
    std::string event_type;
    std::string topic;                   ///< The saga's inbox, keyed by correlation id.
    bool takes_over_the_answer = false;  ///< The process answers the caller later; this event does not.
};

struct PartitionLimits {
    std::size_t window = OutcomeWindow::default_capacity;
    std::int64_t flush_after_events = 50'000;  ///< Bounds what a take-over has to replay.
    std::chrono::milliseconds flush_interval{5'000};
    std::size_t in_flight = 8'192;   ///< Outcomes appended and not yet acknowledged.
    std::size_t queue = 16'384;      ///< Records waiting inside; beyond, the partition is not hungry.
    std::size_t load_batch = 1'000;  ///< Cold aggregates per read.
};

struct PartitionCounters {
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t repeats = 0;
    std::uint64_t take_overs = 0;
    std::uint64_t replayed = 0;
    std::uint64_t dead_records = 0;
    std::uint64_t loaded = 0;
    std::uint64_t evicted = 0;
    std::uint64_t flushes = 0;
    std::uint64_t unanswerable = 0;  ///< Repeats whose first outcome is no longer known.
};

class Partition {
public:
    enum class Phase { idle, reading_snapshot, marking, replaying, running };

    Partition(const Context& context, std::int32_t partition, const std::vector<Forward>& forwards,
              const PartitionLimits& limits, state::MemoryBudget& memory, PartitionPorts& ports);
    Partition(const Partition&) = delete;
    Partition& operator=(const Partition&) = delete;
    ~Partition();

    /// Becomes the owner, from whatever state it is in: a fresh writer, a marker, the log up to it (design §2.4).
    void take_over();
    /// Lets go of everything and does nothing until the next take-over: something is wrong that trying again at once
    /// will not mend, for instance an event that this program does not know.
    void stall(const std::string& why);

    void on_snapshot(std::uint64_t epoch, const state::Snapshot& snapshot);
    /// Fingerprints (`state::fingerprint_of`) of all aggregates that have a snapshot.
    void on_known_keys(std::uint64_t epoch, const std::vector<std::uint64_t>& fingerprints);
    /// `offset` is -1 when the append failed or nobody can say where it landed.
    void on_appended(std::uint64_t epoch, std::int64_t offset);
    void on_answered(std::uint64_t epoch, std::int64_t command_offset, bool delivered);
    void on_event(events::Record record);
    void on_command(events::Record record);
    void on_loaded(std::uint64_t epoch, const std::vector<std::string>& keys, const std::vector<state::StateRow>& rows);
    void on_written(std::uint64_t epoch);
    void on_outcome(std::uint64_t epoch, std::int64_t offset, std::optional<events::Record> record);
    /// Call often: starts snapshots when they are due and gives memory back.
    void tick();

    /// May more records come?
    [[nodiscard]] bool hungry() const { return commands_.size() < limits_.queue && events_.size() < limits_.queue; }
    [[nodiscard]] Phase phase() const { return phase_; }
    [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
    [[nodiscard]] std::int32_t number() const { return partition_; }
    [[nodiscard]] const Context& context() const { return context_; }
    [[nodiscard]] const PartitionCounters& counters() const { return counters_; }
    [[nodiscard]] std::size_t aggregates() const { return aggregates_.size(); }
    [[nodiscard]] const std::string& last_trouble() const { return last_trouble_; }
    /// Nothing appended or to be answered is outstanding.
    [[nodiscard]] bool settled() const { return unacknowledged_.empty() && answers_.empty() && commands_.empty(); }

private:
    using Aggregates = state::Resident<std::unique_ptr<Aggregate>>;
    using Slot = Aggregates::Slot;

    /// Somebody who asked again for what is being appended or looked up.
    struct Repeat {
        std::int64_t command_offset;
        events::ReturnAddress reply_to;
        events::ReturnAddress settles;
        std::uint64_t fingerprint;
    };
    struct Unacknowledged {
        events::Record event;
        std::vector<Repeat> repeats;
    };
    /// A command whose answers are on their way; `outstanding` counts its append as one.
    struct Answers {
        std::int64_t command_offset;
        std::int32_t outstanding;
    };

    void start_over(const std::string& why);
    void append_marker();
    void pump();
    void pump_events();
    void pump_commands();
    void replay(const events::Record& event);
    void run();
    void decide(const events::Record& command, Slot& slot);
    void repeat(const events::Record& command, const OutcomeWindow::Entry& first);
    void answer_repeat(const Repeat& repeat, const events::Record& outcome);
    void send_answers(std::int64_t command_offset, const events::Record& event,
                      const std::vector<events::ReturnAddress>& to);
    [[nodiscard]] std::vector<events::ReturnAddress> destinations_of(const events::Record& event) const;
    [[nodiscard]] bool hands_over(const std::string& event_type, const std::string& topic = {}) const;
    void expect_answers(std::int64_t command_offset, std::int32_t outstanding);
    void answered(std::int64_t command_offset, std::int32_t count);
    [[nodiscard]] std::int64_t answered_below() const;

    Slot* resident(const std::string& key);
    Slot& insert(const std::string& key);
    void load_cold(const std::deque<events::Record>& waiting);
    void weigh(Slot& slot);
    void drop_state();
    void evict();
    void begin_flush();
    void try_flush();

    const Context& context_;
    const std::int32_t partition_;
    const std::vector<Forward>& forwards_;
    const PartitionLimits limits_;
    PartitionPorts& ports_;
    const std::string events_topic_;
    const std::string source_;

    Phase phase_ = Phase::idle;
    std::uint64_t epoch_ = 0;
    events::Uuid writer_{};
    std::int64_t sequence_ = 0;
    std::int64_t marker_offset_ = -1;
    std::int64_t next_append_ = -1;  ///< The offset that the next append must get.
    std::int64_t next_acknowledged_ = -1;
    std::int64_t last_command_ = -1;  ///< Offset of the last command decided.
    std::int64_t last_seen_command_ = -1;
    std::int64_t replayed_answered_below_ = 0;
    events::ReadersRule rule_;
    state::Watermark watermark_;
    OutcomeWindow window_;

    Aggregates aggregates_;
    bool loading_ = false;

    std::deque<events::Record> events_;  ///< Accepted, to be replayed.
    bool replay_complete_ = false;
    std::deque<events::Record> recent_;  ///< Replayed outcomes that may still have to be answered.
    std::deque<events::Record> commands_;
    std::deque<Unacknowledged> unacknowledged_;
    std::deque<Answers> answers_;
    boost::unordered_flat_map<std::int64_t, std::vector<Repeat>> fetching_;

    struct PendingFlush {
        state::Flush flush;
        std::int64_t last_command;
        bool written = false;  ///< Handed to the store.
    };
    std::optional<PendingFlush> flush_;
    events::Timestamp last_flush_{};
    PartitionCounters counters_;
    std::string last_trouble_;
};

}  // namespace jangteo::producers
