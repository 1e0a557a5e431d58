// One read model and the partitions that one owner folds into it: which records count, which rows they change, and what
// is parked. No PostgreSQL and no Kafka in here: the live runner, a rebuild and the simulation are three drivers of it.
//
//     projector.open(place, progress, parked);          // as stored
//     const auto batch = projector.fold(records, rows); // nothing is final yet
//     … write batch.tables, batch.parked and batch.moved together, provided that every batch.moved.before still holds …
//     projector.settle(batch);                          // or projector.forget() when that failed
#pragma once

#include "events/readers_rule.hpp"
#include "projections/runtime/read_model.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

namespace jangteo::projections {

/// A partition of a context's events.
struct Place {
    std::string context;
    std::int32_t partition = 0;

    friend auto operator<=>(const Place&, const Place&) = default;
};

/// How far a read model is in one partition; stored with its rows.
struct Progress {
    std::int64_t next_offset = 0;  ///< The first record that it does not contain.
    events::Uuid writer{};         ///< The readers' rule at that point: these three.
    std::int64_t command_offset = -1;
    std::int64_t sequence = 0;
    std::int64_t aggregates = 0;     ///< How many it has seen, for the limit of parked ones.
    std::int64_t interventions = 0;  ///< How often an operator has changed rows beside the owner (runtime/unpark.hpp).

    friend bool operator==(const Progress&, const Progress&) = default;
};

/// An event that waits: it could not be applied, or an earlier one of its aggregate could not.
struct Parked {
    Place place;
    std::int64_t offset = 0;
    std::string aggregate;
    std::string reason;
    events::Timestamp time{};  ///< The event's.
    bool first = false;        ///< The one that could not be applied; the others wait behind it.
};

struct Batch {
    struct Moved {
        Place place;
        Progress before;
        Progress after;
    };

    std::vector<TableChanges> tables;
    std::vector<Parked> parked;
    std::vector<Moved> moved;
    std::size_t events = 0;  ///< Applied ones.
    std::size_t dead = 0;    ///< Skipped by the readers' rule; markers among them.

    [[nodiscard]] bool empty() const { return moved.empty(); }
    [[nodiscard]] std::size_t rows() const;
};

/// A record is missing between those that were read. Nothing is skipped: read again from `expected`.
class Gap : public std::runtime_error {
public:
    Gap(const Place& place, std::int64_t expected, std::int64_t found);
};

class Projector {
public:
    /// Past so many parked aggregates (a share of those seen, but at least so many) a partition stops: then it is not
    /// some aggregates that are wrong, it is the program.
    struct ParkingLimit {
        std::size_t at_least = 100;
        double share = 0.1;
    };

    Projector(const ReadModel& model, std::size_t rows_in_memory) : Projector(model, rows_in_memory, ParkingLimit{}) {}
    Projector(const ReadModel& model, std::size_t rows_in_memory, ParkingLimit limit);
    /// For partitions that are read from event zero: see ReadModel::gathering. `fold` needs no source then.
    struct Gathering {};
    Projector(const ReadModel& model, Gathering, ParkingLimit limit);

    void open(const Place& place, const Progress& progress, std::unordered_set<std::string> parked_aggregates);
    void close(const Place& place);
    void close_all();
    [[nodiscard]] bool opened(const Place& place) const { return partitions_.contains(place); }
    [[nodiscard]] const Progress& progress(const Place& place) const { return partitions_.at(place).progress; }
    [[nodiscard]] std::size_t parked_aggregates(const Place& place) const
    {
        return partitions_.at(place).parked.size();
    }
    /// Its records are left alone until an operator has looked at what is parked.
    [[nodiscard]] bool stopped(const Place& place) const;

    /// Folds records, per partition in offset order; those of partitions that are not open or stopped, and those that
    /// are already contained, are passed over. Rows that are not in memory come from `source`.
    /// Throws Gap and whatever the source throws; then it is as before, with no rows in memory. A batch that was folded
    /// and never settled is forgotten.
    Batch fold(std::span<const events::Record> records, RowSource& source);
    /// The batch has been written.
    void settle(const Batch& batch);
    /// See Folding::give_gathered.
    void give_gathered(const std::function<void(const TableChanges&)>& see) { folding_->give_gathered(see); }
    /// The batch has not been written, or perhaps not: open the partitions anew as they are stored.
    void forget();

    /// The store refuses what this record brings: it is parked with its aggregate when it comes again, which may be
    /// after the partition was closed and opened anew.
    void refuse(const Place& place, std::int64_t offset, std::string reason);

private:
    struct Partition {
        Progress progress;
        std::unordered_set<std::string> parked;
    };

    Projector(const ReadModel& model, std::unique_ptr<Folding> folding, ParkingLimit limit);
    Batch fold_staged(std::span<const events::Record> records, RowSource& source);

    ParkingLimit limit_;
    std::unique_ptr<Folding> folding_;
    bool settled_ = true;
    bool counts_rows_;  ///< New aggregates are new rows; without rows that change, every event may be of a new one.
    std::map<Place, Partition> partitions_;
    std::map<std::pair<Place, std::int64_t>, std::string> refused_;  ///< Outlives closing: the record comes again.
};

/// `inventory` → `inventory.events`
std::string events_topic(std::string_view context);
/// `inventory.events` → `inventory`; empty for another topic.
std::string_view context_of(std::string_view topic);

}  // namespace jangteo::projections
