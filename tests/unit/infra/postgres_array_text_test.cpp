#include "infra/postgres/array_text.hpp"

#include <gtest/gtest.h>

namespace jangteo::postgres {
namespace {

// What PostgreSQL makes of these literals is shown by the integration tests.
TEST(ArrayText, quotes_every_text)
{
    ArrayText array;
    array.add("plain");
    array.add("");
    array.add("NULL");
    array.add(R"(a"b\c)");
    array.add("{1,2}");
    array.add(std::optional<std::string>{});
    EXPECT_EQ(array.take(), R"({"plain","","NULL","a\"b\\c","{1,2}",NULL})");
}

TEST(ArrayText, writes_numbers_ids_and_times)
{
    ArrayText array;
    array.add(std::int64_t{-9'223'372'036'854'775'807 - 1});
    array.add(7);
    array.add(true);
    array.add(*events::ProductId::parse("f47ac10b-58cc-4372-a567-0e02b2c3d479"));
    array.add(*events::parse_iso8601("2026-01-18T14:30:00Z"));
    EXPECT_EQ(array.take(), "{-9223372036854775808,7,t,f47ac10b-58cc-4372-a567-0e02b2c3d479,2026-01-18T14:30:00Z}");
}

TEST(ArrayText, begins_anew_after_it_was_taken)
{
    ArrayText array;
    EXPECT_EQ(array.take(), "{}");
    array.add(1);
    EXPECT_EQ(array.take(), "{1}");
    EXPECT_EQ(array.take(), "{}");
}

}  // namespace
}  // namespace jangteo::postgres
