#include "projections/rebuild/comparing.hpp"

namespace jangteo::projections::rebuild {

namespace {

/// Longer than both sides are looked at.
constexpr std::chrono::hours margin{1};

}  // namespace

Digests digests(postgres::Transaction& transaction, const ReadModel& model, const TableSet& set, events::Timestamp now)
{
    Digests found;
    for (const auto& table : model.tables()) {
        std::string sql = "SELECT count(*), coalesce(sum(hash_record_extended(t, 0)), 0)::text FROM " +
                          quoted(set.schema) + "." + quoted(table.name) + " t";
        std::vector<postgres::Parameter> parameters;
        if (table.retention) {
            sql += " WHERE " + quoted(table.columns[table.retention->column].name) + " > $1";
            parameters.emplace_back(now - table.retention->kept + margin);
        }
        const auto rows = transaction.run(sql, parameters);
        found[std::string(table.name)] = {rows.integer(0, 0), std::string(rows.text(0, 1))};
    }
    return found;
}

std::vector<std::string> differences(const Digests& live, const Digests& built)
{
    std::vector<std::string> found;
    for (const auto& [table, digest] : built) {
        const auto& other = live.at(table);
        if (other == digest) continue;
        if (other.rows != digest.rows) {
            found.push_back(table + " has " + std::to_string(digest.rows) + " rows, and " + std::to_string(other.rows) +
                            " in the live tables");
        } else {
            found.push_back(table + " has " + std::to_string(digest.rows) +
                            " rows as in the live tables, but not the same ones");
        }
    }
    return found;
}

}  // namespace jangteo::projections::rebuild
