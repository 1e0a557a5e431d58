#include "bench/load/play.hpp"

#include "bench/load/answers.hpp"
#include "bench/load/fate.hpp"
#include "bench/load/progress.hpp"
#include "events/time.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

namespace jangteo::bench {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// Moderate: every gateway has days like this.
constexpr const char* trouble_meanwhile = R"({"fail":0.03,"done_but_silent":0.03,"reject_card":0.03})";
constexpr const char* carrier = "한진택배";

constexpr milliseconds first_look_again{60};
constexpr milliseconds last_look_again{500};
constexpr milliseconds answer_timeout{30'000};

constexpr unsigned not_found = 404;
constexpr unsigned payment_failed = 402;
constexpr unsigned in_conflict = 409;

/// This order cannot be led on; the text says why.
class Stuck : public std::runtime_error {
public:
    Stuck(const std::string& what, const Answer& answer)
        : std::runtime_error(described(what, answer)),
          for_all_(answer.status == 0 || answer.status >= 500 || answer.status == 401 || answer.status == 403)
    {}
    explicit Stuck(const std::string& what) : std::runtime_error(what) {}

    /// After all that patience somebody is gone or ill: more of the same helps nobody.
    [[nodiscard]] bool for_all() const { return for_all_; }

private:
    bool for_all_ = false;
};

/// Grows from look to look: what has not come at once may take a while.
class Patience {
public:
    explicit Patience(milliseconds all) : until_(steady_clock::now() + all) {}

    [[nodiscard]] bool over() const { return steady_clock::now() > until_; }
    asio::awaitable<void> pause()
    {
        asio::steady_timer timer(co_await asio::this_coro::executor, next_);
        next_ = std::min(next_ * 2, last_look_again);
        co_await timer.async_wait(asio::use_awaitable);
    }

private:
    steady_clock::time_point until_;
    milliseconds next_ = first_look_again;
};

std::string tracking_number_of(const std::string& order, const std::string& seller)
{
    return order.substr(0, 8) + "-" + seller.substr(0, 8);
}

/// Of two that were sent at once: the one that says what became of the payment.
Answer telling(Answer one, Answer other)
{
    if (is_success(one)) return one;
    if (is_success(other)) return other;
    return one.status == payment_failed ? one : other;
}

HttpConnection::Settings to(const std::string& url, milliseconds patience)
{
    return {address_of(url), answer_timeout, patience};
}

Request get(std::string target, const std::string& token)
{
    return {Request::Method::get, std::move(target), token, "", "", ""};
}

/// Leads one order at a time. Requests are named before they are awaited: g++ 12 destroys an aggregate that was built
/// inside a co_await expression twice (GCC bug 98401).
class Guide {
public:
    Guide(const asio::any_io_executor& executor, const PlaySettings& settings, Tokens& tokens)
        : tokens_(tokens),
          patience_(settings.patience),
          edge_(executor, to(settings.url, settings.patience)),
          second_(executor, to(settings.url, settings.patience)),
          gateway_(executor, to(settings.standins, settings.patience))
    {}

    /// An operator settles the week that is under way.
    asio::awaitable<Settled> settle_week()
    {
        const auto& token = tokens_.token_of(journey_admin(), Role::admin);
        const auto request = post("/settlements/run", token, "", {{"beforeEnd", true}});
        const auto answer = co_await edge_.settle(request);
        const bool before = answer.status == in_conflict && code_of(answer) == "SET_002";
        if (!is_success(answer) && !before) throw Stuck("the week cannot be settled", answer);
        const auto said = before ? parsed(answer.body).at("error").at("details") : data_of(answer);
        co_return Settled{said.at("period"), said.at("sellers"), said.at("settled"), said.at("amount"), before};
    }

    /// From where it stands to where it is to end. True if its buyer paid twice at once. Throws Stuck.
    asio::awaitable<bool> lead(const PlacedOrder& order)
    {
        const auto fate = fate_of(order.id);
        bool twice = false;
        auto seen = co_await look(order);
        if (seen.status == "pending") {
            if (fate == Fate::never_paid) co_return false;
            if (fate == Fate::given_up) {
                co_await cancel(order);
                co_return false;
            }
            twice = fate == Fate::paid_twice_at_once;
            const bool paid = co_await pay(order, seen.total_won == 0, twice);
            if (!paid) co_return twice;
            seen = co_await look_until(order, "confirmed", [](const auto& now) { return now.status != "pending"; });
        }
        if (seen.status == "confirmed" && fate == Fate::sent_back) {
            co_await cancel(order);
            seen = co_await look(order);
        }
        if (seen.status == "cancelled") {
            co_await see_money_back(order);
            co_return twice;
        }
        if (seen.status == "confirmed") co_await prepare_goods(order, seen);
        co_await ship(order, seen);
        co_await deliver(order, seen);
        if (seen.kept) co_return twice;
        const auto arrived = [](const auto& now) { return now.status == "delivered" || now.status == "returned"; };
        if (!arrived(seen)) seen = co_await look_until(order, "delivered", arrived);
        const bool returned = fate == Fate::returned && seen.sellers.size() == 1;
        if (returned) {
            co_await give_back(order, seen.sellers.front());
        } else {
            co_await keep(order);
        }
        co_return twice;
    }

    asio::awaitable<SeenOrder> look(const PlacedOrder& order)
    {
        const auto request = get("/api/v1/orders/" + order.id.text(), token_of_buyer(order));
        const auto answer = co_await edge_.ask(request);
        auto seen = seen_order(data_of(answer));
        if (!seen) throw Stuck("order " + order.id.text(), answer);
        co_return std::move(*seen);
    }

    asio::awaitable<std::vector<SeenPayment>> payments_of(const PlacedOrder& order)
    {
        const auto request = get("/api/v1/payments/order/" + order.id.text(), token_of_buyer(order));
        const auto answer = co_await edge_.ask(request);
        auto seen = seen_payments(data_of(answer));
        if (!seen) throw Stuck("payments of order " + order.id.text(), answer);
        co_return std::move(*seen);
    }

    /// A payment of an order that this play knows nothing of; empty when there is none.
    asio::awaitable<std::optional<SeenPayment>> payment(const std::string& id)
    {
        const auto request = get("/api/v1/payments/" + id, tokens_.token_of(journey_admin(), Role::admin));
        const auto answer = co_await edge_.ask(request);
        if (answer.status == not_found) co_return std::nullopt;
        auto seen = seen_payment(data_of(answer));
        if (!seen) throw Stuck("payment " + id, answer);
        co_return seen;
    }

    /// /control of the stand-ins.
    asio::awaitable<nlohmann::json> control(Request::Method method, std::string path, std::string body = {})
    {
        const Request request{method, "/control" + std::move(path), "", "", "", std::move(body)};
        const auto answer = co_await gateway_.ask(request);
        auto json = parsed(answer.body);
        if (!is_success(answer) || !json.is_object()) throw Stuck("stand-ins, " + request.target, answer);
        co_return json;
    }

private:
    // --- The buyer ---

    /// False: no card was good, and the buyer leaves it at that.
    asio::awaitable<bool> pay(const PlacedOrder& order, bool for_nothing, bool twice)
    {
        for (Patience patience(patience_);;) {
            const auto payments = co_await payments_of(order);
            const auto failed = count_of(payments, "failed");
            if (count_of(payments, "completed") > 0) co_return true;
            if (failed >= most_cards) co_return false;
            const auto answer = co_await try_to_pay(order, failed, for_nothing, twice);
            if (is_success(answer)) co_return true;
            // Refused, or an earlier play's try is still under way: the payments say which.
            const bool look_again = answer.status == payment_failed || answer.status == in_conflict;
            if (!look_again || patience.over()) throw Stuck("payment of order " + order.id.text(), answer);
            co_await patience.pause();
        }
    }

    asio::awaitable<Answer> try_to_pay(const PlacedOrder& order, std::size_t failed_before, bool for_nothing,
                                       bool twice)
    {
        const auto id = order.id.text();
        const bool by_account = pays_into_account(order.id);
        const auto* method = for_nothing ? "point" : by_account ? "virtual_account" : "card";
        const nlohmann::json wanted{{"orderId", id}, {"method", method}};
        const auto prepare =
            as_buyer(order, "/payments/prepare", fmt::format("journey:prepare:{}:{}", id, failed_before), wanted);
        auto prepared = co_await edge_.settle(prepare);
        const auto payment = data_of(prepared);
        if (!payment.is_object() || payment.value("status", "") != "pending") co_return prepared;

        const auto payment_id = payment.value("paymentId", "");
        const auto amount = payment.value("amount", std::int64_t{0});
        const nlohmann::json agreed{
            {"orderId", payment_id}, {"amount", amount}, {"method", by_account ? "VIRTUAL_ACCOUNT" : "CARD"}};
        const auto window = co_await control(Request::Method::post, "/toss/pay", agreed.dump());
        const auto key = window.value("paymentKey", "");

        const nlohmann::json said{{"paymentKey", key}, {"orderId", payment_id}, {"amount", amount}};
        const auto path = "/payments/" + payment_id + "/complete";
        const auto complete = as_buyer(order, path, "journey:complete:" + key, said);
        if (!twice) {
            auto completed = co_await edge_.settle(complete);
            // An earlier play's account may still wait.
            if (by_account && (is_success(completed) || completed.status == in_conflict)) co_await pay_in(payment_id);
            co_return completed;
        }
        const auto again = as_buyer(order, path, "journey:complete:" + key + ":again", said);
        using namespace asio::experimental::awaitable_operators;
        auto both = edge_.settle(complete) && second_.settle(again);
        auto [one, other] = co_await std::move(both);
        co_return telling(std::move(one), std::move(other));
    }

    /// Into the account that the gateway has opened, unless that was done.
    asio::awaitable<void> pay_in(const std::string& payment_id)
    {
        const auto books = co_await control(Request::Method::get, "/toss/ledger?orderId=" + payment_id);
        for (const auto& account : books.at("payments")) {
            if (account.value("status", "") != "WAITING_FOR_DEPOSIT") continue;
            const nlohmann::json key{{"paymentKey", account.value("paymentKey", "")}};
            co_await control(Request::Method::post, "/toss/deposit", key.dump());
        }
    }

    asio::awaitable<void> cancel(const PlacedOrder& order)
    {
        const auto id = order.id.text();
        const auto request =
            as_buyer(order, "/orders/" + id + "/cancel", "journey:cancel:" + id, {{"reason", "단순 변심"}});
        co_await done("cancellation of order " + id, request);
    }

    asio::awaitable<void> keep(const PlacedOrder& order)
    {
        const auto id = order.id.text();
        const auto request =
            as_buyer(order, "/orders/" + id + "/confirm-purchase", "journey:keep:" + id, nlohmann::json::object());
        co_await done("purchase of order " + id, request);
    }

    /// All of it; its seller finds nothing wrong with it, and the money is back at the end.
    asio::awaitable<void> give_back(const PlacedOrder& order, const std::string& seller)
    {
        const auto id = order.id.text();
        const auto what = "return of order " + id;
        const auto wish =
            as_buyer(order, "/orders/" + id + "/return", "journey:return:" + id, {{"reason", "단순 변심"}});
        const auto asked = co_await done(what, wish);
        const auto claim = data_of(asked).value("id", "");
        const nlohmann::json approved{{"status", "approved"}};
        co_await say_of_return(what, claim, seller, asked.position, approved);
        const nlohmann::json collected{
            {"status", "collecting"}, {"carrier", carrier}, {"trackingNumber", tracking_number_of(id, seller)}};
        co_await say_of_return(what, claim, seller, asked.position, collected);
        const auto look = get("/api/v1/returns/" + claim, token_of_buyer(order));
        const auto seen = co_await edge_.ask(look);
        nlohmann::json received{{"status", "received"}, {"items", nlohmann::json::array()}};
        for (auto item : data_of(seen).value("items", nlohmann::json::array())) {
            item["condition"] = "resellable";
            received["items"].push_back(std::move(item));
        }
        co_await say_of_return(what, claim, seller, asked.position, received);
        for (Patience patience(patience_);;) {
            const auto now = co_await edge_.ask(look);
            if (data_of(now).value("status", "") == "refunded") co_return;
            if (patience.over()) throw Stuck(what, now);
            co_await patience.pause();
        }
    }
    /// `position`: of the buyer's wish, which the seller may hear of a moment later.
    asio::awaitable<void> say_of_return(const std::string& what, const std::string& claim, const std::string& seller,
                                        const std::string& position, const nlohmann::json& said)
    {
        auto request =
            as_seller(seller, "/returns/" + claim, "journey:" + said.value("status", "") + ":" + claim, said);
        request.method = Request::Method::patch;
        request.position = position;
        co_await done(what, request);
    }

    // --- Sellers and carriers ---

    asio::awaitable<void> prepare_goods(const PlacedOrder& order, const SeenOrder& seen)
    {
        const auto id = order.id.text();
        if (seen.sellers.empty()) throw Stuck("order " + id + " has no sellers");
        auto request = as_seller(seen.sellers.front(), "/orders/" + id + "/status", "journey:processing:" + id,
                                 {{"status", "processing"}});
        request.method = Request::Method::patch;
        co_await done("preparation of order " + id, request);
    }

    /// Each seller ships his own part.
    asio::awaitable<void> ship(const PlacedOrder& order, SeenOrder& seen)
    {
        const auto id = order.id.text();
        for (const auto& seller : seen.sellers) {
            if (std::ranges::find(seen.shipments, seller, &SeenShipment::seller) != seen.shipments.end()) continue;
            auto request = as_seller(
                seller, "/orders/" + id + "/status", "journey:ship:" + id + ":" + seller,
                {{"status", "shipped"}, {"carrier", carrier}, {"trackingNumber", tracking_number_of(id, seller)}});
            request.method = Request::Method::patch;
            const auto answer = co_await done("shipping of order " + id, request);
            seen.shipments.push_back({data_of(answer).value("shipmentId", ""), seller});
        }
    }

    asio::awaitable<void> deliver(const PlacedOrder& order, const SeenOrder& seen)
    {
        const auto what = "delivery of order " + order.id.text();
        for (const auto& shipment : seen.shipments) {
            if (shipment.delivered) continue;
            const auto at =
                events::to_iso8601(std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()));
            const auto request =
                as_seller(shipment.seller, "/shippings/" + shipment.id + "/events",
                          "journey:delivered:" + shipment.id + ":" + at, {{"status", "delivered"}, {"occurredAt", at}});
            // The order's process opens the shipment, a moment after the seller has been answered.
            for (Patience patience(patience_);;) {
                const auto answer = co_await edge_.settle(request);
                if (is_success(answer)) break;
                if (answer.status != not_found || patience.over()) throw Stuck(what, answer);
                co_await patience.pause();
            }
        }
    }

    // --- What comes by itself ---

    template <class Condition>
    asio::awaitable<SeenOrder> look_until(const PlacedOrder& order, const char* what, Condition condition)
    {
        for (Patience patience(patience_);;) {
            auto seen = co_await look(order);
            if (condition(seen)) co_return seen;
            if (patience.over()) throw Stuck(fmt::format("order {} is {}, not {}", order.id.text(), seen.status, what));
            co_await patience.pause();
        }
    }

    asio::awaitable<void> see_money_back(const PlacedOrder& order)
    {
        for (Patience patience(patience_);;) {
            const auto payments = co_await payments_of(order);
            if (count_of(payments, "completed") == 0) co_return;
            if (patience.over()) throw Stuck("the money of the cancelled order " + order.id.text() + " is not back");
            co_await patience.pause();
        }
    }

    // --- Asking ---

    asio::awaitable<Answer> done(const std::string& what, const Request& request)
    {
        auto answer = co_await edge_.settle(request);
        if (!is_success(answer)) throw Stuck(what, answer);
        co_return answer;
    }

    const std::string& token_of_buyer(const PlacedOrder& order) { return tokens_.token_of(order.buyer, Role::user); }

    static Request post(const std::string& path, const std::string& token, std::string key, const nlohmann::json& body)
    {
        return {Request::Method::post, "/api/v1" + path, token, std::move(key), "", body.dump()};
    }
    Request as_buyer(const PlacedOrder& order, const std::string& path, std::string key, const nlohmann::json& body)
    {
        return post(path, token_of_buyer(order), std::move(key), body);
    }
    Request as_seller(const std::string& seller, const std::string& path, std::string key, const nlohmann::json& body)
    {
        const auto id = events::UserId::parse(seller);
        if (!id) throw Stuck("`" + seller + "` is no seller's id");
        return post(path, tokens_.token_of(*id, Role::seller), std::move(key), body);
    }

    Tokens& tokens_;
    const milliseconds patience_;
    HttpConnection edge_;
    HttpConnection second_;  ///< For a buyer whose finger slips.
    HttpConnection gateway_;
};

class Stage {
public:
    Stage(const std::vector<PlacedOrder>& orders, const PlaySettings& settings, Tokens& tokens) : orders_(orders)
    {
        const auto guides = std::clamp<std::size_t>(orders.size(), 1, settings.orders_at_once);
        guides_.reserve(guides);
        for (std::size_t i = 0; i < guides; ++i) guides_.emplace_back(context_.get_executor(), settings, tokens);
    }

