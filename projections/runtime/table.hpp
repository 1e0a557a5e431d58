// A table as its row's definition says: columns, key, indexes, and from these the statements that make it. The
// definition is made by runtime/defined.hpp; nobody writes columns down a second time.
#pragma once

#include "projections/runtime/rows.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::projections {

struct ColumnType {
    std::string_view sql;
    std::uint32_t oid;  ///< PostgreSQL's number of the type, for arrays in its binary form.
};

struct Column {
    std::string_view name;
    ColumnType type;
    bool optional = false;
};

struct Retention {
    std::size_t column;
    std::chrono::hours kept;
};

struct TableDefinition {
    std::string_view name;
    Writing writing;
    std::vector<Column> columns;
    std::vector<std::size_t> key;                   ///< Indexes of columns.
    std::vector<std::vector<std::size_t>> indexes;  ///< Of columns, too.
    std::optional<Retention> retention;
};

/// Rows in PostgreSQL's binary form, one after the other: for each column its length in four bytes (-1: null) and its
/// bytes. COPY takes this form, and arrays for UNNEST are cut from it.
struct RowImages {
    std::string bytes;
    std::size_t count = 0;
};

/// Takes the next value off an image; empty for null.
std::optional<std::string_view> next_value(std::string_view& image);
/// Takes the next row of so many columns off some images.
std::string_view next_row(std::string_view& images, std::size_t columns);
void append_big_endian(std::string& to, std::uint32_t number);

std::string quoted(std::string_view name);
/// `"a","b"`
std::string column_list(const TableDefinition& table, const std::vector<std::size_t>& columns,
                        std::string_view prefix = {});
std::vector<std::size_t> all_columns(const TableDefinition& table);

/// CREATE TABLE and its indexes, in a schema that exists.
std::string create_statements(const TableDefinition& table, std::string_view schema);
/// The table without key and indexes. Filled like this and completed afterwards it costs half the time.
std::string bare_table_statement(const TableDefinition& table, std::string_view schema);
/// What makes a table that was filled bare the one that `create_statements` makes, statistics included.
std::string completing_statements(const TableDefinition& table, std::string_view schema);
/// One statement that writes many rows: parameter n is an array of column n's values.
std::string write_statement(const TableDefinition& table, std::string_view schema);
/// One statement that reads rows by key: parameter n is an array of key column n's values. Answers one column: a record
/// in PostgreSQL's binary form.
std::string load_statement(const TableDefinition& table, std::string_view schema);
/// Deletes up to $1 rows whose time is over; only for a table with a retention.
std::string delete_old_statement(const TableDefinition& table, std::string_view schema);

}  // namespace jangteo::projections
