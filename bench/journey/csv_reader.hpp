// Comma-separated files as the retail data comes in: plain or gzip, quoted or not, from any operating system.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::bench {

/// The file is not what it should be; the text names the file, the line and what is wrong with it.
class CsvError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads one row after the other (RFC 4180): quoted fields may hold commas, doubled quotes and line ends; lines end in
/// LF or CRLF; a byte order mark and empty lines are skipped; the first row names the columns. A row with another
/// number of fields than the first is an error, because a shifted column would silently become somebody's order.
class CsvReader {
public:
    /// Fills the buffer and says how many bytes it wrote; 0 at the end.
    using Source = std::function<std::size_t(char* buffer, std::size_t size)>;

    CsvReader(Source source, std::string name);

    /// The column's place in a row. Throws CsvError when the file has no such column.
    [[nodiscard]] std::size_t column(std::string_view name) const;
    /// Goes to the next row; false at the end. Throws CsvError.
    bool next();
    /// A field of the current row; valid until `next`.
    [[nodiscard]] std::string_view field(std::size_t column) const { return fields_[column]; }
    /// The line of the file on which the current row begins, counted from 1.
    [[nodiscard]] std::size_t line() const { return row_line_; }

    [[noreturn]] void fail(const std::string& what) const;

private:
    bool read_row();
    int next_byte();
    int peek_byte();
    void begin_field();

    Source source_;
    std::string name_;
    std::string buffer_;
    std::size_t position_ = 0;
    std::size_t filled_ = 0;
    std::size_t line_ = 1;
    std::size_t row_line_ = 1;
    std::vector<std::string> columns_;
    std::vector<std::string> fields_;  ///< Kept between rows so that their memory is used again.
    std::size_t field_count_ = 0;
};

/// Opens a .csv or .csv.gz file. Throws CsvError when it cannot be read or the compressed data is cut off.
CsvReader open_csv(const std::filesystem::path& file);

}  // namespace jangteo::bench
