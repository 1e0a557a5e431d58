// The first phase: partitions from event zero into bare tables, some at a time.
#pragma once

#include "projections/rebuild/bound.hpp"
#include "projections/rebuild/tables.hpp"
#include "projections/rebuild/telling.hpp"

#include <atomic>
#include <mutex>
#include <vector>

namespace jangteo::projections::rebuild {

class Filling {
public:
    Filling(const Settings& settings, const Building& building, Telling& telling)
        : settings_(settings), building_(building), telling_(telling)
    {}

    /// Every partition of which nothing is contained yet, each in one transaction: folded in memory, copied. One that
    /// would take more memory than it may ends early. A bound by time comes out as the offset it was.
    /// Returns how many records have been read. Throws the first trouble of any thread.
    std::int64_t fill(Bounds& bounds);

private:
    void work(const std::vector<Bounds::value_type*>& places);
    void fill(postgres::Session& session, const Place& place, Bound& bound);

    const Settings& settings_;
    const Building& building_;
    Telling& telling_;
    std::atomic<std::size_t> next_{0};
    std::atomic<std::int64_t> read_{0};
    std::atomic<bool> failed_{false};
};

}  // namespace jangteo::projections::rebuild
