#include "http-edge/server/pagination.hpp"
#include "http-edge/server/errors.hpp"

#include <gtest/gtest.h>

namespace jangteo::edge {
namespace {

Page page(std::vector<std::pair<std::string, std::string>> query)
{
    Request request;
    request.query = std::move(query);
    return page_of(request);
}

TEST(Pagination, begins_at_the_first_twenty)  // SH-API-02
{
    EXPECT_EQ(page({}).number, 1);
    EXPECT_EQ(page({}).limit, 20);
    EXPECT_EQ(page({{"page", "3"}, {"limit", "50"}}).offset(), 100);
}

TEST(Pagination, refuses_what_is_no_page)
{
    for (const auto* number : {"0", "-1", "1.5", "x", "", "99999999999999999999", "1000001", " 1"}) {
        EXPECT_THROW(page({{"page", number}}), Problem) << number;
    }
    for (const auto* limit : {"0", "101", "x", "-5"}) EXPECT_THROW(page({{"limit", limit}}), Problem) << limit;
    try {
        page({{"page", "0"}, {"limit", "0"}});
        FAIL();
    } catch (const Problem& problem) {
        EXPECT_EQ(problem.errors().size(), 2U);
    }
}

TEST(Pagination, counts_pages)
{
    const auto with = [](std::int64_t number, std::int64_t limit, std::int64_t total) {
        return page_response("[]", {number, limit}, total).body;
    };
    EXPECT_EQ(with(1, 20, 98),
              R"({"success":true,"data":[],"pagination":{"currentPage":1,"totalPages":5,"totalItems":98,)"
              R"("itemsPerPage":20,"hasNextPage":true,"hasPreviousPage":false}})");
    EXPECT_NE(with(5, 20, 98).find(R"("hasNextPage":false,"hasPreviousPage":true)"), std::string::npos);
    EXPECT_NE(with(1, 20, 0).find(R"("totalPages":0,"totalItems":0)"), std::string::npos);
    EXPECT_NE(with(1, 20, 20).find(R"("totalPages":1)"), std::string::npos);
    EXPECT_NE(with(1, 20, 21).find(R"("totalPages":2)"), std::string::npos);
}

}  // namespace
}  // namespace jangteo::edge
