// Rows, progress and parked events in memory: what PostgreSQL is to the live runner, for tests and the simulation.
#pragma once

#include "projections/runtime/projector.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::projections {

class MemoryStore final : public RowSource {
public:
    void load(const TableDefinition& table, const RowImages& keys,
              const std::function<void(std::string_view image)>& see) override;

    /// All of the batch or nothing. False: somebody else has moved on from where the batch began.
    /// Throws std::logic_error when a row of an appended table is written twice.
    bool commit(const Batch& batch);

    [[nodiscard]] Progress progress(const Place& place) const;
    [[nodiscard]] std::unordered_set<std::string> parked_aggregates(const Place& place) const;
    [[nodiscard]] const std::vector<Parked>& parked() const { return parked_; }
    /// Rows by key, as images; equal tables have equal images.
    using Rows = std::map<std::string, std::string, std::less<>>;
    [[nodiscard]] const std::map<std::string, Rows, std::less<>>& tables() const { return tables_; }
    [[nodiscard]] std::size_t rows(std::string_view table) const;

private:
    std::map<std::string, Rows, std::less<>> tables_;
    std::map<Place, Progress> progress_;
    std::vector<Parked> parked_;
};

}  // namespace jangteo::projections
