// Nothing personal can be read where it is kept, before and after the person is erased (docs/decisions/0014, SH-SEC-04,
// SH-SEC-07).
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/topics.hpp"
#include "infra/postgres/session.hpp"
#include "tests/integration/http-edge/identity_world.hpp"

#include <fstream>
#include <iterator>

namespace jangteo::edge::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t partitions = 8;  // As `jangteo` has it by default.

class PersonalData : public IdentityWorld {
protected:
    /// Where any of the words stands; empty is good.
    static std::vector<std::string> places_with(const std::vector<std::string>& words)
    {
        std::vector<std::string> places;
        const auto look = [&](const std::string& place, std::string_view text) {
            for (const auto& word : words) {
                if (text.find(word) != std::string_view::npos) places.push_back(place + ": " + word);
            }
        };
        look_in_topics(look);
        look_in_tables(words, places);
        for (const auto* served : {all.get(), second.get()}) {
            std::ifstream file(served->log());
            look(served->log(), std::string(std::istreambuf_iterator<char>(file), {}));
            HttpClient client(served->port());
            look("/metrics", client.ask("GET", "/metrics").body);
        }
        return places;
    }

    template <class Look>
    static void look_in_topics(const Look& look)
    {
        kafka::PartitionReader reader({e2e::from_environment("JANGTEO_TEST_KAFKA"), "personal-data-test", {}});
        std::size_t records = 0;
        for (const auto& topic : kafka::all_topics(partitions)) {
            for (std::int32_t partition = 0; partition < topic.partitions; ++partition) {
                const kafka::TopicPartition place{topic.name, partition};
                const auto end = reader.end_offset(place);
                auto next = reader.begin_offset(place);
                reader.start(place, next);
                while (next < end) {
                    reader.poll(1s, 10'000, [&](events::Record&& record) {
                        next = record.offset + 1;
                        ++records;
                        const auto& envelope = record.envelope;
                        look(topic.name, record.value + ' ' + record.key + ' ' + envelope.subject + ' ' +
                                             envelope.actor + ' ' + envelope.source + ' ' + envelope.traceparent);
                    });
                }
                reader.stop(place);
            }
        }
        EXPECT_GT(records, 0U);
    }

    static void look_in_tables(const std::vector<std::string>& words, std::vector<std::string>& places)
    {
        postgres::Session session(
            {.conninfo = e2e::from_environment("JANGTEO_TEST_POSTGRES"), .application_name = "personal-data-test"});
        const auto tables = session.query(
            "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')");
        EXPECT_GT(tables.size(), 10U);
        for (std::size_t i = 0; i < tables.size(); ++i) {
            const std::string table(tables.text(i, 0));
            for (const auto& word : words) {
                const auto rows =
                    session.query("SELECT count(*) FROM " + table + " t WHERE strpos(t::text, $1) > 0", {word});
                if (rows.integer(0, 0) > 0) places.push_back(table + ": " + word);
            }
        }
    }
};

