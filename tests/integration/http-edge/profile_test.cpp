// What a member says of themselves and where their orders may go, by two edges on the real servers (DOA-USER-01…06).
#include "tests/integration/http-edge/identity_world.hpp"

namespace jangteo::edge::testing {
namespace {

class Profile : public IdentityWorld {
protected:
    static std::string address(const std::string& street, const std::string& more = "")
    {
        return R"({"recipientName":"김하늘","phone":"010-1234-5678","zipCode":"04524","address":")" + street + "\"" +
               more + "}";
    }
    /// What was asked for is here at once; the other edge waits for the position.
    json::array addresses(const Person& person, const std::string& position)
    {
        EXPECT_EQ(data(here.ask("GET", "/api/v1/users/" + person.id + "/addresses", person.access)),
                  data(there.ask("GET", "/api/v1/users/" + person.id + "/addresses", person.access, {}, {position})));
        return data(here.ask("GET", "/api/v1/users/" + person.id + "/addresses", person.access)).as_array();
    }
};

TEST_F(Profile, is_shown_and_changed_but_for_what_is_not_the_persons_to_say)
{
    const auto person = registered();
    const auto path = "/api/v1/users/" + person.id + "/profile";
    const auto first = data(there.ask("GET", path, person.access, {}, {person.position}));
    EXPECT_EQ(text(first, "email"), person.email);
    EXPECT_EQ(text(first, "name"), person.name);
    EXPECT_TRUE(first.at("phone").is_null());
    EXPECT_TRUE(first.at("profileImage").is_null());
    EXPECT_EQ(text(first, "grade"), "bronze");
    EXPECT_EQ(first.at("totalPoints"), 0);
    EXPECT_TRUE(first.at("lastCheckinDate").is_null());

    const std::string wish =
        R"({"name":"김바다","phone":"010-9876-5432","profileImage":"https://img.example.com/1.png",)"
        R"("email":"other@example.com","role":"admin","grade":"vip"})";
    const auto changed = here.ask("PUT", path, person.access, wish, {"Idempotency-Key: p1", "Prefer: wait=30"});
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(here.ask("PUT", path, person.access, wish, {"Idempotency-Key: p1"}).body, changed.body);
    const auto after = data(there.ask("GET", path, person.access, {}, {seen(changed)}));
    EXPECT_EQ(text(after, "name"), "김바다");
    EXPECT_EQ(text(after, "phone"), "010-9876-5432");
    EXPECT_EQ(text(after, "profileImage"), "https://img.example.com/1.png");
    EXPECT_EQ(text(after, "email"), person.email);
    EXPECT_EQ(text(after, "role"), "user");
    EXPECT_EQ(text(after, "grade"), "bronze");
    EXPECT_EQ(text(data(me(here, person)), "name"), "김바다");

    ASSERT_EQ(here.ask("PUT", path, person.access, R"({"name":"김산"})", {"Prefer: wait=30"}).status, 200);
    const auto less = data(here.ask("GET", path, person.access));
    EXPECT_TRUE(less.at("phone").is_null()) << "what is left out is taken away";
    EXPECT_TRUE(less.at("profileImage").is_null());

    const auto wrong = here.ask("PUT", path, person.access, R"({"phone":"02-123","profileImage":"javascript:alert"
})");
    EXPECT_EQ(wrong.status, 400);
    for (const auto* field : {"name", "phone", "profileImage"}) {
        EXPECT_NE(wrong.body.find("\"" + std::string(field) + "\""), std::string::npos) << wrong.body;
    }
    const auto stranger = registered();
    EXPECT_EQ(here.ask("GET", path, stranger.access).status, 403);
    EXPECT_EQ(here.ask("PUT", path, stranger.access, R"({"name":"남"})").status, 403);
    EXPECT_EQ(here.ask("GET", path, admin).status, 200);
    EXPECT_EQ(code(here.ask("GET", "/api/v1/users/" + events::to_string(events::random_uuid()) + "/profile", admin)),
              "USER_001");
}

