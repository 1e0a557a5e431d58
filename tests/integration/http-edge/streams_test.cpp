// The log as a stream, by two edges on the real servers: what is in it is compared with the log, event by event.
#include "tests/e2e/checker/log.hpp"
#include "tests/integration/http-edge/identity_world.hpp"
#include "tests/integration/http-edge/stream_client.hpp"

#include <atomic>
#include <map>
#include <random>
#include <set>

namespace jangteo::edge::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view all_events = "/api/v1/events/stream";
constexpr std::string_view shop = "context=orders,inventory,points";

class Streams : public IdentityWorld {
protected:
    static std::string token_of(const events::Uuid& user)
    {
        return mint_token({.keys = {{"local", jwt_secret}}}, {events::UserId{user}, Role::user},
                          std::chrono::system_clock::now());
    }
    static std::string path(std::string_view query) { return std::string(all_events) += '?' + std::string(query); }
    static std::vector<std::string> again_from(const std::string& id)
    {
        return {"Accept: text/event-stream", "Last-Event-ID: " + id};
    }

    std::string new_product()
    {
        auto id = events::to_string(events::random_uuid());
        const auto answer = here.ask("PUT", "/api/v1/inventory/" + id, admin,
                                     R"({"onHand":100000,"name":"머그컵","unitPrice":1000,"sellerId":")" +
                                         events::to_string(events::random_uuid()) + "\"}",
                                     {"Prefer: wait=30"});
        EXPECT_EQ(answer.status, 200) << answer.body;
        return id;
    }
    /// The id of an order that was accepted.
    static std::string order(HttpClient& edge, const events::Uuid& buyer, const std::string& product)
    {
        const auto body = R"({"userId":")" + events::to_string(buyer) + R"(","items":[{"productId":")" + product +
                          R"(","quantity":1}],"shippingAddress":{"recipientName":"홍길동","phone":"010-1234-5678",)"
                          R"("zipCode":"06234","address":"서울특별시"},"pointsToUse":0})";
        const auto answer = edge.ask("POST", "/api/v1/orders", token_of(buyer), body, {"Prefer: wait=30"});
        EXPECT_EQ(answer.status, 201) << answer.body;
        return answer.status == 201 ? text(data(answer), "id") : std::string();
    }

    /// `orders/3@17`
    static std::string place(const std::string& event)
    {
        const auto json = json::parse(event);
        return text(json, "context") + '/' + std::to_string(json.at("partition").as_int64()) + '@' +
               std::to_string(json.at("offset").as_int64());
    }
    /// Every event of the shop's contexts that stands, by the readers' rule and the log itself.
    static std::set<std::string> log_of_the_shop()
    {
        e2e::LogReader reader({.brokers = e2e::from_environment("JANGTEO_TEST_KAFKA"), .client_id = "streams-test"});
        std::set<std::string> places;
        for (const std::string context : {"orders", "inventory", "points"}) {
            for (const auto& partition : reader.read().at(context + ".events")) {
                events::ReadersRule rule;
                for (const auto& record : partition) {
                    if (rule.see(record.envelope) != events::ReadersRule::Verdict::accepted) continue;
                    if (record.envelope.type == events::rejected_type) continue;
                    places.insert(context + '/' + std::to_string(record.partition) + '@' +
                                  std::to_string(record.offset));
                }
            }
        }
        return places;
    }

    /// What was heard, and how often; each partition's events in their order.
    struct Heard {
        std::map<std::string, int> times{};
        std::map<std::string, std::int64_t> last{};  ///< By partition.

        void take(const StreamClient& client, std::size_t from = 0)
        {
            for (auto i = from; i < client.events().size(); ++i) {
                const auto& event = client.events()[i];
                if (event.name == "end") continue;
                take(event.data);
            }
        }
        void take(const std::string& event)
        {
            const auto where = place(event);
            ++times[where];
            const auto at = where.find('@');
            const auto offset = std::stoll(where.substr(at + 1));
            auto& before = last.try_emplace(where.substr(0, at), -1).first->second;
            EXPECT_LT(before, offset) << where << " came after " << before;
            before = offset;
        }
        void expect_exactly(const std::set<std::string>& log) const
        {
            for (const auto& where : log) EXPECT_TRUE(times.contains(where)) << where << " is missing";
            for (const auto& [where, count] : times) {
                EXPECT_TRUE(log.contains(where)) << where << " does not stand";
                EXPECT_EQ(count, 1) << where;
            }
        }
        [[nodiscard]] bool has_all(const std::set<std::string>& log) const
        {
            return std::ranges::all_of(log, [this](const auto& where) { return times.contains(where); });
        }
    };

    const std::string analyst = printed_token(Role::analyst);
};

