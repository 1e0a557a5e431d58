// What members do beside buying, over HTTP on the real servers (DOA-POINT-06).
#include "tests/integration/http-edge/http_house.hpp"

namespace jangteo::edge {
namespace {

class Members : public Http {
protected:
    const std::string me = "/api/v1/users/" + events::to_string(buyer);

    json::value ask(const std::string& what) { return data(client.ask("GET", me + what, buyer_token)); }
};

TEST_F(Members, points_leave_the_balance_when_their_time_is_over)
{
    grant(buyer, 500);
    const auto over = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) + 2s;
    const auto lot = client.ask(
        "POST", me + "/points/earn", admin,
        R"({"amount":300,"source":"event","description":"하루 선물","expiresAt":")" + events::to_iso8601(over) + "\"}",
        {"Prefer: wait=30"});
    ASSERT_EQ(lot.status, 201) << lot.body;
    ASSERT_TRUE(until([&] { return ask("/points?type=expire").as_array().size() == 1; }));
    const auto line = ask("/points?type=expire").at(0);
    EXPECT_EQ(line.at("amount").as_int64(), -300);
    EXPECT_EQ(line.at("balance").as_int64(), 500);
    EXPECT_EQ(line.at("relatedPointId"), data(lot).at("id"));
    const auto summary = ask("/points/summary");
    EXPECT_EQ(summary.at("balance").as_int64(), 500);
    EXPECT_EQ(summary.at("totalEarned").as_int64(), 800);
    EXPECT_EQ(summary.at("earnedThisMonth").as_int64(), 800);
    EXPECT_EQ(summary.at("totalUsed").as_int64(), 0);
    EXPECT_EQ(summary.at("expiringSoon").as_int64(), 0);
}

}  // namespace
}  // namespace jangteo::edge