TEST_F(PersonalData, stands_nowhere_in_plain_text_and_is_gone_when_its_person_is_erased)
{
    const auto mark = events::to_string(events::random_uuid()).substr(0, 8);
    Person person{.email = "grep." + mark + "@example.com", .password = "secret-" + mark, .name = "홍길동 " + mark};
    const std::string recipient = "받는이" + mark;
    const std::string phone = "010-9" + std::to_string(100 + std::stoul(mark.substr(0, 2), nullptr, 16)) + "-" +
                              std::to_string(1000 + std::stoul(mark.substr(2, 3), nullptr, 16));
    const std::string street = "세종대로 " + mark;
    const std::string device = "App/" + mark;
    const std::vector<std::string> words{person.email, person.password, person.name,    recipient,    phone,
                                         street,       device,          "별명 " + mark, mark + ".png"};

    const auto answer = here.ask("POST", "/api/v1/auth/register", {}, registration(person),
                                 {"User-Agent: " + device, "Prefer: wait=30"});
    ASSERT_EQ(answer.status, 201) << answer.body;
    take_tokens(person, answer);
    person.id = text(data(answer).at("user"), "id");
    EXPECT_EQ(text(data(here.ask("GET", "/api/v1/auth/sessions", person.access)).at(0), "device"), device);
    const auto sent = here.ask("POST", "/api/v1/auth/verify-email/send", person.access, "{}");
    EXPECT_EQ(sent.status, 202);
    EXPECT_EQ(here.ask("POST", "/api/v1/auth/login", {}, credentials(person.email, "wrong-" + mark)).status, 401);

    const auto product = events::to_string(events::random_uuid());
    ASSERT_EQ(
        here.ask("PUT", "/api/v1/inventory/" + product, admin,
                 R"({"onHand":9,"name":"머그컵","unitPrice":1000,"sellerId":")" + product + "\"}", {"Prefer: wait=30"})
            .status,
        200);
    const json::object order{{"userId", person.id},
                             {"items", json::array{json::object{{"productId", product}, {"quantity", 1}}}},
                             {"shippingAddress", json::object{{"recipientName", recipient},
                                                              {"phone", phone},
                                                              {"zipCode", "04524"},
                                                              {"address", street},
                                                              {"addressDetail", "3층 " + mark}}}};
    const auto placed = here.ask("POST", "/api/v1/orders", person.access, json::serialize(order), {"Prefer: wait=30"});
    ASSERT_EQ(placed.status, 201) << placed.body;
    const auto path = "/api/v1/orders/" + text(data(placed), "id");
    const auto seen_by = [&](HttpClient& edge, const std::string& token) {
        return data(edge.ask("GET", path, token, {}, {seen(placed)}));
    };
    const auto mine = seen_by(here, person.access);
    EXPECT_EQ(text(mine.at("shippingAddress"), "recipientName"), recipient);
    EXPECT_EQ(text(mine.at("shippingAddress"), "phone"), phone);
    EXPECT_EQ(text(mine.at("shipping").at("address"), "address"), street);
    EXPECT_EQ(text(seen_by(there, admin).at("shippingAddress"), "addressDetail"), "3층 " + mark);
    const auto list = data(here.ask("GET", "/api/v1/orders/user/" + person.id, person.access));
    EXPECT_EQ(text(list.at(0).at("shippingAddress"), "recipientName"), recipient);

    const auto user = "/api/v1/users/" + person.id;
    const auto nickname = "별명 " + mark;
    const auto picture = "https://img.example.com/" + mark + ".png";
    const json::object profile{{"name", nickname}, {"phone", phone}, {"profileImage", picture}};
    ASSERT_EQ(here.ask("PUT", user + "/profile", person.access, json::serialize(profile), {"Prefer: wait=30"}).status,
              200);
    ASSERT_EQ(here.ask("POST", user + "/addresses", person.access, json::serialize(order.at("shippingAddress")),
                       {"Prefer: wait=30"})
                  .status,
              201);

    const auto everything = here.ask("GET", "/api/v1/users/" + person.id + "/export", person.access);
    ASSERT_EQ(everything.status, 200) << everything.body;
    for (const auto& word : {person.email, nickname, picture, recipient, phone, street, device}) {
        EXPECT_NE(everything.body.find(word), std::string::npos) << word << " is theirs";
    }
    EXPECT_EQ(everything.body.find("$2b$"), std::string::npos);

    EXPECT_EQ(places_with(words), std::vector<std::string>{});
    EXPECT_FALSE(places_with({person.id}).empty()) << "this test would find what there is";

    // Whom somebody still has to send something is not forgotten.
    EXPECT_EQ(code(here.ask("DELETE", user, person.access)), "COMMON_409");
    EXPECT_EQ(here.ask("DELETE", user, printed_token(Role::user)).status, 403);
    ASSERT_EQ(here.ask("POST", path + "/cancel", person.access, "{}", {"Prefer: wait=30"}).status, 200);
    const auto erased = here.ask("DELETE", user, person.access, {}, {"Prefer: wait=30"});
    ASSERT_EQ(erased.status, 200) << erased.body;
    EXPECT_EQ(text(data(erased), "status"), "deleted");

    EXPECT_TRUE(is_out_everywhere(person));
    EXPECT_EQ(
        here.ask("POST", "/api/v1/auth/login", {}, credentials(person.email, person.password), {seen(erased)}).status,
        401);
    for (auto* edge : {&here, &there}) {
        EXPECT_TRUE(within(1s, [&] {
            const auto address = seen_by(*edge, admin).at("shippingAddress");
            return address.as_object().contains("erased") && text(address, "recipientName").empty();
        }));
    }
    EXPECT_EQ(places_with(words), std::vector<std::string>{});

    // The address is free, and whoever takes it is somebody else.
    const auto next =
        here.ask("POST", "/api/v1/auth/register", {}, registration(person), {seen(erased), "Prefer: wait=30"});
    ASSERT_EQ(next.status, 201) << next.body;
    EXPECT_NE(text(data(next).at("user"), "id"), person.id);
}

}  // namespace
}  // namespace jangteo::edge::testing
