#include "bench/journey/csv_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace jangteo::bench {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// Gives the text in small pieces, so that every token meets the end of a buffer in one of the tests.
CsvReader reader_of(const std::string& text, std::size_t piece = 3)
{
    return {[text, piece, position = std::size_t{0}](char* buffer, std::size_t size) mutable {
                const auto count = std::min({piece, size, text.size() - position});
                std::memcpy(buffer, text.data() + position, count);
                position += count;
                return count;
            },
            "test.csv"};
}

Rows rows_of(CsvReader reader, std::size_t columns)
{
    Rows rows;
    while (reader.next()) {
        auto& row = rows.emplace_back();
        for (std::size_t i = 0; i < columns; ++i) row.emplace_back(reader.field(i));
    }
    return rows;
}

std::string error_of(const std::string& text)
{
    try {
        auto reader = reader_of(text);
        while (reader.next()) {
        }
    } catch (const CsvError& error) {
        return error.what();
    }
    return "";
}

class CsvFile : public testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "jangteo-csv-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::filesystem::path write_gzip(const std::string& text) const
    {
        auto path = folder_ / "rows.csv.gz";
        gzFile file = gzopen(path.c_str(), "wb");
        gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
        gzclose(file);
        return path;
    }

    std::filesystem::path folder_;
};

TEST(Csv, reads_rows_by_the_names_of_the_first_line)
{
    auto reader = reader_of("a,b\n1,2\n3,4\n");
    EXPECT_EQ(reader.column("b"), 1U);
    EXPECT_EQ(rows_of(std::move(reader), 2), (Rows{{"1", "2"}, {"3", "4"}}));
}

TEST(Csv, gives_the_same_rows_whatever_pieces_the_file_comes_in)
{
    const std::string text = "a,b\r\n\"x,\"\"y\"\"\r\nz\",2\r\n,\r\n";
    const Rows expected{{"x,\"y\"\r\nz", "2"}, {"", ""}};
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        EXPECT_EQ(rows_of(reader_of(text, piece), 2), expected) << "in pieces of " << piece;
    }
}

TEST(Csv, skips_empty_lines_and_a_byte_order_mark_and_needs_no_last_line_end)
{
    auto reader = reader_of(
        "\xEF\xBB\xBF"
        "a,b\n\n1,2\n\r\n3,4");
    EXPECT_EQ(reader.column("a"), 0U);
    EXPECT_EQ(rows_of(std::move(reader), 2), (Rows{{"1", "2"}, {"3", "4"}}));
}

TEST(Csv, keeps_a_quote_inside_an_unquoted_field)
{
    EXPECT_EQ(rows_of(reader_of("a,b\n6\" pan,2\n"), 2), (Rows{{"6\" pan", "2"}}));
}

TEST(Csv, names_the_line_of_a_row_that_lost_or_won_a_field)
{
    EXPECT_NE(error_of("a,b\n1,2\n\"3\n\",4\n5\n").find("test.csv, line 5: 1 fields where 2"), std::string::npos);
    EXPECT_NE(error_of("a,b\n1,2,3\n").find("line 2: 3 fields where 2"), std::string::npos);
}

TEST(Csv, refuses_quotes_that_do_not_close_and_text_behind_them)
{
    EXPECT_NE(error_of("a\n\"1\n2\n").find("does not end"), std::string::npos);
    EXPECT_NE(error_of("a\n\"1\"2\n").find("after the closing quote"), std::string::npos);
}

TEST(Csv, refuses_an_empty_file_and_an_unknown_column)
{
    EXPECT_THROW(reader_of(""), CsvError);
    EXPECT_THROW((void)reader_of("a,b\n").column("c"), CsvError);
}

TEST_F(CsvFile, reads_plain_and_compressed_files_alike)
{
    std::ofstream(folder_ / "rows.csv") << "a,b\n1,2\n";
    EXPECT_EQ(rows_of(open_csv(folder_ / "rows.csv"), 2), (Rows{{"1", "2"}}));
    EXPECT_EQ(rows_of(open_csv(write_gzip("a,b\n1,2\n")), 2), (Rows{{"1", "2"}}));
}

TEST_F(CsvFile, refuses_a_compressed_file_that_was_cut_off)
{
    std::string text = "a,b\n";
    for (int i = 0; i < 10'000; ++i) text += std::to_string(i * 7919) + "," + std::to_string(i * 104729) + "\n";
    const auto path = write_gzip(text);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    auto reader = open_csv(path);
    EXPECT_THROW(while (reader.next()){}, CsvError);
}

TEST_F(CsvFile, names_a_file_that_is_not_there)
{
    EXPECT_THROW(open_csv(folder_ / "none.csv"), CsvError);
}

}  // namespace
}  // namespace jangteo::bench
