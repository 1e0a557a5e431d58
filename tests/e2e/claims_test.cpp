// Goods that come back, with real servers and a gateway: money, points and stock are where they belong, whoever dies.
#include "tests/e2e/payments_house.hpp"

#include <algorithm>

namespace jangteo::e2e {
namespace {

class Claims : public PaymentsHouse {
public:
    struct Order {
        UserId buyer;
        std::string id{};
        std::string payment{};
        std::string claim{};
        std::string position{};  ///< Of the claim, for those who have not written it.
        int steps = 0;
    };

    HttpRequest request(const std::string& method, const std::string& path, const std::string& body,
                        const std::string& who) const
    {
        return {.method = method,
                .target = "/api/v1" + path,
                .token = who,
                .body = body,
                .idempotency_key = method == "GET" ? std::string() : to_string(random_uuid()),
                .prefer = "wait=20"};
    }
    HttpRequest of_buyer(const Order& order, const std::string& path, const std::string& body = "{}") const
    {
        return request("POST", path, body, token(order.buyer));
    }
    HttpRequest of_admin(const std::string& method, const std::string& path, const std::string& body) const
    {
        return request(method, path, body, token({random_uuid()}, edge::Role::admin));
    }
    HttpAnswer get(const std::string& path) { return apps.ask_and_wait(of_admin("GET", path, "")); }
    std::string status_of(const Order& order) { return get("/orders/" + order.id).at("data.status"); }
    std::string status_of_claim(const std::string& claim) { return get("/returns/" + claim).at("data.status"); }

    /// Placed, paid, shipped and delivered.
    Order delivered(const ProductId& product, int quantity, const UserId& buyer, std::int64_t points = 0)
    {
        Order order{buyer};
        const auto placed =
            apps.ask_and_wait(order_request(buyer, product, quantity, to_string(random_uuid()), points));
        EXPECT_EQ(placed.status, 201U) << placed.body;
        order.id = placed.at("data.id");
        const auto begun = apps.ask_and_wait(
            of_buyer(order, "/payments/prepare", R"({"orderId":")" + order.id + R"(","method":"card"})"));
        EXPECT_EQ(begun.status, 201U) << begun.body;
        order.payment = begun.at("data.paymentId");
        const auto amount = std::stoll(begun.at("data.amount"));
        const auto paid =
            apps.ask_and_wait(of_buyer(order, "/payments/" + order.payment + "/complete",
                                       R"({"paymentKey":")" + gateways.pay(order.payment, amount) + R"(","orderId":")" +
                                           order.payment + R"(","amount":)" + std::to_string(amount) + "}"));
        EXPECT_EQ(paid.status, 200U) << paid.body;
        EXPECT_TRUE(soon([&] { return status_of(order) == "confirmed"; }));
        const auto shipped = apps.ask_and_wait(of_admin("PATCH", "/orders/" + order.id + "/status",
                                                        R"({"status":"shipped","carrier":"CJ","trackingNumber":"1"})"));
        EXPECT_EQ(shipped.status, 200U) << shipped.body;
        const auto path = "/shippings/" + shipped.at("data.shipmentId");
        EXPECT_TRUE(soon([&] { return get(path).status == 200; })) << path;
        const auto now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
        const auto told = apps.ask_and_wait(
            of_admin("POST", path + "/events", R"({"status":"delivered","occurredAt":")" + to_iso8601(now) + "\"}"));
        EXPECT_EQ(told.status, 201U) << told.body;
        EXPECT_TRUE(soon([&] { return status_of(order) == "delivered"; }));
        return order;
    }

    static std::string items(const ProductId& product, int quantity, const std::string& more = "")
    {
        return R"("items":[{"productId":")" + product.text() + R"(","quantity":)" + std::to_string(quantity) + more +
               "}]";
    }
    HttpRequest claim_request(const Order& order, const char* kind, const ProductId& product, int quantity) const
    {
        return of_buyer(order, "/orders/" + order.id + "/" + kind,
                        "{" + items(product, quantity) +
                            R"(,"reason":"손잡이가 깨졌어요","imageUrls":["https://cdn.example.kr/1.jpg"]})");
    }
    std::string claim(const Order& order, const char* kind, const ProductId& product, int quantity)
    {
        const auto answer = apps.ask_and_wait(claim_request(order, kind, product, quantity));
        EXPECT_EQ(answer.status, 201U) << answer.body;
        EXPECT_EQ(answer.at("data.status"), "requested");
        return answer.at("data.id");
    }
    HttpRequest change_request(const std::string& claim, const std::string& body) const
    {
        return of_admin("PATCH", "/returns/" + claim, body);
    }
    void change(const std::string& claim, const std::string& body)
    {
        // Somebody else has written it: who reads it waits until it is there.
        EXPECT_TRUE(soon([&] { return get("/returns/" + claim).status == 200; })) << claim;
        const auto answer = apps.ask_and_wait(change_request(claim, body));
        EXPECT_EQ(answer.status, 200U) << body << " " << answer.body;
    }
    void take_back(const std::string& claim, const ProductId& product, int quantity, const char* fault,
                   const char* condition)
    {
        change(claim, R"({"status":"approved","fault":")" + std::string(fault) + "\"}");
        change(claim, R"({"status":"collecting","carrier":"CJ","trackingNumber":"R-1"})");
        change(claim, R"({"status":"received",)" +
                          items(product, quantity, R"(,"condition":")" + std::string(condition) + "\"") + "}");
    }
};

