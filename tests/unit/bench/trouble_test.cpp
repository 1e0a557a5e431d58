// The loader against an edge that misbehaves: a few lines of HTTP on a loopback port.
#include "bench/load/loader.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jangteo::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

struct Heard {
    std::string method;
    std::string target;
    std::string key;
    std::string body;
};

/// What the stand-in does with a request; 0 closes the connection without a word.
struct Reply {
    unsigned status = 200;
    std::string body = "{}";
    bool replayed = false;
};

class StandInEdge {
public:
    using Behaviour = std::function<Reply(const Heard&, std::size_t earlier_with_this_key)>;

    explicit StandInEdge(Behaviour behaviour) : behaviour_(std::move(behaviour))
    {
        accepting_ = std::thread([this] { accept(); });
    }

    ~StandInEdge()
    {
        stops_ = true;
        // A connection of our own wakes the one that accepts.
        asio::io_context context;
        asio::ip::tcp::socket waking(context);
        boost::system::error_code ignored;
        waking.connect(acceptor_.local_endpoint(), ignored);
        accepting_.join();
        for (auto& connection : connections_) connection.join();
    }

    [[nodiscard]] std::string url() const
    {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

    std::vector<Heard> heard()
    {
        const std::lock_guard lock(mutex_);
        return heard_;
    }

private:
    void accept()
    {
        while (true) {
            asio::ip::tcp::socket socket(context_);
            acceptor_.accept(socket);
            if (stops_) return;
            connections_.emplace_back([this, moved = std::move(socket)]() mutable { serve(moved); });
        }
    }

    void serve(asio::ip::tcp::socket& socket)
    {
        boost::beast::flat_buffer buffer;
        boost::system::error_code error;
        while (true) {
            http::request<http::string_body> request;
            http::read(socket, buffer, request, error);
            if (error) return;
            const auto reply = answer({std::string(request.method_string()), std::string(request.target()),
                                       std::string(request["Idempotency-Key"]), request.body()});
            if (reply.status == 0) return;
            http::response<http::string_body> response(http::int_to_status(reply.status), 11);
            response.body() = reply.body;
            if (reply.replayed) response.set("Idempotent-Replayed", "true");
            response.prepare_payload();
            http::write(socket, response, error);
            if (error) return;
        }
    }

    Reply answer(const Heard& heard)
    {
        const std::lock_guard lock(mutex_);
        const auto earlier = std::count_if(heard_.begin(), heard_.end(), [&](const Heard& other) {
            return !heard.key.empty() && other.key == heard.key;
        });
        heard_.push_back(heard);
        return behaviour_(heard, static_cast<std::size_t>(earlier));
    }

    Behaviour behaviour_;
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_{context_, {asio::ip::make_address("127.0.0.1"), 0}};
    std::atomic<bool> stops_{false};
    std::mutex mutex_;
    std::vector<Heard> heard_;
    std::list<std::thread> connections_;
    std::thread accepting_;
};

const std::string order_accepted =
    R"({"success":true,"data":{"id":"0b2b5ba3-0a57-4b39-8f43-6c8f8a9e6a1f","status":"pending"}})";

Reply friendly(const Heard& heard)
{
    if (heard.method == "PUT") return {200, "{}", false};
    if (heard.method == "GET") return {200, order_accepted, false};
    return {201, order_accepted, false};
}

Journey two_baskets_of_one_household()
{
    Journey journey;
    journey.products = {{"1", product_id_of("1"), {}, "MUG", 100}};
    journey.households = {{"7", user_id_of("7")}};
    journey.baskets = {{"10", 0, {{0, "3"}}}, {"11", 0, {{0, "4"}}}};
    return journey;
}

Summary load_against(StandInEdge& edge, LoadSettings settings = {})
{
    settings.url = edge.url();
    settings.concurrency = 4;
    settings.patience = std::chrono::milliseconds(3'000);
    auto tokens = Tokens::signed_with(std::string(32, 's'));
    return load(two_baskets_of_one_household(), settings, tokens);
}

TEST(Load, stocks_products_then_grants_points_then_orders_in_the_households_order)
{
    StandInEdge edge([](const Heard& heard, std::size_t) { return friendly(heard); });
    LoadSettings settings;
    settings.stock = 77;
    settings.grant_points = 500;
    auto summary = load_against(edge, settings);
    const auto heard = edge.heard();
    ASSERT_GE(heard.size(), 4U);
    EXPECT_EQ(heard[0].key.rfind("journey:product:1:", 0), 0U) << heard[0].key;
    EXPECT_EQ(heard[0].target, "/api/v1/inventory/" + product_id_of("1").text());
    EXPECT_EQ(nlohmann::json::parse(heard[0].body)["onHand"], 77);
    EXPECT_EQ(heard[1].key, "journey:grant:7");
    EXPECT_EQ(heard[1].target, "/api/v1/users/" + user_id_of("7").text() + "/points/earn");
    EXPECT_EQ(heard[2].key, "journey:basket:10");
    EXPECT_EQ(heard[3].key, "journey:basket:11");
    EXPECT_EQ(summary.accepted, 2U);
    EXPECT_EQ(summary.units_held, 7);
    EXPECT_EQ(summary.unexpected, 0U);
    EXPECT_EQ(summary.changes, 4U);
}

TEST(Load, sends_a_lost_command_again_with_the_same_key_and_body)
{
    StandInEdge edge([](const Heard& heard, std::size_t earlier) -> Reply {
        if (heard.key == "journey:basket:10" && earlier == 0) return {0, "", false};
        if (heard.key == "journey:basket:10" && earlier == 1) return {503, "", false};
        return friendly(heard);
    });
    const auto summary = load_against(edge);
    EXPECT_EQ(summary.accepted, 2U);
    EXPECT_EQ(summary.unexpected, 0U);
    std::vector<std::string> bodies;
    for (const auto& heard : edge.heard()) {
        if (heard.key == "journey:basket:10") bodies.push_back(heard.body);
    }
    ASSERT_EQ(bodies.size(), 3U);
    EXPECT_EQ(bodies[0], bodies[2]);
}

TEST(Load, asks_again_while_an_outcome_is_not_known)
{
    StandInEdge edge([](const Heard& heard, std::size_t earlier) -> Reply {
        if (heard.key == "journey:basket:10" && earlier < 2) return {202, "{}", false};
        return friendly(heard);
    });
    EXPECT_EQ(load_against(edge).accepted, 2U);
}

TEST(Load, counts_a_refusal_by_its_code_and_goes_on)
{
    StandInEdge edge([](const Heard& heard, std::size_t) -> Reply {
        if (heard.key == "journey:basket:10") {
            return {409, R"({"success":false,"error":{"code":"PROD_002","details":{}}})", false};
        }
        return friendly(heard);
    });
    const auto summary = load_against(edge);
    EXPECT_EQ(summary.refused.at("PROD_002"), 1U);
    EXPECT_EQ(summary.accepted, 1U);
    EXPECT_EQ(summary.units_held, 4);
    EXPECT_EQ(summary.unexpected, 0U);
}

TEST(Load, says_that_a_second_load_changed_nothing)
{
    StandInEdge edge([](const Heard& heard, std::size_t) {
        auto reply = friendly(heard);
        reply.replayed = true;
        return reply;
    });
    const auto summary = load_against(edge);
    EXPECT_EQ(summary.changes, 0U);
    EXPECT_EQ(summary.repeats, 3U);
}

TEST(Load, stocks_anew_when_the_figures_differ_and_repeats_when_they_do_not)
{
    StandInEdge edge([](const Heard& heard, std::size_t) { return friendly(heard); });
    LoadSettings settings;
    load_against(edge, settings);
    load_against(edge, settings);
    settings.stock = 5;
    load_against(edge, settings);
    std::vector<std::string> keys;
    for (const auto& heard : edge.heard()) {
        if (heard.method == "PUT") keys.push_back(heard.key);
    }
    ASSERT_EQ(keys.size(), 3U);
    EXPECT_EQ(keys[0], keys[1]);
    EXPECT_NE(keys[0], keys[2]);
}

TEST(Load, grants_a_household_once_whatever_the_amount)
{
    StandInEdge edge([](const Heard& heard, std::size_t) -> Reply {
        if (heard.key == "journey:grant:7") return {422, "{}", false};
        return friendly(heard);
    });
    LoadSettings settings;
    settings.grant_points = 500;
    const auto summary = load_against(edge, settings);
    EXPECT_EQ(summary.granted_before, 1U);
    EXPECT_EQ(summary.unexpected, 0U);
    EXPECT_EQ(summary.accepted, 2U);
}

TEST(Load, does_not_send_orders_when_the_shelves_could_not_be_filled)
{
    StandInEdge edge([](const Heard& heard, std::size_t) -> Reply {
        if (heard.method == "PUT") return {401, "{}", false};
        return friendly(heard);
    });
    const auto summary = load_against(edge);
    EXPECT_EQ(summary.sent, 0U);
    EXPECT_EQ(summary.unexpected, 1U);
}

}  // namespace
}  // namespace jangteo::bench
