#include "ops/export/table_file.hpp"

#include "ops/export/parquet.hpp"
#include "ops/export/text_files.hpp"

namespace jangteo::ops::exporting {

std::string_view name_of(Format format)
{
    switch (format) {
        case Format::parquet: return "parquet";
        case Format::ndjson: return "ndjson";
        case Format::csv: return "csv";
    }
    return {};
}

std::optional<Format> format_of(std::string_view name)
{
    for (const auto format : {Format::parquet, Format::ndjson, Format::csv}) {
        if (name == name_of(format)) return format;
    }
    return std::nullopt;
}

std::unique_ptr<TableFile> make_file(Format format, const Table& table, const std::filesystem::path& path)
{
    switch (format) {
        case Format::parquet: return std::make_unique<ParquetFile>(table, path);
        case Format::ndjson: return std::make_unique<NdjsonFile>(path);
        case Format::csv: return std::make_unique<CsvFile>(table, path);
    }
    return nullptr;
}

}  // namespace jangteo::ops::exporting
