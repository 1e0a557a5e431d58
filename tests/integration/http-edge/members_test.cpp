// What members do beside buying, over HTTP on the real servers (DOA-POINT-06, DOA-CHK-01…06, DOA-USER-07…13,
// DOA-INQ-01…04).
#include "events/calendar.hpp"
#include "tests/integration/http-edge/http_house.hpp"

namespace jangteo::edge {
namespace {

class Members : public Http {
protected:
    const std::string me = "/api/v1/users/" + events::to_string(buyer);

    json::value ask(const std::string& what) { return data(client.ask("GET", me + what, buyer_token)); }
    HttpAnswer post(const std::string& what, const std::string& body)
    {
        return client.ask("POST", me + what, buyer_token, body, {"Prefer: wait=30"});
    }
    /// One that the read model shows: its seller waits for that, others do not.
    Product shown_product(int stock, int price = 1'000)
    {
        auto product = new_product(stock, price);
        EXPECT_EQ(client.ask("GET", "/api/v1/inventory/" + product.id, admin).status, 200);
        return product;
    }
    static std::string of_product(const std::string& id) { return R"({"productId":")" + id + "\"}"; }
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

TEST_F(Members, of_fifty_check_ins_at_once_one_is_taken)
{
    std::vector<HttpAnswer> answers(50);
    {
        std::vector<std::jthread> callers;
        for (auto& answer : answers) {
            callers.emplace_back([&] {
                HttpClient own(jangteo->port());
                answer = own.ask("POST", me + "/checkin", buyer_token, "", {"Prefer: wait=30"});
            });
        }
    }
    int taken = 0;
    for (const auto& answer : answers) {
        taken += answer.status == 201 ? 1 : 0;
        if (answer.status == 201) continue;
        EXPECT_EQ(answer.status, 409) << answer.body;
        EXPECT_EQ(code(answer), "CHECKIN_001");
    }
    EXPECT_EQ(taken, 1);
    EXPECT_TRUE(until([&] { return ask("/points/summary").at("balance").as_int64() == 100; }));
    const auto lines = ask("/points?type=earn").as_array();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(text(lines[0], "source"), "daily_checkin");
}

TEST_F(Members, a_check_in_is_seen_in_status_calendar_and_statistics)
{
    const auto before = ask("/checkin/status");
    EXPECT_FALSE(before.at("checkedInToday").as_bool());
    EXPECT_EQ(before.at("consecutiveDays").as_int64(), 0);
    EXPECT_EQ(before.at("daysUntilNextBonus").as_int64(), 7);
    EXPECT_EQ(before.at("nextBonusPoints").as_int64(), 200);

    const auto answer = client.ask("POST", me + "/checkin", buyer_token, "{}", {"Idempotency-Key: today"});
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(data(answer).at("pointsEarned").as_int64(), 100);
    EXPECT_EQ(data(answer).at("consecutiveDays").as_int64(), 1);
    EXPECT_FALSE(data(answer).at("isBonus").as_bool());
    EXPECT_EQ(client.ask("POST", me + "/checkin", buyer_token, "{}", {"Idempotency-Key: today"}).body, answer.body);

    const auto status = ask("/checkin/status");
    EXPECT_TRUE(status.at("checkedInToday").as_bool());
    EXPECT_EQ(status.at("consecutiveDays").as_int64(), 1);
    EXPECT_EQ(status.at("daysUntilNextBonus").as_int64(), 6);
    const auto day = text(data(answer), "date");
    const auto calendar =
        ask("/checkin/calendar?year=" + day.substr(0, 4) + "&month=" + std::to_string(std::stoi(day.substr(5, 2))));
    ASSERT_EQ(calendar.at("days").as_array().size(), 1U);
    EXPECT_EQ(text(calendar.at("days").at(0), "date"), day);
    EXPECT_EQ(calendar.at("days").at(0).at("points").as_int64(), 100);
    EXPECT_TRUE(ask("/checkin/calendar?year=2020&month=2").at("days").as_array().empty());
    EXPECT_EQ(code(client.ask("GET", me + "/checkin/calendar?year=x&month=13", buyer_token)), "COMMON_400");
    const auto stats = ask("/checkin/stats");
    EXPECT_EQ(stats.at("thisMonthEarned").as_int64(), 100);
    EXPECT_EQ(stats.at("totalEarned").as_int64(), 100);
    EXPECT_EQ(stats.at("currentStreak").as_int64(), 1);
    EXPECT_EQ(stats.at("longestStreak").as_int64(), 1);

    const auto stranger = token(events::random_uuid());
    EXPECT_EQ(client.ask("POST", me + "/checkin", stranger, "{}").status, 403);
    EXPECT_EQ(client.ask("GET", me + "/checkin/status", stranger).status, 403);
}

TEST_F(Members, a_wishlist_takes_a_product_once_and_gives_it_back)
{
    const auto mug = shown_product(3, 12'000);
    const auto pot = shown_product(1, 40'000);
    EXPECT_EQ(post("/wishlist", of_product(mug.id)).status, 201);
    EXPECT_EQ(post("/wishlist", of_product(pot.id)).status, 201);
    EXPECT_EQ(post("/wishlist", of_product(mug.id)).status, 200) << "it is there already";
    EXPECT_EQ(code(post("/wishlist", of_product(events::to_string(events::random_uuid())))), "PROD_001");
    EXPECT_EQ(code(post("/wishlist", "{}")), "COMMON_400");

    const auto page = client.ask("GET", me + "/wishlist?limit=1", buyer_token);
    const auto cards = data(page).as_array();
    ASSERT_EQ(cards.size(), 1U);
    EXPECT_EQ(text(cards[0], "productId"), pot.id) << "the newest first";
    EXPECT_EQ(cards[0].at("price").as_int64(), 40'000);
    EXPECT_EQ(cards[0].at("available").as_int64(), 1);
    EXPECT_EQ(json::parse(page.body).at("pagination").at("totalItems").as_int64(), 2);

    EXPECT_EQ(client.ask("DELETE", me + "/wishlist/" + pot.id, buyer_token).status, 200);
    EXPECT_EQ(client.ask("DELETE", me + "/wishlist/" + pot.id, buyer_token).status, 200);
    const auto left = ask("/wishlist").as_array();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(text(left[0], "productId"), mug.id);
}

TEST_F(Members, products_looked_at_are_remembered_the_latest_first)
{
    const auto mug = shown_product(3);
    const auto pot = shown_product(1);
    for (const auto& id : {mug.id, pot.id, mug.id}) EXPECT_EQ(post("/recently-viewed", of_product(id)).status, 201);
    EXPECT_EQ(post("/recently-viewed", of_product(mug.id)).status, 200);
    const auto seen = ask("/recently-viewed").as_array();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(text(seen[0], "productId"), mug.id);
    EXPECT_EQ(text(seen[1], "productId"), pot.id);
    EXPECT_EQ(code(post("/recently-viewed", of_product(events::to_string(events::random_uuid())))), "PROD_001");
}

TEST_F(Members, a_member_says_how_to_be_told_of_things)
{
    const auto usual = ask("/notification-settings");
    EXPECT_TRUE(usual.at("order").at("push").as_bool());
    EXPECT_FALSE(usual.at("promotion").at("email").as_bool()) << "nobody is advertised to unasked";
    auto wanted = usual.as_object();
    wanted["order"].as_object()["push"] = false;
    wanted["delivery"].as_object()["sms"] = true;
    const auto put = [&](const std::string& body) {
        return client.ask("PUT", me + "/notification-settings", buyer_token, body, {"Prefer: wait=30"});
    };
    const auto chosen = put(json::serialize(wanted));
    EXPECT_EQ(chosen.status, 200) << chosen.body;
    EXPECT_EQ(data(chosen), json::value(wanted));
    EXPECT_EQ(put(json::serialize(wanted)).body, chosen.body) << "as they are";
    EXPECT_EQ(ask("/notification-settings"), json::value(wanted));
    wanted["points"].as_object()["kakao"] = "yes";
    wanted.erase("inquiry");
    const auto wrong = put(json::serialize(wanted));
    EXPECT_EQ(code(wrong), "COMMON_400");
    EXPECT_NE(wrong.body.find("points.kakao"), std::string::npos) << wrong.body;
    EXPECT_NE(wrong.body.find("inquiry"), std::string::npos) << wrong.body;
}

TEST_F(Members, an_inquiry_is_asked_answered_asked_on_and_done_with)
{
    const auto asked = post("/inquiries", R"({"category":"delivery","title":"배송 문의","content":"언제 도착하나요?",)"
                                          R"("imageUrls":["https://images.example/1.jpg"],"isSecret":true})");
    ASSERT_EQ(asked.status, 201) << asked.body;
    const auto id = text(data(asked), "id");
    const auto at = "/api/v1/admin/inquiries/" + id;
    const auto mine = [&] { return ask("/inquiries/" + id); };
    EXPECT_EQ(text(mine(), "status"), "pending");
    EXPECT_EQ(text(mine(), "content"), "언제 도착하나요?");
    EXPECT_EQ(mine().at("imageUrls").at(0), json::value("https://images.example/1.jpg"));
    EXPECT_TRUE(mine().at("replyContent").is_null());
    EXPECT_EQ(ask("/inquiries").as_array().size(), 1U);

    const auto admins = [&](std::string_view method, const std::string& what, const std::string& body) {
        return client.ask(method, what, admin, body, {"Prefer: wait=30"});
    };
    EXPECT_EQ(code(admins("POST", at + "/resolve", "{}")), "INQ_001") << "it has no answer";
    const auto replied = admins("POST", at + "/reply", R"({"content":"내일 도착합니다."})");
    ASSERT_EQ(replied.status, 200) << replied.body;
    EXPECT_EQ(admins("POST", at + "/reply", R"({"content":"내일 도착합니다."})").status, 200) << "as good";
    EXPECT_EQ(code(admins("POST", at + "/reply", R"({"content":"모레 도착합니다."})")), "INQ_001");
    EXPECT_TRUE(until([&] { return text(mine(), "status") == "answered"; }));
    EXPECT_EQ(text(mine(), "replyContent"), "내일 도착합니다.");
    EXPECT_FALSE(mine().at("repliedAt").is_null());

    EXPECT_EQ(post("/inquiries/" + id + "/questions", R"({"content":"아직 안 왔어요."})").status, 200);
    EXPECT_EQ(text(mine(), "status"), "pending");
    EXPECT_EQ(mine().at("messages").as_array().size(), 3U);
    EXPECT_EQ(admins("POST", at + "/reply", R"({"content":"오늘 도착합니다."})").status, 200);
    EXPECT_EQ(admins("POST", at + "/resolve", "").status, 200);
    EXPECT_TRUE(until([&] { return text(mine(), "status") == "resolved"; }));
    EXPECT_EQ(code(post("/inquiries/" + id + "/questions", R"({"content":"하나 더"})")), "INQ_001");

    const auto listed = data(admins("GET", "/api/v1/admin/inquiries?status=resolved&limit=100", "")).as_array();
    EXPECT_TRUE(std::ranges::any_of(listed, [&](const auto& one) { return text(one, "id") == id; }));
    EXPECT_EQ(client.ask("GET", "/api/v1/admin/inquiries", buyer_token).status, 403);
    EXPECT_EQ(client.ask("POST", at + "/reply", buyer_token, R"({"content":"나"})").status, 403);
    const auto stranger = events::random_uuid();
    const auto theirs = "/api/v1/users/" + events::to_string(stranger) + "/inquiries/" + id;
    EXPECT_EQ(client.ask("GET", theirs, token(stranger)).status, 404);
    EXPECT_EQ(client.ask("POST", theirs + "/questions", token(stranger), R"({"content":"?"})").status, 404);
    EXPECT_EQ(code(post("/inquiries", R"({"category":"weather","title":"","content":"?","imageUrls":[1]})")),
              "COMMON_400");
}

TEST_F(Members, my_page_counts_what_there_is_and_names_the_grade)
{
    const auto empty = ask("/summary");
    EXPECT_EQ(text(empty, "grade"), "bronze");
    EXPECT_EQ(empty.at("orders").at("waiting").as_int64(), 0);

    const auto cup = shown_product(5, 250'000);
    const auto pot = shown_product(5, 60'000);
    EXPECT_EQ(post("/wishlist", of_product(cup.id)).status, 201);
    EXPECT_EQ(post("/recently-viewed", of_product(cup.id)).status, 201);
    EXPECT_EQ(post("/recently-viewed", of_product(pot.id)).status, 201);
    EXPECT_EQ(post("/inquiries", R"({"category":"etc","title":"문의","content":"안녕하세요"})").status, 201);
    EXPECT_EQ(post("/checkin", "").status, 201);
    grant(buyer, 400'000);
    const auto order_id = [&] {
        const auto answer = client.ask("POST", "/api/v1/orders", buyer_token,
                                       R"({"userId":")" + events::to_string(buyer) + R"(","items":[{"productId":")" +
                                           cup.id + R"(","quantity":1},{"productId":")" + pot.id +
                                           R"(","quantity":1}],"shippingAddress":{"recipientName":"홍길동",)"
                                           R"("phone":"010-1234-5678","zipCode":"06234","address":"서울"},)"
                                           R"("pointsToUse":310000})",
                                       {"Prefer: wait=30"});
        EXPECT_EQ(answer.status, 201) << answer.body;
        return text(data(answer), "id");
    }();
    EXPECT_TRUE(until([&] { return ask("/summary").at("points").as_int64() == 400'100 - 310'000; }));
    const auto full = ask("/summary");
    EXPECT_EQ(full.at("orders").at("waiting").as_int64(), 1);
    EXPECT_EQ(full.at("wishlistCount").as_int64(), 1);
    EXPECT_EQ(full.at("recentlyViewedCount").as_int64(), 2);
    EXPECT_EQ(full.at("inquiryCount").as_int64(), 1);
    EXPECT_EQ(full.at("checkinStreak").as_int64(), 1);
    EXPECT_EQ(text(full, "grade"), "bronze") << "nothing is kept yet";

    // Paid, shipped by both sellers, delivered and kept: 310,000 won in a year are silver.
    EXPECT_EQ(client
                  .ask("POST", "/api/v1/payments/prepare", buyer_token,
                       R"({"orderId":")" + order_id + R"(","method":"point"})", {"Prefer: wait=30", fresh_key()})
                  .status,
              201);
    EXPECT_TRUE(until([&] { return order_of_buyer(order_id, "status") == "confirmed"; }));
    const auto now = events::to_iso8601(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    for (const auto& product : {cup, pot}) {
        const auto seller = token(product.seller, Role::seller);
        const auto shipped =
            client.ask("PATCH", "/api/v1/orders/" + order_id + "/status", seller,
                       R"({"status":"shipped","carrier":"CJ","trackingNumber":"1"})", {"Prefer: wait=30"});
        ASSERT_EQ(shipped.status, 200) << shipped.body;
    }
    json::array parcels;
    EXPECT_TRUE(until([&] {
        parcels =
            data(client.ask("GET", "/api/v1/orders/" + order_id + "/tracking", buyer_token)).at("shipments").as_array();
        return parcels.size() == 2;
    }));
    for (const auto& parcel : parcels) {
        EXPECT_EQ(client
                      .ask("POST", "/api/v1/shippings/" + text(parcel, "id") + "/events", admin,
                           R"({"status":"delivered","occurredAt":")" + now + "\"}", {"Prefer: wait=30"})
                      .status,
                  201);
    }
    EXPECT_TRUE(until([&] { return order_of_buyer(order_id, "status") == "delivered"; }));
    EXPECT_EQ(
        client.ask("POST", "/api/v1/orders/" + order_id + "/confirm-purchase", buyer_token, "{}", {"Prefer: wait=30"})
            .status,
        200);
    const auto kept = ask("/summary");
    EXPECT_EQ(kept.at("orders").at("done").as_int64(), 1);
    EXPECT_EQ(kept.at("purchasesOfTheYear").as_int64(), 310'000);
    EXPECT_EQ(text(kept, "grade"), "silver");
}

}  // namespace
}  // namespace jangteo::edge
