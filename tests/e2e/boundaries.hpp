// Every boundary between two steps of a process, with a kill -9 at each. No two of producers, sagas and consumers ever live
// at the same time: one starts, does all it can do, and is killed; then the next one. So every effect (an event, a saga's
// commands and tasks, a deed at the gateway) is the last thing that somebody did before he died, and the first thing that
// somebody else, just born, has to go on from. Each also dies right after the first of several effects.
#pragma once

#include "tests/e2e/payments_house.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <utility>

namespace jangteo::e2e {

/// Until somebody new owns everything that a killed owner had; the session of that one has to be over first.
inline constexpr auto take_over_limit = 60s;
/// Nothing new in the log for so long: all that could be done alone is done.
inline constexpr auto silence = 1'000ms;
/// Of a whole process: four times what it took with sanitizers.
inline constexpr auto whole_process_limit = 10min;

class Boundaries : public PaymentsHouse {
public:
    /// Gateways do not call back: nobody but whoever was asked to may find out.
    void open(const std::vector<std::string>& more_for_edge = {})
    {
        mug = PaymentsHouse::open(99, more_for_edge);
        gateways.control("PUT", "/callbacks", {{"toss", nullptr}});
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
        std::string claim{};
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
            whole_process_limit);
    }
    void place(Order& order, std::int64_t quantity, std::int64_t points, Then then)
    {
        auto request = order_request(order.buyer, mug, static_cast<int>(quantity), to_string(random_uuid()), points);
        request.prefer = "wait=1";
        apps.insist(std::move(request), std::move(then), whole_process_limit);
    }
    /// Looks at what the buyer, or an admin, sees until it is so.
    void once(const Order& order, const std::string& path, const std::string& member, const std::string& value,
              std::function<void()> then, edge::Role role = edge::Role::user)
    {
        const UserId who = role == edge::Role::admin ? UserId{random_uuid()} : order.buyer;
        waiting.push_back({token(who, role), path, member, value, std::move(then)});
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

    void order_and_pay(Order& order, std::int64_t quantity, std::int64_t points, std::function<void()> then)
    {
        place(order, quantity, points, [this, &order, then](const HttpAnswer& placed) {
            EXPECT_EQ(placed.status, 201U) << placed.body;
            order.id = placed.at("data.id");
            pay(order, then);
        });
    }

    // ---- What comes back: one mug of the order

    void change(Order& order, const std::string& body, std::function<void()> then)
    {
        ask(
            order, "PATCH", "/returns/" + order.claim, body, [then](const HttpAnswer&) { then(); }, edge::Role::admin);
    }
    void claim_until_it_is_collected(Order& order, const std::string& kind, std::function<void()> then)
    {
        const auto body = R"({"items":[{"productId":")" + mug.text() +
                          R"(","quantity":1}],"reason":"손잡이가 깨졌어요",)" +
                          R"("imageUrls":["https://cdn.example.kr/1.jpg"]})";
        ask(order, "POST", "/orders/" + order.id + "/" + kind, body, [this, &order, then](const HttpAnswer& claimed) {
            order.claim = claimed.at("data.id");
            once(order, "/returns/" + order.claim, "data.status", "requested", [this, &order, then] {
                change(order, R"({"status":"approved","fault":"seller"})", [this, &order, then] {
                    change(order, R"({"status":"collecting","carrier":"CJ","trackingNumber":"R-1"})", then);
                });
            });
        });
    }
    void receive(Order& order, const std::string& condition)
    {
        change(order,
               R"({"status":"received","items":[{"productId":")" + mug.text() + R"(","quantity":1,"condition":")" +
                   condition + R"("}]})",
               [] {});
    }
    std::string seen(const Order& order, const std::string& path, const std::string& member)
    {
        return apps.ask_and_wait({.method = "GET", .target = "/api/v1" + path, .token = token(order.buyer)}).at(member);
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
    /// Everybody lives, until it is so.
    void live_together(const std::function<bool()>& until)
    {
        const auto limit = Clock::now() + whole_process_limit;
        while (!until()) {
            if (Clock::now() > limit) throw std::runtime_error("it does not come about");
            apps.run_for(100ms);
            look_at_orders();
        }
    }
    /// Until all orders are done and nothing moves any more. `roles`: those that have a part in it.
    void live_one_after_the_other(const std::vector<const Order*>& orders,
                                  const std::vector<std::string>& roles = {"producers", "sagas", "consumers"})
    {
        for (const char* role : {"producers", "sagas", "consumers"}) kill_all(role);
        news();
        happened.clear();
        const auto until = Clock::now() + whole_process_limit;
        for (bool dies_early = false;; dies_early = !dies_early) {
            const auto before = known.size();
            for (const auto& role : roles) live_alone(role, dies_early);
            kill_all("projections");
            start("projections", settings);
            if (std::ranges::all_of(orders, [](const Order* order) { return order->done; }) && known.size() == before)
                return;
            if (Clock::now() > until) throw std::runtime_error("the orders do not come to their ends");
        }
    }

    ProductId mug;
    int kills = 0;
    std::map<std::string, int> happened;  ///< Events by type, since the roles live one after the other.

    /// Everybody lives again, and all that can be checked is.
    void check_with_everybody()
    {
        say(std::to_string(kills) + " kills, everything came to its end");
        start_roles(settings);
        start("consumers", settings);
        check_everything();
    }

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
        std::string by;
        std::string path;
        std::string member;
        std::string value;
        std::function<void()> then;
    };

    void look_at_orders()
    {
        for (auto& one : std::exchange(waiting, {})) {
            const auto answer = apps.ask_and_wait({.method = "GET", .target = "/api/v1" + one.path, .token = one.by});
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

}  // namespace jangteo::e2e