TEST_F(Profile, of_its_addresses_exactly_one_is_the_default)
{
    const auto person = registered();
    const auto path = "/api/v1/users/" + person.id + "/addresses";
    const auto post = [&](const std::string& body) {
        return here.ask("POST", path, person.access, body, {"Prefer: wait=30"});
    };
    EXPECT_EQ(addresses(person, person.position).size(), 0U);
    const auto home = post(address("세종대로 110"));
    ASSERT_EQ(home.status, 201) << home.body;
    EXPECT_TRUE(data(home).at("isDefault").as_bool()) << "the first";
    const auto work = post(address("테헤란로 1", R"(,"addressDetail":"3층","isDefault":false)"));
    const auto parents = post(address("해운대로 7", R"(,"isDefault":true)"));
    const auto three = addresses(person, seen(parents));
    ASSERT_EQ(three.size(), 3U);
    EXPECT_EQ(text(three[0], "address"), "해운대로 7");
    EXPECT_EQ(text(three[1], "addressDetail"), "3층");
    EXPECT_EQ(text(three[2], "id"), text(data(home), "id"));
    EXPECT_TRUE(three[0].at("isDefault").as_bool());
    EXPECT_FALSE(three[1].at("isDefault").as_bool() || three[2].at("isDefault").as_bool());

    const auto of_work = path + "/" + text(data(work), "id");
    const auto moved = here.ask("PUT", of_work, person.access, address("테헤란로 2", R"(,"isDefault":true)"));
    ASSERT_EQ(moved.status, 200) << moved.body;
    EXPECT_EQ(text(addresses(person, seen(moved))[0], "address"), "테헤란로 2");
    const auto still = here.ask("PUT", of_work, person.access, address("테헤란로 3", R"(,"isDefault":false)"));
    EXPECT_TRUE(data(still).at("isDefault").as_bool()) << "a default ends by another becoming it";

    const auto gone = here.ask("DELETE", of_work, person.access);
    ASSERT_EQ(gone.status, 200) << gone.body;
    EXPECT_EQ(here.ask("DELETE", of_work, person.access).status, 200) << "it is not there, as was asked";
    const auto two = addresses(person, seen(gone));
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(text(two[0], "address"), "해운대로 7") << "the newest that is left";
    EXPECT_TRUE(two[0].at("isDefault").as_bool());

    const auto unknown = here.ask("PUT", of_work, person.access, address("없는 길"));
    EXPECT_EQ(code(unknown), "COMMON_404");
    const auto wrong = post(R"({"recipientName":"김","phone":"1"})");
    EXPECT_EQ(wrong.status, 400);
    for (const auto* field : {"recipientName", "phone", "zipCode", "address"}) {
        EXPECT_NE(wrong.body.find("\"" + std::string(field) + "\""), std::string::npos) << wrong.body;
    }
    EXPECT_EQ(here.ask("GET", path, registered().access).status, 403);
}

TEST_F(Profile, of_many_who_want_to_be_the_default_at_once_one_is)
{
    const auto person = registered();
    const auto path = "/api/v1/users/" + person.id + "/addresses";
    std::vector<int> statuses(20);
    {
        std::vector<std::jthread> callers;
        for (std::size_t i = 0; i < statuses.size(); ++i) {
            callers.emplace_back([&, i] {
                HttpClient own(i % 2 == 0 ? all->port() : second->port());
                statuses[i] = own.ask("POST", path, person.access,
                                      address("길 " + std::to_string(i), R"(,"isDefault":true)"), {"Prefer: wait=30"})
                                  .status;
            });
        }
    }
    EXPECT_EQ(std::ranges::count(statuses, 201), 20);
    const auto full = here.ask("POST", path, person.access, address("하나 더"), {"Prefer: wait=30"});
    EXPECT_EQ(code(full), "COMMON_400") << "twenty are enough";
    json::array kept;
    EXPECT_TRUE(within(std::chrono::seconds{30}, [&] {
        kept = data(here.ask("GET", path, person.access)).as_array();
        return kept.size() == 20;
    }));
    EXPECT_EQ(std::ranges::count_if(kept, [](const auto& one) { return one.at("isDefault").as_bool(); }), 1);
}

}  // namespace
}  // namespace jangteo::edge::testing
