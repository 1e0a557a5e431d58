// The house with gateways beside it, and buyers who pay at them.
#pragma once

#include "events/payments.hpp"
#include "infra/postgres/session.hpp"
#include "tests/e2e/front_door.hpp"
#include "tests/e2e/standins.hpp"

#include <boost/json/object.hpp>
#include <stdexcept>
#include <thread>

namespace jangteo::e2e {

using namespace std::chrono_literals;
using namespace events;

class PaymentsHouse : public FrontDoor {
public:
    /// The house with everything that payments need, and a mug of 12,000 won of which there are so many.
    ProductId open(std::int64_t mugs, const std::vector<std::string>& more_for_edge = {})
    {
        settings = gateways.settings();
        settings.emplace_back("--ask-gateway-again-s=3");
        settings.emplace_back("--look-for-deposit-s=" + std::to_string(look_for_deposit_s));
        settings.insert(settings.end(), more_settings.begin(), more_settings.end());
        start_roles(settings);
        start("consumers", settings);
        auto of_edge = settings;
        of_edge.insert(of_edge.end(), more_for_edge.begin(), more_for_edge.end());
        start_edge(of_edge);
        gateways.call_back(port);
        const ProductId mug{random_uuid()};
        const auto put = put_item(mug, mugs, 12'000);
        if (put.status != 200) throw std::runtime_error("not put: " + put.body);
        return mug;
    }

    struct Order {
        UserId buyer{random_uuid()};
        std::string id{};
        std::string payment{};
        std::int64_t amount = 0;
        std::string key{};                                  ///< TossPayments'.
        bool by_account = false;                            ///< Into a virtual account of TossPayments,
        std::chrono::seconds pay_in_within{7 * 24 * 3600};  ///< which is over after so long.
        bool inicis = false;
        bool mobile = false;    ///< In which of Inicis' windows,
        std::string brought{};  ///< and what the browser brings from it.
        unsigned paid = 0;      ///< What the buyer was answered at the end.
        std::string code{};
        bool cancelled = false;
    };

    HttpRequest post(const Order& order, const std::string& path, const std::string& body) const
    {
        return {.method = "POST",
                .target = "/api/v1" + path,
                .token = token(order.buyer),
                .body = body,
                .idempotency_key = to_string(random_uuid()),
                .prefer = "wait=20"};
    }
    HttpRequest prepare_request(const Order& order) const
    {
        const std::string provider = order.inicis ? R"(,"pgProvider":"inicis"})" : "}";
        const std::string method = order.by_account ? "virtual_account" : "card";
        return post(order, "/payments/prepare",
                    R"({"orderId":")" + order.id + R"(","method":")" + method + '"' + provider);
    }
    /// What a gateway's own page, or the gateway itself, has somebody send.
    static HttpRequest form(const std::string& path, const std::string& body)
    {
        return {.method = "POST",
                .target = "/api/v1/payments" + path,
                .body = body,
                .prefer = "wait=20",
                .content_type = "application/x-www-form-urlencoded;charset=utf-8"};
    }
    static HttpRequest noti_request(const Order& order)
    {
        return form("/inicis/noti", "P_STATUS=00&P_TID=somebody-says-so&P_OID=" + order.payment);
    }
    HttpRequest complete_request(const Order& order) const
    {
        if (order.inicis) return form("/inicis/return", order.brought);
        return post(order, "/payments/" + order.payment + "/complete",
                    R"({"paymentKey":")" + order.key + R"(","orderId":")" + order.payment + R"(","amount":)" +
                        std::to_string(order.amount) + "}");
    }

    /// The buyer agrees in the gateway's window.
    void agree(Order& order)
    {
        if (order.inicis) {
            order.brought = gateways.pay_at_inicis(order.payment, order.amount, order.mobile);
        } else {
            order.key = order.by_account ? gateways.pay_in(order.payment, order.amount, order.pay_in_within)
                                         : gateways.pay(order.payment, order.amount);
        }
    }

    /// Places an order and begins to pay it.
    Order prepared(const ProductId& product, int quantity = 1, bool inicis = false)
    {
        Order order;
        order.inicis = inicis;
        const auto placed = apps.ask_and_wait(order_request(order.buyer, product, quantity, to_string(random_uuid())));
        EXPECT_EQ(placed.status, 201U) << placed.body;
        order.id = placed.at("data.id");
        const auto begun = apps.ask_and_wait(prepare_request(order));
        EXPECT_EQ(begun.status, 201U) << begun.body;
        order.payment = begun.at("data.paymentId");
        order.amount = std::stoll(begun.at("data.amount"));
        EXPECT_EQ(begun.at("data.checkout.orderId"), order.payment);
        agree(order);
        return order;
    }

    HttpAnswer get(const Order& order, const std::string& path)
    {
        return apps.ask_and_wait({.method = "GET", .target = "/api/v1" + path, .token = token(order.buyer)});
    }
    std::string status_of(const Order& order) { return get(order, "/orders/" + order.id).at("data.status"); }

    /// Until it is so, or time is up.
    template <class Condition>
    bool soon(Condition&& condition, std::chrono::seconds limit = 60s)
    {
        const auto until = Clock::now() + limit;
        while (!condition()) {
            if (Clock::now() > until) return false;
            apps.run_for(50ms);
        }
        return true;
    }

    struct Audit {
        int exit_status = -1;
        std::string said;
    };
    /// `jangteo audit`
    static Audit audit()
    {
        Process process("audit",
                        {from_environment("JANGTEO_TEST_BINARY"), "audit", "--patience-s=0",
                         "--kafka-brokers=" + from_environment("JANGTEO_TEST_KAFKA"),
                         "--postgres=" + from_environment("JANGTEO_TEST_POSTGRES")},
                        log_folder() + "/audit.log");
        const auto until = Clock::now() + 60s;
        while (!process.exit_status() && Clock::now() < until) std::this_thread::sleep_for(20ms);
        return {process.exit_status().value_or(-1), process.last_lines(200)};
    }

    StandIns gateways;
    std::vector<std::string> settings;       ///< Of every role.
    std::vector<std::string> more_settings;  ///< Said before the house is opened; they count.
    int look_for_deposit_s = 2;
};

}  // namespace jangteo::e2e