TEST_F(Streams, bring_an_order_to_analysts_with_what_is_personal_sealed)
{
    const auto product = new_product();
    StreamClient stream(second->port(), path("context=orders"), analyst);
    ASSERT_TRUE(stream.until([&] { return !stream.last_event_id().empty(); })) << stream.head() << stream.body();
    EXPECT_NE(stream.head().find("Content-Type: text/event-stream"), std::string::npos) << stream.head();
    const auto id = order(here, events::random_uuid(), product);
    const auto has = [&](const std::string& name) {
        return std::ranges::any_of(stream.events(), [&](const StreamEvent& event) {
            return event.name == name && text(json::parse(event.data), "subject") == id;
        });
    };
    EXPECT_TRUE(stream.until([&] { return has("OrderPlaced") && has("OrderAccepted"); }));
    for (const auto* word : {"홍길동", "010-1234-5678", "06234", "서울특별시"}) {
        EXPECT_EQ(stream.body().find(word), std::string::npos) << word;
    }
}

TEST_F(Streams, bring_what_was_asked_for_only)
{
    const auto product = new_product();
    const auto first = order(here, events::random_uuid(), product);
    const auto second_order = order(here, events::random_uuid(), product);
    StreamClient of_order(all->port(), path("from=beginning&aggregate=" + first), analyst);
    EXPECT_TRUE(of_order.until([&] { return of_order.events().size() >= 2; }));
    for (const auto& event : of_order.events()) EXPECT_EQ(text(json::parse(event.data), "subject"), first);
    StreamClient of_process(all->port(), path("from=beginning&type=StockHeld&correlation=" + second_order), analyst);
    EXPECT_TRUE(of_process.until([&] { return !of_process.events().empty(); }));
    for (const auto& event : of_process.events()) {
        EXPECT_EQ(event.name, "StockHeld");
        EXPECT_EQ(text(json::parse(event.data), "correlationId"), second_order);
    }
}

TEST_F(Streams, go_on_exactly_behind_the_last_event_at_either_edge_while_orders_come_in)
{
    const auto product = new_product();
    std::atomic<bool> enough = false;
    std::vector<std::thread> shoppers;
    for (int i = 0; i < 3; ++i) {
        shoppers.emplace_back([&, i] {
            HttpClient edge(i % 2 == 0 ? all->port() : second->port());
            while (!enough) order(edge, events::random_uuid(), product);
        });
    }
    Heard heard;
    std::string last;
    int streams = 0;
    std::mt19937 random(22);
    // Torn off anywhere, twenty times; then to the end.
    const auto listen = [&](std::size_t most, const std::function<bool()>& done) {
        const auto port = ++streams % 2 == 0 ? all->port() : second->port();
        StreamClient stream(port, path(std::string("from=beginning&").append(shop)), analyst,
                            last.empty() ? std::vector<std::string>{} : again_from(last));
        std::size_t taken = 0;
        stream.until([&] {
            heard.take(stream, taken);
            taken = stream.events().size();
            return taken >= most || (stream.status() != 0 && stream.status() != 200) || done();
        });
        if (stream.status() == 200) {
            if (!stream.last_event_id().empty()) last = stream.last_event_id();
        } else {
            EXPECT_EQ(stream.status(), 503) << stream.head() << stream.body();
            std::this_thread::sleep_for(200ms);
        }
    };
    for (int i = 0; i < 20; ++i) listen(1 + random() % 60, [] { return false; });
    enough = true;
    for (auto& shopper : shoppers) shopper.join();
    auto log = log_of_the_shop();
    for (int i = 0; i < 20 && !heard.has_all(log); ++i) {
        listen(1'000'000, [&] { return heard.has_all(log); });
    }
    log = log_of_the_shop();  // What came of the last orders meanwhile.
    for (int i = 0; i < 20 && !heard.has_all(log); ++i) {
        listen(1'000'000, [&] { return heard.has_all(log); });
    }
    EXPECT_GT(log.size(), 60U);
    heard.expect_exactly(log);
}

