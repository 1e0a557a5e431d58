// A Parquet file: typed columns, lists and structs as such, each column of a row group one page, plain values, Zstandard.
// Source: the Parquet format's specification (docs/decisions/0021 says why this is our own code, and who checks it).
#pragma once

#include "ops/export/leaf.hpp"
#include "ops/export/output.hpp"
#include "ops/export/table_file.hpp"

namespace jangteo::ops::exporting {

class ThriftWriter;

class ParquetFile final : public TableFile {
public:
    ParquetFile(const Table& table, const std::filesystem::path& path);
    ~ParquetFile() override;

    void add(const events::Record& record) override;
    [[nodiscard]] std::size_t held() const override;
    void let_go() override;
    std::int64_t finish() override;

private:
    struct Shredder;
    struct Chunk {
        std::int64_t offset = 0;
        std::int64_t plain_bytes = 0;
        std::int64_t bytes = 0;
        std::int64_t entries = 0;
        std::int64_t nulls = 0;
        std::optional<std::int64_t> least{};
        std::optional<std::int64_t> most{};
    };
    struct RowGroup {
        std::int64_t rows = 0;
        std::vector<Chunk> chunks{};
    };

    Chunk write_page(Leaf& leaf);
    [[nodiscard]] std::string footer() const;
    void add_group(const RowGroup& group, ThriftWriter& to) const;
    static void add_chunk(const Leaf& leaf, const Chunk& chunk, ThriftWriter& to);

    const Table& table_;
    Output output_;
    std::vector<Leaf> leaves_;
    std::unique_ptr<Shredder> shredder_;
    std::int64_t rows_ = 0;  ///< Of the row group under way.
    std::vector<RowGroup> groups_;
};

}  // namespace jangteo::ops::exporting
