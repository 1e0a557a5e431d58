// The tables of the write side, by ordered migrations: `migrations/NNNN_name.sql`, part of the program. (Each read model
// has its tables from its own definition.)
#pragma once

#include "infra/postgres/session.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::postgres {

struct Migration {
    int number = 0;
    std::string_view name;      ///< `0001_write_side`
    std::string_view checksum;  ///< SHA-256 of the text.
    std::string_view sql;
};

/// A migration that has been applied is not what this program knows under its number.
class MigrationError : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// All of them, in order.
const std::vector<Migration>& migrations();

/// Applies what is missing, all of it or nothing, one process at a time; returns how many that were. A database with
/// later migrations is fine: during a rolling upgrade the older program still runs. Throws `MigrationError`,
/// `Unavailable` and `StatementError`.
int migrate(Session& session, const std::vector<Migration>& wanted = migrations());

}  // namespace jangteo::postgres
