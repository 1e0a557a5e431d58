// Through the front door.
#include "infra/postgres/session.hpp"
#include "tests/e2e/front_door.hpp"

#include <algorithm>
#include <set>

namespace jangteo::e2e {
namespace {

using namespace std::chrono_literals;
using namespace events;

using Http = FrontDoor;

TEST_F(Http, sells_the_last_hundred_to_a_thousand_buyers_at_once)
{
    start_roles();
    start_edge();
    const ProductId mug{random_uuid()};
    const auto put = put_item(mug, 100, 12'000);
    ASSERT_EQ(put.status, 200U) << put.body << put.trouble;

    struct Buyer {
        HttpRequest request;
        HttpAnswer answer;
    };
    std::vector<Buyer> buyers;
    for (int i = 0; i < 1'000; ++i) {
        buyers.push_back({order_request({random_uuid()}, mug, 1, "buy-" + to_string(random_uuid())), {}});
    }
    const auto began = Clock::now();
    for (auto& buyer : buyers) {
        apps.ask(
            buyer.request, [&buyer](const HttpAnswer& answer) { buyer.answer = answer; }, 120s);
    }
    EXPECT_TRUE(apps.run_until_idle(130s)) << "somebody hangs";
    std::map<std::string, int> ends;
    std::set<std::string> numbers;
    for (const auto& [request, answer] : buyers) {
        ++ends[answer.status == 0 ? answer.trouble : std::to_string(answer.status) + " " + answer.at("error.code")];
        if (answer.status == 201) numbers.insert(answer.at("data.orderNumber"));
    }
    std::string text;
    for (const auto& [end, count] : ends) text += " " + std::to_string(count) + " × " + end + ";";
    say("a thousand buyers were answered within " +
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count()) +
        " ms:" + text);
    EXPECT_EQ(ends["201 "], 100);
    EXPECT_EQ(ends["409 PROD_002"], 900);
    EXPECT_EQ(ends.size(), 2U);
    EXPECT_EQ(numbers.size(), 100U) << "order numbers are unique";

    const auto last = std::find_if(buyers.begin(), buyers.end(), [](const auto& b) { return b.answer.status == 201; });
    ASSERT_NE(last, buyers.end());
    // A reader that says what it has seen sees its own write.
    const auto stock = apps.ask_and_wait(
        {.method = "GET", .target = "/api/v1/inventory/" + mug.text(), .position = last->answer.position});
    EXPECT_EQ(stock.status, 200U) << stock.body;
    const auto shown = apps.ask_and_wait({.method = "GET",
                                          .target = "/api/v1/orders/" + last->answer.at("data.id"),
                                          .token = last->request.token,
                                          .position = last->answer.position});
    EXPECT_EQ(shown.status, 200U) << shown.body;
    EXPECT_EQ(shown.at("data.orderNumber"), last->answer.at("data.orderNumber"));
    check_everything();
    const auto sold_out = apps.ask_and_wait({.method = "GET", .target = "/api/v1/inventory/" + mug.text()});
    EXPECT_EQ(sold_out.at("data.available"), "0");
    EXPECT_EQ(sold_out.at("data.reserved"), "100");

    // The same key again is the same order, sold out or not.
    for (std::size_t i = 0; i < buyers.size(); i += 37) {
        HttpAnswer again;
        apps.insist(buyers[i].request, [&](const HttpAnswer& answer) { again = answer; });
        EXPECT_TRUE(apps.run_until_idle(100s));
        EXPECT_EQ(again.status, buyers[i].answer.status) << again.body;
        EXPECT_EQ(again.body, buyers[i].answer.body);
    }
    check_everything();
    stop_all();
}

TEST_F(Http, killed_edges_lose_and_repeat_no_order)
{
    start_roles();
    auto* edge = &start_edge();
    const ProductId mug{random_uuid()};
    ASSERT_EQ(put_item(mug, 150, 12'000).status, 200U);

    // Each buyer orders one after the other and asks again, with the same key, until it has heard.
    struct Buyer {
        UserId user{random_uuid()};
        int ordered = 0;
        std::map<std::string, std::string> answers{};  ///< By key: status and body.
    };
    constexpr int each = 10;
    std::vector<Buyer> buyers(20);
    std::map<unsigned, int> ends;
    int tries = 0;
    std::function<void(Buyer&)> order = [&](Buyer& buyer) {
        const auto key = buyer.user.text() + "-" + std::to_string(buyer.ordered++);
        apps.insist(order_request(buyer.user, mug, 1, key), [&, key](const HttpAnswer& answer) {
            ++ends[answer.status];
            tries += answer.tries;
            buyer.answers[key] = answer.status == 201 ? answer.at("data.id") : std::to_string(answer.status);
            if (buyer.ordered < each) order(buyer);
        });
    };
    for (auto& buyer : buyers) order(buyer);
    for (int kills = 0; kills < 3; ++kills) {
        apps.run_for(std::chrono::milliseconds{100 + random() % 700});
        edge->kill();
        say("killed " + edge->name());
        apps.run_for(std::chrono::milliseconds{random() % 400});
        edge = &start_edge();
        say(edge->name() + " serves");
    }
    EXPECT_TRUE(apps.run_until_idle(120s)) << "somebody hangs";
    std::string text;
    for (const auto& [status, count] : ends) text += " " + std::to_string(count) + " × " + std::to_string(status);
    say(std::to_string(buyers.size() * each) + " orders, sent " + std::to_string(tries) + " times:" + text);
    EXPECT_EQ(ends[201], 150);
    EXPECT_EQ(ends[409], 50);
    check_everything();

    // What the buyers were told is what there is: each key one order, no more.
    postgres::Session session({.conninfo = from_environment("JANGTEO_TEST_POSTGRES"), .application_name = "e2e"});
    for (const auto& buyer : buyers) {
        std::multiset<std::string> told;
        for (const auto& [key, answer] : buyer.answers) told.insert(answer);
        const auto rows =
            session.query("SELECT order_id, status FROM read_orders.orders WHERE user_id = $1", {buyer.user});
        std::multiset<std::string> found;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            found.insert(rows.text(i, 1) == "pending" ? std::string(rows.text(i, 0)) : "409");
        }
        EXPECT_EQ(told, found);
    }
    stop_all();
}

/// Every role has to be watched over, also one that serves no app.
TEST_F(Http, a_role_without_an_edge_says_how_it_is_at_its_operations_address)
{
    for (const std::string role : {"producers", "sagas", "projections", "consumers"}) {
        const auto operations_port = free_port();
        start(role, {"--operations-address=127.0.0.1:" + std::to_string(operations_port)});
        Apps watch(operations_port);
        const auto get = [&](const std::string& target) {
            return watch.ask_and_wait({.method = "GET", .target = target});
        };
        const auto until = Clock::now() + 60s;
        while (get("/ready").status != 200 && Clock::now() < until) watch.run_for(50ms);
        EXPECT_EQ(get("/ready").at("checks." + role), "true") << get("/ready").body;
        EXPECT_EQ(get("/health").status, 200U);
        const auto metrics = get("/metrics");
        EXPECT_EQ(metrics.status, 200U);
        EXPECT_NE(metrics.body.find("# TYPE jangteo_"), std::string::npos) << metrics.body;
        EXPECT_EQ(get("/api/v1/orders").status, 404U);
        EXPECT_EQ(watch.ask_and_wait({.method = "POST", .target = "/metrics", .body = "{}"}).status, 405U);
    }
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
