#include "bench/journey/journey.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <cstring>
#include <string>

namespace jangteo::bench {
namespace {

CsvReader reader_of(const std::string& text)
{
    return {[text, position = std::size_t{0}](char* buffer, std::size_t size) mutable {
                const auto count = std::min(size, text.size() - position);
                std::memcpy(buffer, text.data() + position, count);
                position += count;
                return count;
            },
            "test.csv"};
}

const std::string products_head = "product_id,manufacturer_id,product_category,product_type\n";
const std::string baskets_head = "basket_id,household_id,product_id,quantity,sales_value\n";

Journey journey_of(const std::string& products, const std::string& baskets, JourneyFiles files = {})
{
    auto product_rows = reader_of(products_head + products);
    auto basket_rows = reader_of(baskets_head + baskets);
    return read_journey(product_rows, basket_rows, files);
}

TEST(UnitPrice, is_a_won_for_a_cent_rounded_half_up)
{
    EXPECT_EQ(unit_price_won(0.5, 1), 50);
    EXPECT_EQ(unit_price_won(0.99, 1), 99);
    EXPECT_EQ(unit_price_won(1.0, 3), 33);
    EXPECT_EQ(unit_price_won(2.0, 3), 67);
    EXPECT_EQ(unit_price_won(0.25, 2), 13);
}

TEST(UnitPrice, is_the_formula_as_written_in_double_precision)
{
    // 100 × 8.79 / 2 + 0.5 is 440 on paper and a little less in doubles.
    EXPECT_EQ(unit_price_won(8.79, 2), 439);
}

TEST(UnitPrice, is_at_least_one_won)
{
    EXPECT_EQ(unit_price_won(1.776357e-15, 1), 1);
    EXPECT_EQ(unit_price_won(0.01, 85'055), 1);
}

TEST(Journey, prices_a_product_by_its_first_line_that_was_sold_for_something)
{
    const auto journey = journey_of("1,9,CAT,TYPE\n2,9,CAT,TYPE\n",
                                    "10,7,1,0,5.0\n"
                                    "10,7,1,2,0.0\n"
                                    "10,7,1,2,3.0\n"
                                    "10,7,1,1,9.0\n"
                                    "10,7,2,0,0.0\n");
    EXPECT_EQ(journey.products[0].unit_price_won, 150);
    EXPECT_EQ(journey.products[1].unit_price_won, 100);
}

TEST(Journey, prices_do_not_depend_on_the_limit)
{
    const std::string baskets = "10,7,1,0,0.0\n11,7,1,1,2.5\n";
    JourneyFiles files;
    files.limit = 1;
    const auto journey = journey_of("1,9,CAT,TYPE\n", baskets, files);
    ASSERT_EQ(journey.baskets.size(), 1U);
    EXPECT_EQ(journey.products[0].unit_price_won, 250);
}

TEST(Journey, names_a_product_by_type_or_category_or_number)
{
    const auto journey =
        journey_of("1,9,CAT,TYPE\n2,9,CAT,\n3,9,,\n", "10,7,1,1,1.0\n10,7,2,1,1.0\n10,7,3,1,1.0\n10,7,4,1,1.0\n");
    ASSERT_EQ(journey.products.size(), 4U);
    EXPECT_EQ(journey.products[0].name, "TYPE");
    EXPECT_EQ(journey.products[1].name, "CAT");
    EXPECT_EQ(journey.products[2].name, "product 3");
    EXPECT_EQ(journey.products[3].name, "product 4") << "only the baskets know it";
}

TEST(Journey, stocks_only_what_its_baskets_hold_unless_all_is_asked_for)
{
    JourneyFiles files;
    files.limit = 1;
    const std::string products = "1,9,C,A\n2,9,C,B\n3,9,C,D\n";
    const std::string baskets = "10,7,3,1,1.0\n11,7,2,1,1.0\n";
    const auto few = journey_of(products, baskets, files);
    ASSERT_EQ(few.products.size(), 1U);
    EXPECT_EQ(few.products[few.baskets[0].lines[0].product].number, "3");
    files.all_products = true;
    EXPECT_EQ(journey_of(products, baskets, files).products.size(), 3U);
}

TEST(Journey, keeps_lines_as_they_stand)
{
    const auto journey = journey_of("1,9,C,T\n", "10,7,1,1,1.0\n10,7,1,85055,1.0\n10,7,1,0,0.0\n10,7,1,x,0.0\n");
    ASSERT_EQ(journey.baskets.size(), 1U);
    const auto& lines = journey.baskets[0].lines;
    ASSERT_EQ(lines.size(), 4U) << "the same product twice stays twice";
    EXPECT_EQ(lines[1].units(), 85'055);
    EXPECT_EQ(lines[2].units(), 0);
    EXPECT_EQ(lines[3].quantity, "x");
    EXPECT_FALSE(lines[3].units());
}

TEST(Journey, keeps_baskets_in_file_order_even_when_their_lines_are_apart)
{
    const auto journey = journey_of("1,9,C,T\n", "11,7,1,1,1.0\n10,8,1,1,1.0\n11,7,1,2,1.0\n");
    ASSERT_EQ(journey.baskets.size(), 2U);
    EXPECT_EQ(journey.baskets[0].number, "11");
    EXPECT_EQ(journey.baskets[0].lines.size(), 2U);
    EXPECT_EQ(journey.households[journey.baskets[1].household].number, "8");
}

TEST(Journey, derives_ids_from_names_so_that_every_run_means_the_same_things)
{
    // Python: uuid.uuid5(uuid.NAMESPACE_URL, "journey:product:1095275")
    EXPECT_EQ(product_id_of("1095275").text(), "eafd307d-2100-5289-81a6-b2c45ec6581b");
    EXPECT_EQ(user_id_of("900").text(), "4d5d0f39-42e8-5959-b924-6e834706a4f8");
}

TEST(Journey, refuses_a_line_without_a_product_and_names_it)
{
    EXPECT_THROW(journey_of("1,9,C,T\n", "10,7,,1,1.0\n"), CsvError);
}

}  // namespace
}  // namespace jangteo::bench
