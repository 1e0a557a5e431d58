#include "infra/postgres/migrations.hpp"

#include <map>

namespace jangteo::postgres {

namespace {

/// Any number will do, as long as it stays: it keeps two processes from migrating at once.
constexpr std::int64_t migration_lock = 0x6a616e6774656f;

std::string title(const Migration& migration)
{
    return "migration " + std::string(migration.name);
}

}  // namespace

int migrate(Session& session, const std::vector<Migration>& wanted)
{
    return session.transact([&](Transaction& transaction) {
        // Held to the end of the transaction. A lock of the session would be lost with a connection, unnoticed.
        transaction.run("SELECT pg_advisory_xact_lock($1)", {migration_lock});
        transaction.execute(
            "CREATE SCHEMA IF NOT EXISTS migrations;"
            "CREATE TABLE IF NOT EXISTS migrations.applied ("
            " number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())");
        std::map<int, std::pair<std::string, std::string>> applied;
        const Rows rows = transaction.run("SELECT number, name, checksum FROM migrations.applied");
        for (std::size_t i = 0; i < rows.size(); ++i) {
            applied[static_cast<int>(rows.integer(i, 0))] = {std::string(rows.text(i, 1)),
                                                             std::string(rows.text(i, 2))};
        }

        int count = 0;
        int last = 0;
        for (const auto& migration : wanted) {
            if (migration.number <= last) throw MigrationError(title(migration) + " is out of order");
            last = migration.number;
            if (const auto found = applied.find(migration.number); found != applied.end()) {
                if (found->second.second == migration.checksum) continue;
                throw MigrationError(title(migration) + " has been changed after it was applied (as " +
                                     found->second.first + "): put it back and write a new one");
            }
            if (!applied.empty() && migration.number < applied.rbegin()->first) {
                throw MigrationError(title(migration) + " comes before " + applied.rbegin()->second.first +
                                     ", which has been applied: give it a higher number");
            }
            transaction.execute(migration.sql);
            transaction.run("INSERT INTO migrations.applied (number, name, checksum) VALUES ($1, $2, $3)",
                            {migration.number, migration.name, migration.checksum});
            ++count;
        }
        return count;
    });
}

}  // namespace jangteo::postgres
