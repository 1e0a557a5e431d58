#include "bench/journey/csv_reader.hpp"

#include <zlib.h>
#include <algorithm>
#include <memory>
#include <utility>

namespace jangteo::bench {

namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr int end_of_file = -1;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

struct CloseGzip {
    void operator()(gzFile file) const { gzclose(file); }
};
using Gzip = std::unique_ptr<gzFile_s, CloseGzip>;

}  // namespace

CsvReader::CsvReader(Source source, std::string name)
    : source_(std::move(source)), name_(std::move(name)), buffer_(buffer_size, '\0')
{
    if (!read_row()) fail("the file is empty, a first line with the columns' names was expected");
    columns_.assign(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(field_count_));
    if (columns_.front().rfind(byte_order_mark, 0) == 0) columns_.front().erase(0, byte_order_mark.size());
}

std::size_t CsvReader::column(std::string_view name) const
{
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    if (found == columns_.end()) throw CsvError(name_ + ": there is no column `" + std::string(name) + "`");
    return static_cast<std::size_t>(found - columns_.begin());
}

bool CsvReader::next()
{
    if (!read_row()) return false;
    if (field_count_ != columns_.size()) {
        fail(std::to_string(field_count_) + " fields where " + std::to_string(columns_.size()) + " were expected");
    }
    return true;
}

void CsvReader::fail(const std::string& what) const
{
    throw CsvError(name_ + ", line " + std::to_string(row_line_) + ": " + what);
}

bool CsvReader::read_row()
{
    while (peek_byte() == '\n' || peek_byte() == '\r') next_byte();
    row_line_ = line_;
    if (peek_byte() == end_of_file) return false;

    field_count_ = 0;
    begin_field();
    bool quoted = false;      // inside quotes, where commas and line ends are text
    bool was_quoted = false;  // after the closing quote, where only a comma or a line end may follow
    for (;;) {
        const int byte = next_byte();
        std::string& field = fields_[field_count_ - 1];
        if (quoted) {
            if (byte == end_of_file) fail("a quoted field does not end");
            if (byte != '"') {
                field.push_back(static_cast<char>(byte));
            } else if (peek_byte() == '"') {
                field.push_back(static_cast<char>(next_byte()));
            } else {
                quoted = false;
                was_quoted = true;
            }
            continue;
        }
        if (byte == '\r' && (peek_byte() == '\n' || peek_byte() == end_of_file)) continue;
        if (byte == end_of_file || byte == '\n') return true;
        if (byte == ',') {
            begin_field();
            was_quoted = false;
        } else if (was_quoted) {
            fail("text after the closing quote of a field");
        } else if (byte == '"' && field.empty()) {
            quoted = true;
        } else {
            field.push_back(static_cast<char>(byte));
        }
    }
}

int CsvReader::peek_byte()
{
    if (position_ == filled_) {
        filled_ = source_(buffer_.data(), buffer_.size());
        position_ = 0;
        if (filled_ == 0) return end_of_file;
    }
    return static_cast<unsigned char>(buffer_[position_]);
}

int CsvReader::next_byte()
{
    const int byte = peek_byte();
    if (byte == end_of_file) return byte;
    ++position_;
    if (byte == '\n') ++line_;
    return byte;
}

void CsvReader::begin_field()
{
    ++field_count_;
    if (fields_.size() < field_count_) fields_.emplace_back();
    fields_[field_count_ - 1].clear();
}

CsvReader open_csv(const std::filesystem::path& file)
{
    // zlib hands plain files through as they are, so one way serves both kinds.
    auto gzip = std::shared_ptr<gzFile_s>(Gzip(gzopen(file.c_str(), "rb")));
    if (!gzip) throw CsvError(file.string() + ": cannot be opened");
    return {[gzip, name = file.string()](char* buffer, std::size_t size) {
                const int read = gzread(gzip.get(), buffer, static_cast<unsigned>(size));
                // A stream that was cut off still gives what it has; the error only shows afterwards.
                int error = Z_OK;
                const char* text = gzerror(gzip.get(), &error);
                if (read < 0 || (read == 0 && error != Z_OK && error != Z_STREAM_END)) {
                    throw CsvError(name + ": cannot be read: " + text);
                }
                return static_cast<std::size_t>(read);
            },
            file.string()};
}

}  // namespace jangteo::bench
