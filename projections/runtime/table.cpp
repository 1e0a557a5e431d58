#include "projections/runtime/table.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace jangteo::projections {

namespace {

std::uint32_t big_endian(std::string_view bytes)
{
    std::uint32_t number = 0;
    for (const char byte : bytes.substr(0, 4)) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
}

std::string qualified(const TableDefinition& table, std::string_view schema)
{
    return quoted(schema) + "." + quoted(table.name);
}

/// `$1::uuid[], $2::text[]`
std::string array_parameters(const TableDefinition& table, const std::vector<std::size_t>& columns)
{
    std::string text;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i != 0) text += ", ";
        text += "$" + std::to_string(i + 1) + "::" + std::string(table.columns[columns[i]].type.sql) + "[]";
    }
    return text;
}

std::string columns_of(const TableDefinition& table)
{
    std::string text;
    for (const auto& column : table.columns) {
        if (!text.empty()) text += ", ";
        text += quoted(column.name) + " " + std::string(column.type.sql) + (column.optional ? "" : " NOT NULL");
    }
    return text;
}

/// Room on each page lets a changed row stay on it, so that no index has to hear of the change.
std::string storage_of(const TableDefinition& table)
{
    return table.writing == Writing::upsert ? " WITH (fillfactor = 85)" : "";
}

std::string index_statements(const TableDefinition& table, std::string_view schema)
{
    std::string text;
    for (const auto& index : table.indexes) {
        text += "CREATE INDEX ON " + qualified(table, schema) + " (" + column_list(table, index) + ")";
        const auto& first = table.columns[index.front()];
        if (first.optional) text += " WHERE " + quoted(first.name) + " IS NOT NULL";
        text += ";\n";
    }
    return text;
}

}  // namespace

std::optional<std::string_view> next_value(std::string_view& image)
{
    if (image.size() < 4) throw std::runtime_error("a row image ends within a length");
    const auto length = static_cast<std::int32_t>(big_endian(image));
    image.remove_prefix(4);
    if (length < 0) return std::nullopt;
    if (image.size() < static_cast<std::size_t>(length)) throw std::runtime_error("a row image ends within a value");
    const auto value = image.substr(0, static_cast<std::size_t>(length));
    image.remove_prefix(value.size());
    return value;
}

std::string_view next_row(std::string_view& images, std::size_t columns)
{
    const auto start = images;
    for (std::size_t i = 0; i < columns; ++i) next_value(images);
    return start.substr(0, start.size() - images.size());
}

void append_big_endian(std::string& to, std::uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift & 0xff);
}

std::string quoted(std::string_view name)
{
    assert(name.find('"') == std::string_view::npos);
    return "\"" + std::string(name) + "\"";
}

std::string column_list(const TableDefinition& table, const std::vector<std::size_t>& columns, std::string_view prefix)
{
    std::string text;
    for (const auto column : columns) {
        if (!text.empty()) text += ", ";
        text += std::string(prefix) + quoted(table.columns[column].name);
    }
    return text;
}

std::vector<std::size_t> all_columns(const TableDefinition& table)
{
    std::vector<std::size_t> columns(table.columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = i;
    return columns;
}

std::string create_statements(const TableDefinition& table, std::string_view schema)
{
    return "CREATE TABLE " + qualified(table, schema) + " (" + columns_of(table) + ", PRIMARY KEY (" +
           column_list(table, table.key) + "))" + storage_of(table) + ";\n" + index_statements(table, schema);
}

std::string bare_table_statement(const TableDefinition& table, std::string_view schema)
{
    // The place of a row in the table does not tell when it came: two sessions that fill it use free space as they find it.
    const std::string arrival = table.writing == Writing::keep_first ? ", \"arrival\" bigserial" : "";
    return "CREATE TABLE " + qualified(table, schema) + " (" + columns_of(table) + arrival + ")" + storage_of(table) +
           ";\n";
}

std::string completing_statements(const TableDefinition& table, std::string_view schema)
{
    const auto name = qualified(table, schema);
    std::string text;
    if (table.writing == Writing::keep_first) {
        // Bare, the table took every row; of each key the first counts.
        text += "DELETE FROM " + name +
                " WHERE ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER (PARTITION BY " +
                column_list(table, table.key) + " ORDER BY \"arrival\") AS place FROM " + name +
                ") AS numbered WHERE place > 1);\nALTER TABLE " + name + " DROP COLUMN \"arrival\";\n";
    }
    text += "ALTER TABLE " + name + " ADD PRIMARY KEY (" + column_list(table, table.key) + ");\n";
    // A table without statistics would be read by bad plans from its first query on.
    return text + index_statements(table, schema) + "ANALYZE " + name + ";\n";
}

std::string write_statement(const TableDefinition& table, std::string_view schema)
{
    const auto columns = all_columns(table);
    std::string text = "INSERT INTO " + qualified(table, schema) + " (" + column_list(table, columns) +
                       ") SELECT * FROM unnest(" + array_parameters(table, columns) + ")";
    if (table.writing == Writing::keep_first) text += " ON CONFLICT DO NOTHING";
    if (table.writing == Writing::upsert) {
        text += " ON CONFLICT (" + column_list(table, table.key) + ") DO UPDATE SET ";
        bool first = true;
        for (const auto column : columns) {
            if (std::find(table.key.begin(), table.key.end(), column) != table.key.end()) continue;
            if (!first) text += ", ";
            first = false;
            const auto name = quoted(table.columns[column].name);
            text += name + " = excluded." + name;
        }
    }
    return text;
}

std::string load_statement(const TableDefinition& table, std::string_view schema)
{
    const auto where = table.key.size() == 1
                           ? column_list(table, table.key, "t.") + " = ANY(" + array_parameters(table, table.key) + ")"
                           : "(" + column_list(table, table.key, "t.") + ") IN (SELECT * FROM unnest(" +
                                 array_parameters(table, table.key) + "))";
    return "SELECT record_send(ROW(" + column_list(table, all_columns(table), "t.") + ")) FROM " +
           qualified(table, schema) + " t WHERE " + where;
}

std::string delete_old_statement(const TableDefinition& table, std::string_view schema)
{
    assert(table.retention);
    const auto name = qualified(table, schema);
    return "DELETE FROM " + name + " WHERE ctid IN (SELECT ctid FROM " + name + " WHERE " +
           quoted(table.columns[table.retention->column].name) + " < now() - interval '" +
           std::to_string(table.retention->kept.count()) + " hours' LIMIT $1)";
}

}  // namespace jangteo::projections
