// NDJSON: an object a line, the envelope's columns and then the event's data as it stands in the log. CSV (RFC 4180): a
// line of names, then a line for each event; lists and objects as JSON text, nothing for null.
#pragma once

#include "ops/export/data.hpp"
#include "ops/export/output.hpp"
#include "ops/export/table_file.hpp"

namespace jangteo::ops::exporting {

class NdjsonFile final : public TableFile {
public:
    explicit NdjsonFile(const std::filesystem::path& path) : output_(path) {}

    void add(const events::Record& record) override;
    [[nodiscard]] std::size_t held() const override { return 0; }
    void let_go() override {}
    std::int64_t finish() override;

private:
    Output output_;
    std::string line_;
};

class CsvFile final : public TableFile {
public:
    CsvFile(const Table& table, const std::filesystem::path& path);

    void add(const events::Record& record) override;
    [[nodiscard]] std::size_t held() const override { return 0; }
    void let_go() override {}
    std::int64_t finish() override;

private:
    const Table& table_;
    Output output_;
    Data data_;
    std::string line_;
};

}  // namespace jangteo::ops::exporting