TEST_F(Claims, goods_come_back_one_after_the_other_and_all_that_was_paid_with_the_last)
{
    const auto mug = open(10);
    const auto buyer = new_member({400, 600});
    const auto order = delivered(mug, 3, buyer, 1'000);
    EXPECT_EQ(gateways.ledger().at(order.payment).captured, 38'000) << "36,000 and the way, less 1,000 points";

    // Somebody else's order is nobody's business, and what was not bought does not come back.
    auto stranger = claim_request(order, "return", mug, 1);
    stranger.token = token({random_uuid()});
    EXPECT_EQ(apps.ask_and_wait(stranger).status, 403U);
    EXPECT_EQ(apps.ask_and_wait(claim_request(order, "return", mug, 4)).at("error.code"), "COMMON_400");

    // One is returned: its share of the points is rounded down, the rest of its price is money.
    const auto first = claim(order, "return", mug, 1);
    EXPECT_EQ(apps.ask_and_wait(of_buyer(order, "/orders/" + order.id + "/confirm-purchase")).at("error.code"),
              "ORD_003");
    auto by_buyer = change_request(first, R"({"status":"approved"})");
    by_buyer.token = token(buyer);
    EXPECT_EQ(apps.ask_and_wait(by_buyer).status, 403U) << "the seller says so";
    EXPECT_EQ(apps.ask_and_wait(change_request(first, R"({"status":"reshipped","carrier":"CJ","trackingNumber":"1"})"))
                  .at("error.code"),
              "ORD_003");
    take_back(first, mug, 1, "seller", "damaged");
    ASSERT_TRUE(soon([&] { return status_of_claim(first) == "refunded"; })) << get("/returns/" + first).body;
    EXPECT_EQ(get("/returns/" + first).at("data.refund.amount"), "11667");
    EXPECT_EQ(get("/returns/" + first).at("data.refund.points"), "333");
    EXPECT_EQ(gateways.ledger().at(order.payment).given_back, 11'667);
    EXPECT_EQ(get("/inventory/" + mug.text()).at("data.available"), "7") << "what is damaged is not sold again";

    // One is exchanged, one claim is withdrawn and one rejected.
    const auto second = claim(order, "exchange", mug, 1);
    take_back(second, mug, 1, "seller", "resellable");
    ASSERT_TRUE(soon([&] { return get("/returns/" + second).at("data.replacementReady") == "true"; }));
    change(second, R"({"status":"reshipped","carrier":"CJ","trackingNumber":"R-2"})");
    ASSERT_TRUE(soon([&] { return status_of_claim(second) == "closed"; }));
    EXPECT_EQ(get("/inventory/" + mug.text()).at("data.available"), "7") << "one has come, one has gone";
    auto withdraw = change_request(claim(order, "return", mug, 2), R"({"status":"withdrawn"})");
    withdraw.token = token(buyer);
    EXPECT_EQ(apps.ask_and_wait(withdraw).status, 200U);
    std::string rejected;
    ASSERT_TRUE(soon([&] {
        const auto answer = apps.ask_and_wait(claim_request(order, "return", mug, 2));
        rejected = answer.at("data.id");
        return answer.status == 201;
    })) << "what was withdrawn is free again";
    change(rejected, R"({"status":"rejected","reason":"사용한 흔적"})");

    // The rest comes back, and it was the seller's fault: then the way is paid back as well.
    std::string last;
    ASSERT_TRUE(soon([&] {
        const auto answer = apps.ask_and_wait(claim_request(order, "return", mug, 2));
        last = answer.at("data.id");
        return answer.status == 201;
    }));
    take_back(last, mug, 2, "seller", "resellable");
    ASSERT_TRUE(soon([&] { return status_of_claim(last) == "refunded"; }));
    EXPECT_EQ(gateways.ledger().at(order.payment).given_back, 38'000);
    EXPECT_EQ(status_of(order), "returned");
    EXPECT_EQ(get("/users/" + buyer.text() + "/points/summary").at("data.balance"), "1000");
    EXPECT_EQ(apps.ask_and_wait(of_buyer(order, "/orders/" + order.id + "/confirm-purchase")).at("error.code"),
              "ORD_003");

    check_everything();
    stop_all();
}

TEST_F(Claims, what_is_kept_for_good_does_not_come_back_and_what_cannot_be_paid_back_waits)
{
    const auto mug = open(2);
    const auto kept = delivered(mug, 1, {random_uuid()});
    EXPECT_EQ(apps.ask_and_wait(of_buyer(kept, "/orders/" + kept.id + "/confirm-purchase")).status, 200U);
    const auto late = apps.ask_and_wait(claim_request(kept, "return", mug, 1));
    EXPECT_EQ(late.status, 409U);
    EXPECT_EQ(late.at("error.code"), "ORD_004");

    // The last mug is wanted for another: there is none, so the money goes back. But somebody has given it back already.
    const auto order = delivered(mug, 1, {random_uuid()});
    const auto refund = of_admin("POST", "/payments/" + order.payment + "/refund", R"({"reason":"사과의 뜻"})");
    EXPECT_EQ(apps.ask_and_wait(refund).status, 200U);
    const auto exchange = claim(order, "exchange", mug, 1);
    take_back(exchange, mug, 1, "buyer", "damaged");
    ASSERT_TRUE(soon([&] { return get("/returns/" + exchange).at("data.trouble") == "PAY_002"; }));
    EXPECT_EQ(get("/returns/" + exchange).at("data.type"), "return");
    EXPECT_EQ(get("/returns/" + exchange).at("data.exchangeGivenUp"), "PROD_002");
    EXPECT_EQ(status_of_claim(exchange), "received") << "visible, and not done";
    change(exchange, R"({"status":"refunded"})");
    apps.run_for(500ms);
    ASSERT_TRUE(soon([&] { return get("/returns/" + exchange).at("data.trouble") == "PAY_002"; })) << "asked again";
    check_everything();
    stop_all();
}

/// Sagas and producers die while sellers go on with what is claimed, and the gateway forgets to answer.
TEST_F(Claims, everything_comes_to_its_end_whoever_dies_on_the_way)
{
    constexpr int count = 24;
    const auto mug = open(3 * count);
    std::vector<Order> orders;
    for (int i = 0; i < count; ++i) {
        const auto points = i % 3 == 0 ? 700 : 0;
        orders.push_back(delivered(mug, 2, new_member({500, 500}), points));
    }
    say("all are delivered");
    gateways.trouble({{"fail", 0.05}, {"done_but_silent", 0.05}, {"silent_ms", 100}});
    const auto exchange = [&](const Order& order) { return &order - orders.data() >= count / 2; };
    std::function<void(Order&)> go_on;
    const auto step = [&](Order& order, const std::string& body) {
        auto request = change_request(order.claim, body);
        request.position = order.position;
        apps.insist(request, [&](const HttpAnswer& answer) {
            // A step that was taken, and whose answer died with its owner, is refused when it is asked for once more.
            EXPECT_TRUE(answer.status == 200 || answer.status == 409) << answer.body;
            ++order.steps;
            go_on(order);
        });
    };
    go_on = [&](Order& order) {
        if (order.steps == 0) step(order, R"({"status":"approved"})");
        if (order.steps == 1) step(order, R"({"status":"collecting","carrier":"CJ","trackingNumber":"R-1"})");
        if (order.steps == 2) {
            step(order, R"({"status":"received",)" + items(mug, 1, R"(,"condition":"resellable")") + "}");
        }
    };
    for (auto& order : orders) {
        apps.insist(claim_request(order, exchange(order) ? "exchange" : "return", mug, 1),
                    [&](const HttpAnswer& answer) {
                        EXPECT_EQ(answer.status, 201U) << answer.body;
                        order.claim = answer.at("data.id");
                        order.position = answer.position;
                        if (answer.status == 201) go_on(order);
                    });
    }
    for (const char* role : {"sagas", "producers", "sagas", "consumers"}) {
        apps.run_for(std::chrono::milliseconds{200 + random() % 400});
        const auto found = std::find_if(processes.rbegin(), processes.rend(),
                                        [&](const auto& one) { return one->name().starts_with(role); });
        (*found)->kill();
        say("killed " + (*found)->name());
        start(role, settings);
    }
    EXPECT_TRUE(apps.run_until_idle(120s)) << "somebody hangs";
    gateways.calm();
    for (const auto& order : orders) {
        ASSERT_TRUE(soon(
            [&] {
                const auto claim = get("/returns/" + order.claim);
                if (exchange(order)) return claim.at("data.replacementReady") == "true";
                return claim.at("data.status") == "refunded";
            },
            90s))
            << get("/returns/" + order.claim).body;
        if (exchange(order)) change(order.claim, R"({"status":"reshipped","carrier":"CJ","trackingNumber":"R-2"})");
    }
    check_everything();
    const auto ledger = gateways.ledger();
    for (const auto& order : orders) {
        const auto points = &order - orders.data() < count / 2 && (&order - orders.data()) % 3 == 0 ? 350 : 0;
        EXPECT_EQ(ledger.at(order.payment).given_back, exchange(order) ? 0 : 12'000 - points) << order.id;
    }
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
