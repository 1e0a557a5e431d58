// `jangteo all` behind a port of its own, and what the tests of its routes share.
#pragma once

#include "events/ids.hpp"
#include "events/time.hpp"
#include "http-edge/server/tokens.hpp"
#include "tests/e2e/process.hpp"
#include "tests/integration/http-edge/http_client.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace jangteo::edge {

using namespace std::chrono_literals;
using testing::HttpAnswer;
using testing::HttpClient;
namespace json = boost::json;

inline const std::string secret = "a secret for these tests that is longer than 32 bytes";

/// `jangteo all` behind a port of its own.
class Jangteo {
public:
    Jangteo() : port_(testing::free_port()) { start(); }

    void start()
    {
        process_ = std::make_unique<e2e::Process>(
            "edge",
            std::vector<std::string>{e2e::from_environment("JANGTEO_TEST_BINARY"), "all",
                                     "--rabbitmq-url=" + e2e::from_environment("JANGTEO_TEST_RABBITMQ_URL"),
                                     "--kafka-brokers=" + e2e::from_environment("JANGTEO_TEST_KAFKA"),
                                     "--postgres=" + e2e::from_environment("JANGTEO_TEST_POSTGRES"),
                                     "--edge-address=127.0.0.1:" + std::to_string(port_),
                                     "--edge-connections-per-address=1024", "--check-answers=true",
                                     "--jwt-secret=" + secret},
            e2e::log_folder() + "/edge_http_test.log");
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        while (HttpClient(port_).ask("GET", "/ready").status != 200) {
            if (!process_->runs() || std::chrono::steady_clock::now() > deadline) {
                throw std::runtime_error("jangteo does not get ready:\n" + process_->last_lines(20));
            }
            std::this_thread::sleep_for(50ms);
        }
        // Ready is the edge; the owners of the partitions may still be taking over.
        HttpClient client(port_);
        for (int i = 0; i < 24; ++i) {
            const auto product = events::random_uuid();
            const auto path = "/api/v1/inventory/" + events::to_string(product);
            const auto token = mint_token({.keys = {{"local", secret}}}, {events::UserId{product}, Role::admin},
                                          std::chrono::system_clock::now());
            client.ask("PUT", path, token,
                       R"({"onHand":1,"name":"warm","unitPrice":1,"sellerId":")" + events::to_string(product) + "\"}",
                       {"Prefer: wait=30"});
        }
    }
    void terminate() { process_->terminate(); }
    std::string trouble() { return process_->trouble(); }
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    std::uint16_t port_;
    std::unique_ptr<e2e::Process> process_;
};

class Http : public ::testing::Test {
protected:
    static void SetUpTestSuite() { jangteo = std::make_unique<Jangteo>(); }
    static void TearDownTestSuite()
    {
        if (!jangteo) return;  // It did not start, which has failed already.
        jangteo->terminate();
        EXPECT_EQ(jangteo->trouble(), "");
        jangteo.reset();
    }

    static std::string token(const events::Uuid& user, Role role = Role::user)
    {
        return mint_token({.keys = {{"local", secret}}}, {events::UserId{user}, role},
                          std::chrono::system_clock::now());
    }

    struct Product {
        std::string id;
        events::Uuid seller;
    };
    Product new_product(int stock, int price = 1'000)
    {
        const auto id = events::to_string(events::random_uuid());
        const auto seller = events::random_uuid();
        const auto answer =
            client.ask("PUT", "/api/v1/inventory/" + id, admin,
                       R"({"onHand":)" + std::to_string(stock) + R"(,"name":"머그컵","unitPrice":)" +
                           std::to_string(price) + R"(,"sellerId":")" + events::to_string(seller) + "\"}",
                       {"Prefer: wait=30"});
        EXPECT_EQ(answer.status, 200) << answer.body;
        return {id, seller};
    }

