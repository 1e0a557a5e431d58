#include "bench/load/loader.hpp"

#include "bench/load/answers.hpp"
#include "bench/load/household_queue.hpp"
#include "bench/load/http_connection.hpp"
#include "bench/load/progress.hpp"

#include <fmt/core.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace jangteo::bench {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds lag_poll_interval{5};
constexpr std::chrono::seconds longest_lag{60};

constexpr unsigned key_used_for_another_body = 422;

/// The market may refuse an order for a reason of its own; everything else is trouble of the load or the edge.
bool is_refusal(const Answer& answer)
{
    return answer.status == 400 || answer.status == 402 || answer.status == 404 || answer.status == 409 ||
           answer.status == key_used_for_another_body;
}

/// A quantity goes out as it stands: a number as a number, anything else as text.
nlohmann::ordered_json quantity_json(const Line& line)
{
    if (const auto units = line.units()) return *units;
    auto number = nlohmann::ordered_json::parse(line.quantity, nullptr, false);
    if (number.is_number()) return number;
    return line.quantity;
}

class Run {
public:
    Run(const Journey& journey, const LoadSettings& settings, Tokens& tokens)
        : journey_(journey), settings_(settings), tokens_(tokens), orders_(journey)
    {
        const HttpConnection::Settings connection{address_of(settings.url), std::chrono::milliseconds(30'000),
                                                  settings.patience};
        for (std::size_t i = 0; i < settings.concurrency; ++i) {
            connections_.emplace_back(context_.get_executor(), connection);
        }
    }

    Summary run()
    {
        // Every phase stands on the one before: orders for shelves that could not be filled would only be refused.
        phase("products", journey_.products.size(), [this](HttpConnection& c) { return stock_products(c); });
        if (summary_.unexpected == 0 && settings_.grant_points > 0) {
            phase("grants", journey_.households.size(), [this](HttpConnection& c) { return grant_points(c); });
        }
        if (summary_.unexpected > 0) return std::move(summary_);
        const auto start = steady_clock::now();
        last_answer_at_ = start;
        phase("orders", journey_.baskets.size(), [this](HttpConnection& c) { return place_orders(c); });
        summary_.seconds = std::chrono::duration<double>(last_answer_at_ - start).count();
        if (!last_order_.empty()) measure_lag();
        return std::move(summary_);
    }

private:
    template <class Work>
    void phase(const std::string& what, std::size_t total, Work work)
    {
        if (total == 0) return;
        progress_.emplace(what, total);
        next_ = 0;
        for (auto& connection : connections_) asio::co_spawn(context_, work(connection), rethrow);
        context_.run();
        context_.restart();
        progress_->finish();
    }

    static void rethrow(const std::exception_ptr& failure)
    {
        if (failure) std::rethrow_exception(failure);
    }

    asio::awaitable<void> stock_products(HttpConnection& connection)
    {
        while (!given_up_ && next_ < journey_.products.size()) {
            const auto& product = journey_.products[next_++];
            const nlohmann::ordered_json body{{"onHand", settings_.stock},
                                              {"name", product.name},
                                              {"unitPrice", product.unit_price_won},
                                              {"sellerId", product.seller_id.text()}};
            // The same file stocks the shelf once. Another file, or another --stock, is another command: it may have
            // seen the product at another price first.
            const auto text = body.dump();
            const auto digest = events::to_string(events::uuid_v5(product.id.value, text));
            const Request request{Request::Method::put,
                                  "/api/v1/inventory/" + product.id.text(),
                                  tokens_.token_of(journey_admin(), Role::admin),
                                  "journey:product:" + product.number + ":" + digest,
                                  "",
                                  text};
            const auto answer = co_await connection.settle(request);
            note_change(answer);
            if (is_success(answer)) {
                ++summary_.products;
            } else {
                fail("product " + product.number, answer);
            }
            progress_->advance();
        }
    }

    asio::awaitable<void> grant_points(HttpConnection& connection)
    {
        while (!given_up_ && next_ < journey_.households.size()) {
            const auto& household = journey_.households[next_++];
            const nlohmann::ordered_json body{
                {"amount", settings_.grant_points}, {"source", "admin"}, {"description", "journey grant"}};
            const Request request{Request::Method::post,
                                  "/api/v1/users/" + household.id.text() + "/points/earn",
                                  tokens_.token_of(journey_admin(), Role::admin),
                                  "journey:grant:" + household.number,
                                  "",
                                  body.dump()};
            const auto answer = co_await connection.settle(request);
            note_change(answer);
            if (is_success(answer)) {
                ++summary_.grants;
            } else if (answer.status == key_used_for_another_body) {
                // Once is once: an earlier load has granted this household another amount.
                ++summary_.granted_before;
            } else {
                fail("points of household " + household.number, answer);
            }
            progress_->advance();
        }
    }

    asio::awaitable<void> place_orders(HttpConnection& connection)
    {
        while (!given_up_ && answered_ < journey_.baskets.size()) {
            const auto index = orders_.take();
            if (!index) {
                // What is left belongs to households whose last answer is still out. Another worker's answer frees
                // them, and that worker goes on with the next basket itself.
                co_return;
            }
            const auto& basket = journey_.baskets[*index];
            const auto& household = journey_.households[basket.household];
            const Request request{Request::Method::post,
                                  "/api/v1/orders",
                                  tokens_.token_of(household.id, Role::user),
                                  "journey:basket:" + basket.number,
                                  "",
                                  order_body(journey_, *index, settings_)};
            const auto sent_at = steady_clock::now();
            const auto answer = co_await connection.settle(request);
            last_answer_at_ = steady_clock::now();
            summary_.latencies.add(last_answer_at_ - sent_at);
            note_order(*index, answer);
            orders_.done(*index);
            ++answered_;
            progress_->advance();
        }
    }

    void note_order(std::size_t index, const Answer& answer)
    {
        const auto& basket = journey_.baskets[index];
        ++summary_.sent;
        note_change(answer);
        if (is_refusal(answer)) {
            ++summary_.refused[code_of(answer)];
            return;
        }
        const auto json = parsed(answer.body);
        if (!is_success(answer) || !json.is_object() || !json.contains("data") || !json["data"].is_object() ||
            !json["data"].contains("id")) {
            fail("basket " + basket.number, answer);
            return;
        }
        const auto& order = json["data"];
        const auto id = order["id"].is_string() ? events::OrderId::parse(order["id"].get<std::string>()) : std::nullopt;
        const auto& buyer = journey_.households[basket.household].id;
        if (id) summary_.placed.push_back({*id, buyer});
        ++summary_.accepted;
        summary_.lines += basket.lines.size();
        for (const auto& line : basket.lines) summary_.units_held += line.units().value_or(0);
        // An accepted order has spent what it asked for, or it would have been refused; where the answer says the
        // amount, the answer counts.
        summary_.points_spent += order.contains("pointsUsed") && order["pointsUsed"].is_number_integer()
                                     ? order["pointsUsed"].get<std::int64_t>()
                                     : points_of(index, settings_);
        last_order_ = order["id"].get<std::string>();
        last_owner_ = buyer;
        last_position_ = answer.position;
    }

    void fail(const std::string& what, const Answer& answer)
    {
        summary_.note_unexpected(described(what, answer));
        // After all that patience the edge is gone, ill or not ours to talk to: more of the same helps nobody.
        if (answer.status == 0 || answer.status >= 500 || answer.status == 401 || answer.status == 403) {
            given_up_ = true;
        }
    }

    void note_change(const Answer& answer)
    {
        // An answer is also "given before" when our own first try was lost on the way back: that was this load's.
        if (answer.replayed && answer.attempts == 1) {
            ++summary_.repeats;
        } else if (is_success(answer)) {
            ++summary_.changes;
        }
    }

    // Requests are named before they are awaited: g++ 12 destroys an aggregate that was built inside a co_await
    // expression twice (GCC bug 98401).

    void measure_lag()
    {
        asio::co_spawn(
            context_,
            [this]() -> asio::awaitable<void> {
                const Request query{Request::Method::get,
                                    "/api/v1/orders/" + last_order_,
                                    tokens_.token_of(last_owner_, Role::user),
                                    "",
                                    last_position_,
                                    ""};
                for (;;) {
                    const auto answer = co_await connections_.front().ask(query);
                    const auto waited = steady_clock::now() - last_answer_at_;
                    summary_.lag_s = std::chrono::duration<double>(waited).count();
                    const auto json = parsed(answer.body);
                    if (answer.status == 200 && json.is_object() && json.contains("data") && json["data"].is_object() &&
                        json["data"].value("status", "placing") != "placing") {
                        co_return;
                    }
                    if (waited > longest_lag) {
                        summary_.note_unexpected(described("the order accepted last is not to be seen", answer));
                        co_return;
                    }
                    asio::steady_timer timer(context_, lag_poll_interval);
                    co_await timer.async_wait(asio::use_awaitable);
                }
            },
            rethrow);
        context_.run();
        context_.restart();
    }

    const Journey& journey_;
    const LoadSettings& settings_;
    Tokens& tokens_;
    HouseholdQueue orders_;
    asio::io_context context_{1};
    std::vector<HttpConnection> connections_;
    std::optional<Progress> progress_;
    std::size_t next_ = 0;
    std::size_t answered_ = 0;
    bool given_up_ = false;
    steady_clock::time_point last_answer_at_;
    std::string last_order_;
    events::UserId last_owner_;
    std::string last_position_;
    Summary summary_;
};

}  // namespace

std::int64_t points_of(std::size_t index, const LoadSettings& settings)
{
    return settings.points_every > 0 && index % settings.points_every == 0 ? settings.points_to_use : 0;
}

std::string order_body(const Journey& journey, std::size_t index, const LoadSettings& settings)
{
    const auto& basket = journey.baskets[index];
    nlohmann::ordered_json body;
    body["userId"] = journey.households[basket.household].id.text();
    auto& items = body["items"] = nlohmann::ordered_json::array();
    for (const auto& line : basket.lines) {
        items.push_back({{"productId", journey.products[line.product].id.text()}, {"quantity", quantity_json(line)}});
    }
    // The data names no address; this one is of the form that Korea's post office expects.
    body["shippingAddress"] = {{"recipientName", "홍길동"},
                               {"phone", "010-1234-5678"},
                               {"zipCode", "06234"},
                               {"address", "서울특별시 강남구 테헤란로 152"},
                               {"addressDetail", "101동 101호"}};
    if (const auto points = points_of(index, settings); points > 0) body["pointsToUse"] = points;
    return body.dump();
}

Summary load(const Journey& journey, const LoadSettings& settings, Tokens& tokens)
{
    return Run(journey, settings, tokens).run();
}

}  // namespace jangteo::bench