TEST_F(Streams, come_as_lines_with_the_same_positions)
{
    StreamClient lines(all->port(), path(std::string("from=beginning&").append(shop)), analyst,
                       {"Accept: application/x-ndjson"});
    const auto log = log_of_the_shop();
    Heard heard;
    std::string position;
    std::size_t taken = 0;
    const auto take = [&](const std::string& line) {
        const auto json = json::parse(line);
        position = text(json, "position");
        if (!json.as_object().contains("control")) heard.take(line);
    };
    EXPECT_TRUE(lines.until([&] {
        for (; taken < lines.lines().size(); ++taken) take(lines.lines()[taken]);
        return heard.has_all(log);
    }));
    heard.expect_exactly(log);
    order(here, events::random_uuid(), new_product());
    StreamClient on(second->port(), path("from=" + position + '&' + std::string(shop)), analyst,
                    {"Accept: application/x-ndjson"});
    const auto more = log_of_the_shop();
    taken = 0;
    EXPECT_TRUE(on.until([&] {
        for (; taken < on.lines().size(); ++taken) take(on.lines()[taken]);
        return heard.has_all(more);
    }));
    heard.expect_exactly(more);
}

TEST_F(Streams, survive_the_end_of_their_edge_at_another)
{
    Served third("edge", {});
    const auto product = new_product();
    const auto before = log_of_the_shop();
    Heard heard;
    std::string last;
    {
        StreamClient stream(third.port(), path(shop), analyst);
        ASSERT_TRUE(stream.until([&] { return !stream.last_event_id().empty(); }));
        for (int i = 0; i < 5; ++i) order(here, events::random_uuid(), product);
        ASSERT_TRUE(stream.until([&] { return stream.events().size() >= 5; }));
        third.kill();
        stream.until([&] { return stream.closed(); });
        EXPECT_FALSE(stream.whole()) << "it was torn off";
        heard.take(stream);
        last = stream.last_event_id();
    }
    for (int i = 0; i < 5; ++i) order(here, events::random_uuid(), product);
    const auto log = log_of_the_shop();
    std::set<std::string> since;
    std::ranges::set_difference(log, before, std::inserter(since, since.end()));
    StreamClient stream(second->port(), path(shop), analyst, again_from(last));
    std::size_t taken = 0;
    EXPECT_TRUE(stream.until([&] {
        heard.take(stream, taken);
        taken = stream.events().size();
        return heard.has_all(since);
    })) << stream.head()
        << stream.body();
    for (const auto& where : log_of_the_shop()) {
        if (!before.contains(where)) since.insert(where);
    }
    for (const auto& [where, count] : heard.times) {
        EXPECT_EQ(count, 1) << where;
        EXPECT_TRUE(since.contains(where)) << where;
    }
}

