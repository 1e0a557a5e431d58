// A file of one table that is being written. What the formats have in common.
#pragma once

#include "ops/export/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace jangteo::ops::exporting {

enum class Format { parquet, ndjson, csv };

std::string_view name_of(Format format);  ///< Also how the names of its files end.
std::optional<Format> format_of(std::string_view name);

/// Everything that writes throws std::system_error.
class TableFile {
public:
    TableFile() = default;
    TableFile(const TableFile&) = delete;
    TableFile& operator=(const TableFile&) = delete;
    virtual ~TableFile() = default;

    /// Throws NotOfItsSchema.
    virtual void add(const events::Record& record) = 0;
    /// Bytes of rows that wait in memory.
    [[nodiscard]] virtual std::size_t held() const = 0;
    /// Gives them to the file.
    virtual void let_go() = 0;
    /// The whole file is on the disk. Returns its size in bytes.
    virtual std::int64_t finish() = 0;
};

/// `table` has to outlive the file.
std::unique_ptr<TableFile> make_file(Format format, const Table& table, const std::filesystem::path& path);

}  // namespace jangteo::ops::exporting