    Ending run()
    {
        alone([](Guide& guide) { return stir_up(guide); });
        const auto start = steady_clock::now();
        for_each_order("play", [this](Guide& guide, const PlacedOrder& order) { return lead(guide, order); });
        ending_.seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
        alone([this](Guide& guide) { return calm_down(guide); });
        if (given_up_) return std::move(ending_);
        for_each_order("look", [this](Guide& guide, const PlacedOrder& order) { return see_end(guide, order); });
        if (!given_up_) alone([this](Guide& guide) { return compare_books(guide); });
        if (!given_up_) alone([this](Guide& guide) { return settle(guide); });
        return std::move(ending_);
    }

private:
    template <class Work>
    void alone(Work work)
    {
        spawn(guides_.front(), [work](Guide& guide) -> asio::awaitable<void> { co_await work(guide); });
        run_all();
    }

    /// What goes wrong with one order is noted, and the others go on.
    template <class Work>
    void for_each_order(const std::string& what, Work work)
    {
        if (orders_.empty()) return;
        Progress progress(what, orders_.size());
        std::size_t next = 0;
        for (auto& guide : guides_) {
            spawn(guide, [this, &progress, &next, work](Guide& mine) -> asio::awaitable<void> {
                while (!given_up_ && next < orders_.size()) {
                    const auto& order = orders_[next++];
                    try {
                        co_await work(mine, order);
                    } catch (const Stuck& stuck) {
                        note(stuck);
                    }
                    progress.advance();
                }
            });
        }
        run_all();
        progress.finish();
    }

