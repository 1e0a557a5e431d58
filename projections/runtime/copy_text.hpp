// Rows in the text form of PostgreSQL's COPY, from their images. (libpqxx knows no other; the binary form would take a
// tenth less: docs/decisions/0016.)
#pragma once

#include "projections/runtime/table.hpp"

#include <string>

namespace jangteo::projections {

/// One line for each row, columns in the order of the table's definition. What PostgreSQL cannot hold (a NUL character
/// in a text) it refuses itself.
void append_copy_lines(std::string& to, const TableDefinition& table, const RowImages& rows);

}  // namespace jangteo::projections
