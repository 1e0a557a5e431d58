// What happens after the first phase: the built tables are complete, and events come batch by batch, as to the live
// runner; but never further than they are told to, so that the tables can be compared with others.
#pragma once

#include "infra/kafka/partition_reader.hpp"
#include "projections/rebuild/bound.hpp"
#include "projections/rebuild/tables.hpp"
#include "projections/rebuild/telling.hpp"

#include <deque>
#include <vector>

namespace jangteo::projections::rebuild {

/// What is missing does not come in time.
class TooFar : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Following {
public:
    Following(const Settings& settings, const Building& building, std::vector<Place> places, Telling& telling);

    /// Applies everything within the bounds. Returns how many records that were.
    std::int64_t follow(Bounds& bounds);
    /// Applies everything within the bounds in the caller's transaction: the last few. Throws TooFar. Afterwards call
    /// `begin_anew`, whatever became of the transaction.
    Batch follow_within(postgres::Transaction& transaction, Bounds& bounds);
    /// Forgets all that is not in PostgreSQL.
    void begin_anew();

    [[nodiscard]] bool reached(const Bounds& bounds) const;
    /// Records that are still to be read.
    [[nodiscard]] std::int64_t missing(const Bounds& bounds) const;

private:
    void open();
    std::vector<events::Record> read(Bounds& bounds, std::chrono::milliseconds wait, std::size_t most);
    std::int64_t apply(const std::vector<events::Record>& records);
    void refuse(const std::vector<events::Record>& records, const std::string& reason);
    std::map<Place, Progress> progress_of(const std::vector<events::Record>& records) const;
    void fail_when_stopped() const;

    const Building& building_;
    const std::vector<Place> places_;
    Telling& telling_;
    postgres::Session session_;
    PostgresStore store_;
    Projector projector_;
    kafka::PartitionReader reader_;
    bool opened_ = false;
    std::size_t most_records_;
    std::map<Place, std::deque<events::Record>> ahead_;  ///< Read, but beyond the bounds at that time.
};

}  // namespace jangteo::projections::rebuild
