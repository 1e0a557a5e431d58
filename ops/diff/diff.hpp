// `jangteo diff`: two sets of a read model's tables, for instance read_orders and read_orders_previous, row by row.
#pragma once

#include "infra/postgres/session.hpp"

#include <cstddef>
#include <ostream>
#include <stdexcept>
#include <string>

namespace jangteo::ops::diff {

struct Settings {
    postgres::Settings postgres;
    std::string one;  ///< Schemas.
    std::string other;
    std::size_t shown = 5;  ///< Rows that differ, of each table.
};

/// There are no such tables.
class Unknown : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Writes what differs; true when nothing does. As of one moment, and nobody waits for it. Throws Unknown,
/// postgres::Unavailable and postgres::StatementError.
bool run(const Settings& settings, std::ostream& out);

}  // namespace jangteo::ops::diff