    template <class Work>
    void spawn(Guide& guide, Work work)
    {
        asio::co_spawn(
            context_,
            [this, &guide, work]() -> asio::awaitable<void> {
                try {
                    co_await work(guide);
                } catch (const Stuck& stuck) {
                    note(stuck);
                }
            },
            [](const std::exception_ptr& failure) {
                if (failure) std::rethrow_exception(failure);
            });
    }

    void run_all()
    {
        context_.run();
        context_.restart();
    }

    void note(const Stuck& stuck)
    {
        ending_.note_unexpected(stuck.what());
        given_up_ = given_up_ || stuck.for_all();
    }

    static asio::awaitable<void> stir_up(Guide& guide)
    {
        co_await guide.control(Request::Method::remove, "/trouble");
        co_await guide.control(Request::Method::put, "/trouble", trouble_meanwhile);
    }

    asio::awaitable<void> calm_down(Guide& guide)
    {
        const auto shown = co_await guide.control(Request::Method::get, "/trouble");
        const auto done = shown.value("done", nlohmann::json::object());
        ending_.trouble = {done.value("failed", std::size_t{0}), done.value("silent", std::size_t{0}),
                           done.value("cards_rejected", std::size_t{0})};
        co_await guide.control(Request::Method::remove, "/trouble");
    }

