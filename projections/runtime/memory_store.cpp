#include "projections/runtime/memory_store.hpp"

#include <stdexcept>

namespace jangteo::projections {

namespace {

/// The key columns of a row's image.
std::string key_of(const TableDefinition& table, std::string_view row)
{
    std::vector<std::string_view> columns(table.columns.size());
    for (auto& column : columns) column = next_row(row, 1);
    std::string key;
    for (const auto column : table.key) key += columns[column];
    return key;
}

}  // namespace

void MemoryStore::load(const TableDefinition& table, const RowImages& keys,
                       const std::function<void(std::string_view image)>& see)
{
    const auto rows = tables_.find(table.name);
    if (rows == tables_.end()) return;
    std::string_view rest = keys.bytes;
    for (std::size_t i = 0; i < keys.count; ++i) {
        const auto found = rows->second.find(next_row(rest, table.key.size()));
        if (found != rows->second.end()) see(found->second);
    }
}

bool MemoryStore::commit(const Batch& batch)
{
    for (const auto& moved : batch.moved) {
        if (progress(moved.place) != moved.before) return false;
    }
    for (const auto& changes : batch.tables) {
        auto& rows = tables_[std::string(changes.table->name)];
        std::string_view rest = changes.rows.bytes;
        for (std::size_t i = 0; i < changes.rows.count; ++i) {
            const auto row = next_row(rest, changes.table->columns.size());
            const auto [place, added] = rows.try_emplace(key_of(*changes.table, row), row);
            if (added) continue;
            if (changes.table->writing == Writing::upsert) place->second = row;
            if (changes.table->writing == Writing::insert) {
                throw std::logic_error("a row of " + std::string(changes.table->name) + " is written twice");
            }
        }
    }
    for (const auto& moved : batch.moved) progress_[moved.place] = moved.after;
    parked_.insert(parked_.end(), batch.parked.begin(), batch.parked.end());
    return true;
}

Progress MemoryStore::progress(const Place& place) const
{
    const auto found = progress_.find(place);
    return found == progress_.end() ? Progress{} : found->second;
}

std::unordered_set<std::string> MemoryStore::parked_aggregates(const Place& place) const
{
    std::unordered_set<std::string> aggregates;
    for (const auto& parked : parked_) {
        if (parked.place == place) aggregates.insert(parked.aggregate);
    }
    return aggregates;
}

std::size_t MemoryStore::rows(std::string_view table) const
{
    const auto found = tables_.find(table);
    return found == tables_.end() ? 0 : found->second.size();
}

}  // namespace jangteo::projections
