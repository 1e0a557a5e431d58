// State written behind: snapshots of aggregates and of saga instances, with the point in the log up to which they hold.
// The log is the truth; all of this can be thrown away and is then rebuilt from it (design §2.7).
#pragma once

#include "events/ids.hpp"
#include "events/time.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::state {

/// The state of one aggregate as of one of its events: whole, or a layer with what has changed since the rows below it.
/// Layers spare a large aggregate from being written whole for each small change; the next whole one covers them.
struct StateRow {
    std::string key;          ///< The aggregate's id.
    std::int64_t offset = 0;  ///< The last event of the aggregate that this state contains.
    bool whole = true;
    std::string state;  ///< JSON.
};

/// How far the snapshots of one partition reach.
struct Watermark {
    std::int64_t next_offset = 0;  ///< The first log offset that the snapshots do not contain.
    events::Uuid writer{};         ///< The readers' rule at that point: these three.
    std::int64_t command_offset = -1;
    std::int64_t sequence = 0;
    std::int64_t answered_below = 0;
};

/// Something that a saga wants to hear at a certain time. The scheduler turns it into an inbox message when due.
struct TimerRow {
    events::Uuid id{};  ///< Derived from what asked for it: written twice, it is one timer.
    std::string saga;
    events::Uuid correlation_id{};
    std::string name;
    std::string token;  ///< Comes back with the firing, so that a stale one can be told.
    events::Timestamp due_at{};
};

/// A saga instance that waits for an answer or for an operator.
struct WaitingRow {
    std::string saga;
    std::string key;
    std::string phase;
    events::Timestamp since{};
    std::int64_t steps = 0;  ///< Answers that have not come.
    std::string waits_for;   ///< The first of them.
    std::int64_t parked = 0;
    std::string parked_because;
};

struct Flush {
    std::vector<StateRow> rows;  ///< One for each aggregate that has changed.
    Watermark watermark;
    std::string outcomes;  ///< Binary piece of the window of outcomes, for [first_offset, next_offset).
    std::int64_t outcomes_first_offset = 0;
    std::int64_t keep_outcomes_from = 0;         ///< Pieces that end at or below this offset may be deleted.
    std::vector<TimerRow> timers;                ///< Written in the same transaction (sagas only), as these two:
    std::vector<WaitingRow> waiting;             ///< Who waits,
    std::vector<std::string> no_longer_waiting;  ///< and who has stopped waiting.
};

/// How far a partition's snapshots reach, and the window of outcomes at that point.
struct Snapshot {
    std::optional<Watermark> watermark;  ///< Empty: nothing has been written yet.
    std::vector<std::string> outcomes;   ///< Pieces, oldest first.
};

/// A space is one kind of state, for instance `producers/inventory`. Calls block and throw `Unavailable` when the
/// store cannot be reached; each is one transaction.
class StateStore {
public:
    StateStore() = default;
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;
    virtual ~StateStore() = default;

    /// Empty: nothing has been written yet.
    virtual std::optional<Watermark> watermark(const std::string& space, std::int32_t partition) = 0;
    /// Pieces of the window of outcomes, oldest first.
    virtual std::vector<std::string> outcomes(const std::string& space, std::int32_t partition) = 0;
    Snapshot snapshot(const std::string& space, std::int32_t partition)
    {
        return {watermark(space, partition), outcomes(space, partition)};
    }
    /// The rows of the aggregates named, each aggregate's in the order in which they lie over one another, the whole one
    /// first; an aggregate without a row has no snapshot.
    virtual std::vector<StateRow> load(const std::string& space, std::int32_t partition,
                                       const std::vector<std::string>& keys) = 0;
    /// Every aggregate that has a snapshot, in no order.
    virtual void each_key(const std::string& space, std::int32_t partition,
                          const std::function<void(std::string_view)>& see) = 0;
    /// Writes only forward: nothing at all for a watermark that is not beyond the stored one, and no state over one of
    /// a higher offset, so what a paused and resumed former owner writes late changes nothing.
    virtual void write(const std::string& space, std::int32_t partition, const Flush& flush) = 0;
};

/// What a machine without I/O asks of its store and its clock. Calls return at once; the result comes back through the
/// machine's `on_…`, with the `epoch` of the take-over that asked, so that what comes late can be told and dropped.
class StorePorts {
public:
    StorePorts() = default;
    StorePorts(const StorePorts&) = delete;
    StorePorts& operator=(const StorePorts&) = delete;
    virtual ~StorePorts() = default;

    virtual events::Timestamp now() = 0;
    /// → on_snapshot, and some time later on_known_keys.
    virtual void read_snapshot(std::uint64_t epoch) = 0;
    /// → on_loaded
    virtual void load(std::uint64_t epoch, std::vector<std::string> keys) = 0;
    /// → on_written
    virtual void write(std::uint64_t epoch, Flush flush) = 0;
};

}  // namespace jangteo::state