    void grant(const events::Uuid& user, int points)
    {
        const auto answer =
            client.ask("POST", "/api/v1/users/" + events::to_string(user) + "/points/earn", admin,
                       R"({"amount":)" + std::to_string(points) + R"(,"source":"admin","description":"test"})",
                       {"Prefer: wait=30"});
        EXPECT_EQ(answer.status, 201) << answer.body;
    }

    static std::string order(const events::Uuid& user, const std::string& product, int quantity, int points = 0)
    {
        return R"({"userId":")" + events::to_string(user) + R"(","items":[{"productId":")" + product +
               R"(","quantity":)" + std::to_string(quantity) +
               R"(}],"shippingAddress":{"recipientName":"홍길동","phone":"010-1234-5678","zipCode":"06234",)"
               R"("address":"서울특별시"},"pointsToUse":)" +
               std::to_string(points) + "}";
    }

    /// Of a product of each of two sellers, paid with points: 20,000 and 3,000 for shipping.
    std::string paid_order_of(const Product& one, const Product& other)
    {
        const auto body = R"({"userId":")" + events::to_string(buyer) + R"(","items":[{"productId":")" + one.id +
                          R"(","quantity":1},{"productId":")" + other.id +
                          R"(","quantity":1}],"shippingAddress":{"recipientName":"홍길동","phone":"010-1234-5678",)"
                          R"("zipCode":"06234","address":"서울특별시"},"pointsToUse":23000})";
        grant(buyer, 23'000);
        const auto placed = client.ask("POST", "/api/v1/orders", buyer_token, body, {"Prefer: wait=30"});
        EXPECT_EQ(placed.status, 201) << placed.body;
        auto id = text(data(placed), "id");
        const auto paid = client.ask("POST", "/api/v1/payments/prepare", buyer_token,
                                     R"({"orderId":")" + id + R"(","method":"point"})",
                                     {"Prefer: wait=30", "Idempotency-Key: pay-" + id});
        EXPECT_EQ(paid.status, 201) << paid.body;
        EXPECT_TRUE(until([&] { return order_of_buyer(id, "status") == "confirmed"; }));
        return id;
    }
    static std::string fresh_key() { return "Idempotency-Key: " + events::to_string(events::random_uuid()); }
    std::string order_of_buyer(const std::string& id, std::string_view member)
    {
        return text(data(client.ask("GET", "/api/v1/orders/" + id, buyer_token)), member);
    }
    /// What a process does comes a moment after the answer that set it off.
    static bool until(const std::function<bool()>& holds)
    {
        for (int i = 0; i < 200; ++i) {
            if (holds()) return true;  // Asked no more: it may be a command that can be done once.
            std::this_thread::sleep_for(50ms);
        }
        return false;
    }
    /// Other callers say what they have to see.
    static std::string seen(const HttpAnswer& answer) { return "X-Position: " + answer.header("X-Position"); }

    static json::value data(const HttpAnswer& answer)
    {
        json::error_code error;
        auto parsed = json::parse(answer.body, error);
        if (error || !parsed.is_object() || !parsed.as_object().contains("data")) {
            ADD_FAILURE() << answer.status << ' ' << answer.body;
            return {};
        }
        return parsed.at("data");
    }
    static std::string code(const HttpAnswer& answer)
    {
        json::error_code error;
        const auto parsed = json::parse(answer.body, error);
        if (error || !parsed.is_object() || !parsed.as_object().contains("error")) return answer.body;
        return std::string(parsed.at("error").at("code").as_string());
    }
    static std::string text(const json::value& value, std::string_view member)
    {
        return std::string(value.at(member).as_string());
    }

    static inline std::unique_ptr<Jangteo> jangteo;
    HttpClient client{jangteo->port()};
    const std::string admin = token(events::random_uuid(), Role::admin);
    events::Uuid buyer = events::random_uuid();
    std::string buyer_token = token(buyer);
};

}  // namespace jangteo::edge
