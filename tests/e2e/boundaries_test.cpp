// Every boundary between two steps of the order process, with a kill -9 at each. No two of producers, sagas and consumers
// ever live at the same time: one starts, does all it can do, and is killed; then the next one. So every effect (an event,
// a saga's commands and tasks, a deed at the gateway) is the last thing that somebody did before he died, and the first
// thing that somebody else, just born, has to go on from. Each also dies right after the first of several effects.
#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "events/settlement.hpp"
#include "events/shipping.hpp"
#include "events/time.hpp"
#include "tests/e2e/front_door.hpp"
#include "tests/e2e/standins.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace jangteo::e2e {
namespace {

using namespace std::chrono_literals;
using namespace events;

/// Until somebody new owns everything that a killed owner had; the session of that one has to be over first.
constexpr auto take_over_limit = 60s;
/// Nothing new in the log for so long: all that could be done alone is done.
constexpr auto silence = 1'000ms;
/// Of a whole process: four times what it took with sanitizers.
constexpr auto patience = 10min;

class Boundaries : public FrontDoor {
public:
    void open()
    {
        settings = gateways.settings();
        settings.emplace_back("--ask-gateway-again-s=3");
        start_roles(settings);
        start("consumers", settings);
        start_edge(settings);
        mug = {random_uuid()};
        if (const auto put = put_item(mug, 99, 12'000); put.status != 200) throw std::runtime_error(put.body);
        log = std::make_unique<LogReader>(
            kafka::Settings{from_environment("JANGTEO_TEST_KAFKA"), "boundaries", [](kafka::LogLevel, auto) {}});
    }
    void kill_all(const std::string& role)
    {
        for (const auto& process : processes) {
            if (process->name().starts_with(role + "-") && process->runs()) process->kill();
        }
    }

    // ---- What people do. Everybody asks until he is answered, and goes on when he sees that he can.

    struct Order {
        UserId buyer{random_uuid()};
        std::string id{};
        std::string payment{};
        std::string shipment{};
        bool done = false;  ///< Nobody wants anything of it any more.
    };
    using Then = std::function<void(const HttpAnswer&)>;

    void ask(const Order& order, const std::string& method, const std::string& path, const std::string& body, Then then,
             edge::Role role = edge::Role::user)
    {
        apps.insist(
            {.method = method,
             .target = "/api/v1" + path,
             .token = token(role == edge::Role::admin ? UserId{random_uuid()} : order.buyer, role),
             .body = body,
             .idempotency_key = to_string(random_uuid()),
             .prefer = "wait=1"},
            [path, then](const HttpAnswer& answer) {
                EXPECT_TRUE(answer.status == 200 || answer.status == 201) << path << ": " << answer.body;
                if (answer.status == 200 || answer.status == 201) then(answer);
            },
            patience);
    }
    void place(Order& order, std::int64_t quantity, std::int64_t points, Then then)
    {
        auto request = order_request(order.buyer, mug, static_cast<int>(quantity), to_string(random_uuid()), points);
        request.prefer = "wait=1";
        apps.insist(std::move(request), std::move(then), patience);
    }
    /// Looks at the order until it is so.
    void once(const Order& order, const std::string& path, const std::string& member, const std::string& value,
              std::function<void()> then)
    {
        waiting.push_back({&order, path, member, value, std::move(then)});
    }
    void once(const Order& order, const std::string& status, std::function<void()> then)
    {
        once(order, "/orders/" + order.id, "data.status", status, std::move(then));
    }
    void pay(Order& order, std::function<void()> then)
    {
        ask(order, "POST", "/payments/prepare", R"({"orderId":")" + order.id + R"(","method":"card"})",
            [this, &order, then](const HttpAnswer& begun) {
                order.payment = begun.at("data.paymentId");
                const auto amount = begun.at("data.amount");
                const auto key = gateways.pay(order.payment, std::stoll(amount));
                ask(order, "POST", "/payments/" + order.payment + "/complete",
                    R"({"paymentKey":")" + key + R"(","orderId":")" + order.payment + R"(","amount":)" + amount + "}",
                    [this, &order, then](const HttpAnswer&) { once(order, "confirmed", then); });
            });
    }
    void ship_and_deliver(Order& order, std::function<void()> then)
    {
        ask(
            order, "PATCH", "/orders/" + order.id + "/status",
            R"({"status":"shipped","carrier":"CJ대한통운","trackingNumber":"1234567890"})",
            [this, &order, then](const HttpAnswer& shipped) {
                order.shipment = shipped.at("data.shipmentId");
                once(order, "/shippings/" + order.shipment, "data.id", order.shipment, [this, &order, then] {
                    ask(
                        order, "POST", "/shippings/" + order.shipment + "/events",
                        R"({"status":"delivered","occurredAt":")" + to_iso8601(now()) + "\"}",
                        [this, &order, then](const HttpAnswer&) { once(order, "delivered", then); }, edge::Role::admin);
                });
            },
            edge::Role::admin);
    }

    // ---- One at a time

    /// One role lives alone until nothing new comes to the log, and is killed. `dies_early`: once before, right after
    /// the first of its effects.
    void live_alone(const std::string& role, bool dies_early)
    {
        news();
        auto watched = free_port();
        auto& process = start_watched(role, watched);
        if (dies_early) {
            bool at_work = false;
            while (news() == 0 && !(at_work = is_at_work(role, watched))) apps.run_for(10ms);
            if (at_work) apps.run_for(50ms);
            process.kill();
            ++kills;
            watched = free_port();
            start_watched(role, watched);
        }
        const auto until = Clock::now() + take_over_limit;
        while (!is_at_work(role, watched)) {
            if (Clock::now() > until) throw std::runtime_error(role + " do not begin");
            apps.run_for(50ms);
        }
        auto last_news = Clock::now();
        while (Clock::now() - last_news < silence) {
            apps.run_for(100ms);
            look_at_orders();
            if (news() > 0) last_news = Clock::now();
        }
        kill_all(role);
        ++kills;
    }
    /// Until all orders are done and nothing moves any more.
    void live_one_after_the_other(const std::vector<const Order*>& orders)
    {
        for (const char* role : {"producers", "sagas", "consumers"}) kill_all(role);
        news();
        happened.clear();
        const auto until = Clock::now() + patience;
        for (bool dies_early = false;; dies_early = !dies_early) {
            const auto before = known.size();
            for (const char* role : {"producers", "sagas", "consumers"}) live_alone(role, dies_early);
            kill_all("projections");
            start("projections", settings);
            if (std::ranges::all_of(orders, [](const Order* order) { return order->done; }) && known.size() == before)
                return;
            if (Clock::now() > until) throw std::runtime_error("the orders do not come to their ends");
        }
    }

    StandIns gateways;
    std::vector<std::string> settings;
    ProductId mug;
    int kills = 0;
    std::map<std::string, int> happened;  ///< Events by type, since the roles live one after the other.

private:
    Process& start_watched(const std::string& role, std::uint16_t operations_port)
    {
        auto all = settings;
        all.push_back("--operations-address=127.0.0.1:" + std::to_string(operations_port));
        return start(role, std::move(all));
    }
    /// It owns all there is to own, as it says itself.
    static bool is_at_work(const std::string& role, std::uint16_t operations_port)
    {
        constexpr std::size_t partitions = 8;
        const std::map<std::string, std::pair<std::string, std::size_t>> signs{
            {"producers", {"phase=\"running\"} 1", contexts.size() * partitions}},
            {"sagas", {"phase=\"running\"} 1", inboxes.size() * partitions}},
            {"consumers", {"jangteo_worker_connected{target=\"payments.toss\"} 1", 1}}};
        const auto& [sign, wanted] = signs.at(role);
        Apps watch(operations_port);
        const auto metrics = watch.ask_and_wait({.method = "GET", .target = "/metrics"}).body;
        std::size_t found = 0;
        for (auto at = metrics.find(sign); at != std::string::npos; at = metrics.find(sign, at + 1)) ++found;
        return found >= wanted;
    }

    struct Waiting {
        const Order* order;
        std::string path;
        std::string member;
        std::string value;
        std::function<void()> then;
    };

    void look_at_orders()
    {
        for (auto& one : std::exchange(waiting, {})) {
            const auto answer =
                apps.ask_and_wait({.method = "GET", .target = "/api/v1" + one.path, .token = token(one.order->buyer)});
            if (answer.at(one.member) == one.value) {
                one.then();
            } else {
                waiting.push_back(std::move(one));
            }
        }
    }

    /// How many messages are new in the log since the last look. What is sent again is not new.
    std::size_t news()
    {
        const auto before = known.size();
        for (const auto& [topic, partitions] : log->read()) {
            if (topic == replies_topic) continue;
            auto& seen = read[topic];
            seen.resize(partitions.size());
            for (std::size_t p = 0; p < partitions.size(); ++p) {
                for (; seen[p] < partitions[p].size(); ++seen[p]) {
                    const auto& envelope = partitions[p][seen[p]].envelope;
                    if (envelope.type == taken_over_type) continue;
                    if (known.insert(topic + to_string(envelope.id)).second && topic.ends_with(".events")) {
                        ++happened[envelope.type];
                    }
                }
            }
        }
        return known.size() - before;
    }

    std::unique_ptr<LogReader> log;
    std::map<std::string, std::vector<std::size_t>> read;  ///< Records of each partition, by topic.
    std::set<std::string> known;
    std::vector<Waiting> waiting;
};

TEST_F(Boundaries, of_the_order_process_lose_and_repeat_nothing)
{
    open();
    Order kept{.buyer = new_member({400, 600})};
    Order paid_and_cancelled{.buyer = new_member({300})};
    Order cancelled{.buyer = new_member({300})};
    Order for_lack_of_stock{.buyer = new_member({200})};
    Order for_lack_of_points{.buyer = new_member({100})};
    const auto cancel = [this](Order& order) {
        ask(order, "POST", "/orders/" + order.id + "/cancel", "{}", [&](const HttpAnswer&) { order.done = true; });
    };
    place(kept, 2, 500, [&](const HttpAnswer& placed) {
        kept.id = placed.at("data.id");
        pay(kept, [&] {
            ship_and_deliver(kept, [&] {
                ask(kept, "POST", "/orders/" + kept.id + "/confirm-purchase", "{}",
                    [&](const HttpAnswer&) { kept.done = true; });
            });
        });
    });
    place(paid_and_cancelled, 1, 300, [&](const HttpAnswer& placed) {
        paid_and_cancelled.id = placed.at("data.id");
        pay(paid_and_cancelled, [&] { cancel(paid_and_cancelled); });
    });
    place(cancelled, 1, 300, [&](const HttpAnswer& placed) {
        cancelled.id = placed.at("data.id");
        cancel(cancelled);
    });
    const auto refused_with = [](Order& order, const std::string& code) {
        return [&order, code](const HttpAnswer& answer) {
            EXPECT_EQ(answer.at("error.code"), code) << answer.body;
            order.done = true;
        };
    };
    place(for_lack_of_stock, 100, 200, refused_with(for_lack_of_stock, "PROD_002"));
    place(for_lack_of_points, 1, 500, refused_with(for_lack_of_points, "POINT_001"));

    live_one_after_the_other({&kept, &paid_and_cancelled, &cancelled, &for_lack_of_stock, &for_lack_of_points});
    say(std::to_string(kills) + " kills, every order came to its end");

    // Each effect once, with a kill before and after it.
    const std::map<std::string_view, int> once_each{
        {orders::OrderPlaced::type, 5},         {orders::OrderAccepted::type, 3},
        {orders::OrderRefused::type, 2},        {points::PointsSpent::type, 4},
        {points::PointsRestored::type, 3},      {points::PointsEarned::type, 1},
        {payments::PaymentPrepared::type, 2},   {payments::ConfirmationRequested::type, 2},
        {payments::PaymentCompleted::type, 2},  {orders::OrderConfirmed::type, 2},
        {inventory::StockDeducted::type, 2},    {inventory::StockRestored::type, 1},
        {orders::OrderCancelled::type, 2},      {payments::PaymentRefunded::type, 1},
        {orders::PartShipped::type, 1},         {shipping::ShipmentOpened::type, 1},
        {shipping::ShipmentDelivered::type, 1}, {orders::PartDelivered::type, 1},
        {orders::PurchaseConfirmed::type, 1},   {settlement::SaleRecorded::type, 1},
        {settlement::SellerRegistered::type, 1}};
    for (const auto& [type, times] : once_each) EXPECT_EQ(happened[std::string(type)], times) << type;

    const auto ledger = gateways.ledger();
    EXPECT_EQ(ledger.at(kept.payment).confirms, 1);
    EXPECT_EQ(ledger.at(kept.payment).captured, 26'500) << "two mugs and the way, without the points";
    EXPECT_EQ(ledger.at(kept.payment).given_back, 0);
    EXPECT_EQ(ledger.at(paid_and_cancelled.payment).confirms, 1);
    EXPECT_EQ(ledger.at(paid_and_cancelled.payment).captured, ledger.at(paid_and_cancelled.payment).given_back);

    start_roles(settings);
    start("consumers", settings);
    check_everything();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