TEST_F(Streams, are_cut_off_when_too_slow_and_go_on_where_they_were)
{
    Served small("edge", {"--edge-stream-ring=64"});
    const auto product = new_product();
    const auto before = log_of_the_shop();
    StreamClient slow(small.port(), path(shop), analyst, {"Accept: text/event-stream"}, 4'096);
    ASSERT_TRUE(slow.until([&] { return !slow.last_event_id().empty(); }));
    const auto cut_off = [&] {
        HttpClient edge(small.port());
        const auto metrics = edge.ask("GET", "/metrics").body;
        return metrics.find("jangteo_edge_streams_ended_total{why=\"stalled\"}") != std::string::npos ||
               metrics.find("jangteo_edge_streams_ended_total{why=\"slow\"}") != std::string::npos;
    };
    // It reads nothing while orders come in, until its edge has had enough of it.
    std::atomic<bool> enough = false;
    std::vector<std::thread> shoppers;
    for (int i = 0; i < 4; ++i) {
        shoppers.emplace_back([&] {
            HttpClient edge(all->port());
            while (!enough) order(edge, events::random_uuid(), product);
        });
    }
    EXPECT_TRUE(within(120s, cut_off));
    enough = true;
    for (auto& shopper : shoppers) shopper.join();
    EXPECT_TRUE(slow.until([&] { return slow.closed(); }));
    Heard heard;
    heard.take(slow);
    const auto log = log_of_the_shop();
    std::set<std::string> since;
    std::ranges::set_difference(log, before, std::inserter(since, since.end()));
    EXPECT_FALSE(heard.has_all(since)) << "it was not behind";
    StreamClient again(small.port(), path(shop), analyst, again_from(slow.last_event_id()));
    std::size_t taken = 0;
    EXPECT_TRUE(again.until([&] {
        heard.take(again, taken);
        taken = again.events().size();
        return heard.has_all(since);
    })) << again.head();
    for (const auto& [where, count] : heard.times) EXPECT_EQ(count, 1) << where;
    small.end();
}

TEST_F(Streams, end_with_the_session_that_opened_them)
{
    auto person = registered();
    StreamClient stream(second->port(), "/api/v1/users/" + person.id + "/stream", person.access);
    ASSERT_TRUE(stream.until([&] { return !stream.last_event_id().empty(); })) << stream.head() << stream.body();
    const auto answer = here.ask("POST", "/api/v1/auth/logout", person.access, refreshing(person.refresh));
    EXPECT_LT(answer.status, 300) << answer.body;
    EXPECT_TRUE(stream.until([&] { return stream.closed(); }));
    ASSERT_FALSE(stream.events().empty());
    EXPECT_EQ(stream.events().back().data, R"({"why":"token"})");
    EXPECT_TRUE(stream.whole());
    StreamClient again(second->port(), "/api/v1/users/" + person.id + "/stream", person.access);
    EXPECT_TRUE(again.until([&] { return again.status() == 401; }));
}

TEST_F(Streams, end_when_their_token_runs_out)
{
    const TokenSettings settings{.keys = {{"local", jwt_secret}}};
    const auto short_life = mint_token(settings, {events::UserId{events::random_uuid()}, Role::analyst},
                                       std::chrono::system_clock::now() - settings.lifetime - settings.leeway + 8s);
    StreamClient stream(all->port(), path("from=now"), short_life);
    EXPECT_TRUE(stream.until([&] { return stream.closed(); }));
    ASSERT_FALSE(stream.events().empty()) << stream.head() << stream.body();
    EXPECT_EQ(stream.events().back().data, R"({"why":"token"})");
}

TEST_F(Streams, of_a_person_tell_what_is_theirs_and_no_more)
{
    const auto product = new_product();
    const auto buyer = events::random_uuid();
    const auto other = events::random_uuid();
    const auto mine = "/api/v1/users/" + events::to_string(buyer) + "/stream";
    StreamClient stream(second->port(), mine, token_of(buyer));
    ASSERT_TRUE(stream.until([&] { return !stream.last_event_id().empty(); })) << stream.head() << stream.body();
    order(here, other, product);
    const auto id = order(here, buyer, product);
    EXPECT_TRUE(stream.until([&] { return stream.events().size() >= 2; }));
    const auto earned =
        here.ask("POST", "/api/v1/users/" + events::to_string(buyer) + "/points/earn", admin,
                 R"({"amount":500,"source":"admin","description":"a word of an admin"})", {"Prefer: wait=30"});
    EXPECT_EQ(earned.status, 201) << earned.body;
    EXPECT_TRUE(stream.until([&] { return stream.events().size() >= 3; }));
    std::vector<std::string> heard;
    for (const auto& event : stream.events()) {
        const auto json = json::parse(event.data);
        heard.push_back(event.name + ' ' + text(json, "what"));
        EXPECT_EQ(text(json, "orderId"), event.name == "order" ? id : std::string());
        EXPECT_FALSE(json.as_object().contains("shippingAddress"));
        EXPECT_FALSE(json.as_object().contains("data"));
    }
    EXPECT_EQ(heard, (std::vector<std::string>{"order placed", "order accepted", "points earned"}));
    EXPECT_EQ(stream.body().find("a word of an admin"), std::string::npos);

    // Behind the first event at the other edge: the rest once more, and nothing else.
    StreamClient rest(all->port(), mine, token_of(buyer), again_from(stream.events().front().id));
    EXPECT_TRUE(rest.until([&] { return rest.events().size() >= 2; }));
    EXPECT_EQ(rest.events().size(), 2U);
    std::set<std::string> first_heard{stream.events()[1].data, stream.events()[2].data};
    std::set<std::string> again_heard{rest.events()[0].data, rest.events()[1].data};
    EXPECT_EQ(first_heard, again_heard);
}

TEST_F(Streams, are_refused_with_a_reason)
{
    const auto buyer = events::random_uuid();
    const auto other = "/api/v1/users/" + events::to_string(events::random_uuid()) + "/stream";
    EXPECT_EQ(here.ask("GET", other, token_of(buyer)).status, 403);
    EXPECT_EQ(here.ask("GET", other).status, 401);
    EXPECT_EQ(here.ask("GET", std::string(all_events), token_of(buyer)).status, 403);
    EXPECT_EQ(here.ask("GET", std::string(all_events), printed_token(Role::seller)).status, 403);
    EXPECT_EQ(here.ask("POST", std::string(all_events), admin, "{}").status, 405);
    const auto json_only = here.ask("GET", std::string(all_events), analyst, {}, {"Accept: application/json"});
    EXPECT_EQ(json_only.status, 406);
    EXPECT_EQ(code(json_only), "COMMON_406");
    const auto field_of = [&](const std::string& query, std::initializer_list<std::string> headers = {}) {
        const auto answer = here.ask("GET", path(query), analyst, {}, headers);
        EXPECT_EQ(answer.status, 400) << query << answer.body;
        EXPECT_EQ(code(answer), "COMMON_400");
        return answer.body;
    };
    const auto mine = "/api/v1/users/" + events::to_string(buyer) + "/stream";
    EXPECT_EQ(here.ask("GET", mine + "?from=beginning", token_of(buyer)).status, 400);
    EXPECT_EQ(here.ask("GET", mine, token_of(buyer), {}, {"Accept: application/x-ndjson"}).status, 406);
    EXPECT_NE(field_of("from=yesterday").find(R"("field":"from")"), std::string::npos);
    EXPECT_NE(field_of("from=").find(R"("field":"from")"), std::string::npos);
    EXPECT_NE(field_of("from=now", {"Last-Event-ID: 17"}).find(R"("field":"Last-Event-ID")"), std::string::npos);
    EXPECT_NE(field_of("context=nothing").find(R"("field":"context")"), std::string::npos);
    EXPECT_NE(field_of("correlation=17").find(R"("field":"correlation")"), std::string::npos);
    EXPECT_NE(field_of("refusals=perhaps").find(R"("field":"refusals")"), std::string::npos);
}

TEST_F(Streams, are_many_at_once_and_each_has_everything)
{
    constexpr std::size_t many = 250;
    const auto product = new_product();
    std::vector<std::unique_ptr<StreamClient>> streams;
    for (std::size_t i = 0; i < many; ++i) {
        streams.push_back(std::make_unique<StreamClient>(all->port(), path("context=orders"), analyst));
    }
    for (auto& stream : streams) {
        ASSERT_TRUE(stream->until([&] { return !stream->last_event_id().empty(); })) << stream->head();
    }
    EXPECT_GE(metric(here, "jangteo_edge_streams"), static_cast<std::int64_t>(many));
    std::set<std::string> orders;
    for (int i = 0; i < 10; ++i) orders.insert(order(there, events::random_uuid(), product));
    const auto accepted_by = [&](const StreamClient& stream) {
        std::multiset<std::string> heard;
        for (const auto& event : stream.events()) {
            const auto subject = text(json::parse(event.data), "subject");
            if (event.name == "OrderAccepted" && orders.contains(subject)) heard.insert(subject);
        }
        return heard;
    };
    for (auto& stream : streams) {
        EXPECT_TRUE(stream->until([&] { return accepted_by(*stream).size() >= orders.size(); }));
        EXPECT_EQ(accepted_by(*stream), std::multiset<std::string>(orders.begin(), orders.end()));
    }
    streams.clear();
    EXPECT_TRUE(within(30s, [&] { return metric(here, "jangteo_edge_streams") == 0; }));
    EXPECT_GE(metric(here, "jangteo_edge_stream_events_total"), static_cast<std::int64_t>(many * orders.size()));
}

TEST_F(Streams, end_with_last_words_when_their_edge_ends)
{
    Served third("edge", {});
    StreamClient stream(third.port(), path("from=now"), analyst);
    ASSERT_TRUE(stream.until([&] { return !stream.last_event_id().empty(); }));
    std::thread end([&] { third.end(); });
    EXPECT_TRUE(stream.until([&] { return stream.closed(); }));
    end.join();
    ASSERT_FALSE(stream.events().empty());
    EXPECT_EQ(stream.events().back().name, "end");
    EXPECT_EQ(stream.events().back().data, R"({"why":"draining"})");
    EXPECT_GE(stream.retry_ms(), 1'000);
    EXPECT_TRUE(stream.whole());
}

}  // namespace
}  // namespace jangteo::edge::testing