    asio::awaitable<void> lead(Guide& guide, const PlacedOrder& order)
    {
        const bool twice = co_await guide.lead(order);
        ++ending_.played;
        if (twice) ++ending_.paid_twice_at_once;
    }

    asio::awaitable<void> see_end(Guide& guide, const PlacedOrder& order)
    {
        const auto seen = co_await guide.look(order);
        const auto payments = co_await guide.payments_of(order);
        const auto end = end_of(seen, payments);
        ++ending_.orders[end.state][end.why];
        for (const auto& payment : payments) ours_[payment.id] = account_of(payment);
    }

    /// The gateway may also have taken money for orders that are not of this play.
    asio::awaitable<void> compare_books(Guide& guide)
    {
        const auto ledger = co_await guide.control(Request::Method::get, "/toss/ledger");
        const auto gateways = gateways_accounts(ledger);
        if (!gateways) throw Stuck("the gateway's ledger cannot be read");
        for (const auto& [id, account] : *gateways) {
            if (ours_.contains(id)) continue;
            const auto payment = co_await guide.payment(id);
            if (payment) ours_[id] = account_of(*payment);
        }
        ending_.money = balance_of(ours_, *gateways);
        ending_.money_seen = true;
    }

    asio::awaitable<void> settle(Guide& guide)
    {
        auto settled = co_await guide.settle_week();
        ending_.settled = std::move(settled);
    }

    const std::vector<PlacedOrder>& orders_;
    asio::io_context context_{1};
    std::vector<Guide> guides_;
    bool given_up_ = false;
    Accounts ours_;
    Ending ending_;
};

}  // namespace

void find_standins(const std::string& url)
{
    asio::io_context context{1};
    HttpConnection connection(context.get_executor(), {address_of(url), answer_timeout, milliseconds(0)});
    const auto request = get("/control/health", "");
    asio::co_spawn(context, connection.ask(request), [&](const std::exception_ptr& failure, const Answer& answer) {
        if (failure) std::rethrow_exception(failure);
        if (!is_success(answer)) throw std::runtime_error(described("no stand-ins at " + url, answer));
    });
    context.run();
}

Ending play(const std::vector<PlacedOrder>& orders, const PlaySettings& settings, Tokens& tokens)
{
    find_standins(settings.standins);
    return Stage(orders, settings, tokens).run();
}

}  // namespace jangteo::bench
