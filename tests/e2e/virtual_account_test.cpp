// Paying into a virtual account: the order waits for as long as the account does, and no number of an account can be read
// in the log.
#include "tests/e2e/checker/log.hpp"
#include "tests/e2e/payments_house.hpp"

#include <algorithm>
#include <vector>

namespace jangteo::e2e {
namespace {

class VirtualAccounts : public PaymentsHouse {
public:
    /// The order, with the account that its buyer is to pay into.
    Order issued(const ProductId& product, std::chrono::seconds within = std::chrono::days{7})
    {
        Order order;
        order.by_account = true;
        order.pay_in_within = within;
        const auto placed = apps.ask_and_wait(order_request(order.buyer, product, 1, to_string(random_uuid())));
        EXPECT_EQ(placed.status, 201U) << placed.body;
        order.id = placed.at("data.id");
        const auto begun = apps.ask_and_wait(prepare_request(order));
        EXPECT_EQ(begun.status, 201U) << begun.body;
        order.payment = begun.at("data.paymentId");
        order.amount = std::stoll(begun.at("data.amount"));
        agree(order);
        const auto waits = apps.ask_and_wait(complete_request(order));
        EXPECT_EQ(waits.status, 200U) << waits.body;
        EXPECT_EQ(waits.at("data.status"), "pending");
        number = waits.at("data.virtualAccount.accountNumber");
        EXPECT_EQ(number.size(), 14U) << waits.body;
        EXPECT_EQ(waits.at("data.virtualAccount.bank"), "20");
        EXPECT_NE(waits.at("data.virtualAccount.dueDate"), "");
        return order;
    }
    /// `late`: paid in before the account was over, and told of only now.
    void deposit(const Order& order, bool late = false)
    {
        gateways.control("POST", "/toss/deposit", {{"paymentKey", order.key}, {"late", late}});
    }
    HttpAnswer name_own_account(const Order& order)
    {
        auto request = post(order, "/payments/" + order.payment + "/refund-account",
                            R"({"bank":"88","accountNumber":"110-234-567890","holderName":"김구매"})");
        request.method = "PUT";
        return apps.ask_and_wait(request);
    }
    /// Somebody calls back, whoever that is. `more`: members of the body.
    unsigned called_back(const Order& order, const std::string& status, const std::string& more = "")
    {
        return apps
            .ask_and_wait({.method = "POST",
                           .target = "/api/v1/payments/toss/webhook",
                           .body = R"({"orderId":")" + order.payment + R"(","status":")" + status + '"' + more + "}"})
            .status;
    }
    std::string state_at_gateway(const Order& order)
    {
        const auto books = gateways.control("GET", "/toss/ledger?orderId=" + order.payment);
        return std::string(books.at("payments").as_array().at(0).at("status").as_string());
    }
    std::string show(const Order& order, const std::string& member)
    {
        return get(order, "/payments/" + order.payment).at("data." + member);
    }

    std::string number;  ///< Of the account that was issued last.
    static constexpr const char* own_account =
        R"("refundAccount":{"bank":"88","accountNumber":"110-234-567890","holderName":"김구매"})";
};

TEST_F(VirtualAccounts, a_deposit_pays_the_order_and_its_money_goes_back_to_the_account_that_is_named)
{
    const auto mug = open(10);
    const auto order = issued(mug);
    EXPECT_EQ(show(order, "virtualAccount.accountNumber"), number);
    EXPECT_EQ(status_of(order), "pending");
    const auto otherwise = apps.ask_and_wait(prepare_request(order));
    EXPECT_EQ(otherwise.status, 409U) << "one open payment";

    deposit(order);  // Toss tells of it twice, in two shapes.
    EXPECT_TRUE(soon([&] { return status_of(order) == "confirmed"; })) << status_of(order);
    EXPECT_EQ(show(order, "status"), "completed");
    EXPECT_THROW(deposit(order), std::runtime_error);

    auto admin = post(order, "/payments/" + order.payment + "/refund", R"({"amount":2000,"reason":"흠집"})");
    admin.token = token({random_uuid()}, edge::Role::admin);
    const auto nowhere = apps.ask_and_wait(admin);
    EXPECT_EQ(nowhere.status, 400U) << "where to?";
    EXPECT_NE(nowhere.body.find("refundAccount"), std::string::npos) << nowhere.body;
    admin.idempotency_key = to_string(random_uuid());
    admin.body = R"({"amount":2000,"reason":"흠집",)" + std::string(own_account) + "}";
    const auto back = apps.ask_and_wait(admin);
    EXPECT_EQ(back.status, 200U) << back.body;
    const auto cancelled =
        apps.ask_and_wait(post(order, "/payments/" + order.payment + "/cancel", "{" + std::string(own_account) + "}"));
    EXPECT_EQ(cancelled.status, 200U) << cancelled.body;
    EXPECT_TRUE(soon([&] { return gateways.ledger().at(order.payment).given_back == order.amount; }));
    EXPECT_TRUE(soon([&] { return show(order, "status") == "refunded"; }));
    check_everything();

    // Nobody who reads the log, or the read models, learns a number.
    std::size_t read = 0;
    kafka::Settings kafka;
    kafka.brokers = from_environment("JANGTEO_TEST_KAFKA");
    LogReader log(kafka);
    for (const auto& [topic, partitions] : log.read()) {
        for (const auto& records : partitions) {
            for (const auto& record : records) {
                ++read;
                for (const auto& plain :
                     {number, number.substr(1), std::string("110234567890"), std::string("김구매")}) {
                    EXPECT_EQ(record.value.find(plain), std::string::npos) << topic << " " << record.value;
                }
            }
        }
    }
    EXPECT_GT(read, 0U);
    stop_all();
}

TEST_F(VirtualAccounts, an_account_that_is_over_or_given_up_is_closed)
{
    const auto mug = open(10);
    // The order is given up.
    const auto over = issued(mug);
    EXPECT_EQ(apps.ask_and_wait(post(over, "/orders/" + over.id + "/cancel", "{}")).status, 200U);
    // The payment is, for another way to pay.
    auto other_way = issued(mug);
    EXPECT_EQ(apps.ask_and_wait(post(other_way, "/payments/" + other_way.payment + "/cancel", "{}")).status, 200U);
    for (const auto& order : {over, other_way}) {
        EXPECT_TRUE(soon([&] { return state_at_gateway(order) == "CANCELED"; }));
        EXPECT_THROW(deposit(order), std::runtime_error) << "nobody can pay in any more";
    }
    other_way.by_account = false;
    const auto anew = apps.ask_and_wait(prepare_request(other_way));
    ASSERT_EQ(anew.status, 201U) << anew.body;
    other_way.payment = anew.at("data.paymentId");
    agree(other_way);
    EXPECT_EQ(apps.ask_and_wait(complete_request(other_way)).status, 200U);
    check_everything();
    stop_all();
}

TEST_F(VirtualAccounts, a_deposit_that_nobody_tells_of_is_found_and_one_that_comes_too_late_goes_back)
{
    const auto mug = open(10);
    gateways.trouble({{"callback_lost", 1}});
    const auto found = issued(mug);
    deposit(found);
    EXPECT_TRUE(soon([&] { return status_of(found) == "confirmed"; })) << "we ask now and then";

    // The money comes while nobody can close the account, and the order is gone.
    const auto late = issued(mug);
    gateways.trouble({{"refuse_connections", true}});
    EXPECT_EQ(apps.ask_and_wait(post(late, "/orders/" + late.id + "/cancel", "{}")).status, 200U);
    deposit(late);
    gateways.calm();
    const auto named = name_own_account(late);
    EXPECT_EQ(named.status, 200U) << named.body;
    EXPECT_TRUE(soon([&] { return gateways.ledger().at(late.payment).given_back == late.amount; }, 90s));
    check_everything();
    stop_all();
}

TEST_F(VirtualAccounts, when_the_account_is_due_the_order_is_given_up)
{
    const auto mug = open(1);
    const auto order = issued(mug, 5s);
    EXPECT_TRUE(soon([&] { return status_of(order) == "cancelled"; })) << status_of(order);
    // What was held is there for others.
    EXPECT_TRUE(soon([&] {
        const auto again = apps.ask_and_wait(order_request({random_uuid()}, mug, 1, to_string(random_uuid())));
        return again.status == 201U;
    }));
    EXPECT_TRUE(soon([&] {
        const auto state = state_at_gateway(order);
        return state == "EXPIRED" || state == "CANCELED";
    }));
    EXPECT_THROW(deposit(order), std::runtime_error);
    check_everything();
    stop_all();
}

TEST_F(VirtualAccounts, a_deposit_that_the_bank_tells_of_when_all_is_over_goes_back)
{
    const auto mug = open(1);
    const auto order = issued(mug, 5s);
    gateways.trouble({{"refuse_connections", true}});  // Nobody can close the account before it is over.
    EXPECT_TRUE(soon([&] { return status_of(order) == "cancelled"; })) << status_of(order);
    EXPECT_TRUE(soon([&] { return state_at_gateway(order) == "EXPIRED"; }));
    deposit(order, true);
    gateways.calm();
    EXPECT_TRUE(soon([&] { return show(order, "failureCode") == "order_closed"; }, 90s)) << show(order, "failureCode");
    EXPECT_EQ(gateways.ledger().at(order.payment).given_back, 0) << "nobody has said where to";
    EXPECT_EQ(name_own_account(order).status, 200U);
    EXPECT_TRUE(soon([&] { return gateways.ledger().at(order.payment).given_back == order.amount; }, 90s));
    EXPECT_EQ(status_of(order), "cancelled");
    check_everything();
    stop_all();
}

/// Nobody looks for deposits here: what is not told in earnest is not heard of.
TEST_F(VirtualAccounts, only_the_gateway_s_own_callbacks_count_and_each_deposit_once)
{
    look_for_deposit_s = 3'600;
    const auto mug = open(10);
    const auto order = issued(mug);
    EXPECT_EQ(called_back(order, "DONE"), 200U);
    EXPECT_EQ(called_back(order, "DONE"), 200U);
    EXPECT_EQ(called_back(order, "PAID_I_SWEAR"), 200U);
    EXPECT_EQ(called_back(order, "DONE", R"(,"secret":"ps_guessed")"), 403U);
    EXPECT_EQ(show(order, "status"), "pending");

    // In two shapes, thrice each, out of order: one deposit.
    gateways.trouble({{"callback_times", 3}, {"callback_delay_ms", {0, 500}}, {"callback_shuffle", true}});
    const auto delivered = [this] { return gateways.control("GET", "/callbacks").at("delivered").as_int64(); };
    const auto before = delivered();
    deposit(order);
    EXPECT_TRUE(soon([&] { return status_of(order) == "confirmed"; })) << "what was made up before stands in no way";
    EXPECT_TRUE(soon([&] { return delivered() >= before + 6; }));
    EXPECT_EQ(gateways.ledger().at(order.payment).captured, order.amount);
    EXPECT_EQ(show(order, "status"), "completed");
    check_everything();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
