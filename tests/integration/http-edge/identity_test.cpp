// Accounts on the real servers, by two edges (DOA-AUTH-01…06, SH-AUTH-01…13, SH-RL-01…04, ECG-01, ECG-04).
#include "tests/integration/http-edge/identity_world.hpp"

#include <atomic>
#include <set>

namespace jangteo::edge::testing {
namespace {

using namespace std::chrono_literals;
using Identity = IdentityWorld;

TEST_F(Identity, who_registers_is_logged_in)  // DOA-AUTH-01, SH-AUTH-12
{
    const auto person = registered();
    const auto found = me(here, person);
    ASSERT_EQ(found.status, 200) << found.body;
    EXPECT_EQ(text(data(found), "id"), person.id);
    EXPECT_EQ(text(data(found), "email"), person.email);
    EXPECT_EQ(text(data(found), "name"), "김하늘");
    EXPECT_EQ(text(data(found), "role"), "user");
    EXPECT_EQ(text(data(found), "status"), "active");
    EXPECT_EQ(me(there, person).status, 200) << "every edge knows them";
    EXPECT_EQ(here.ask("GET", "/api/v1/auth/me").status, 401);
}

TEST_F(Identity, an_address_has_one_account)  // SH-AUTH-07, T-01
{
    auto person = registered();
    EXPECT_EQ(code(here.ask("POST", "/api/v1/auth/register", {}, registration(person), {person.position})), "USER_002");
    std::transform(person.email.begin(), person.email.end(), person.email.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_EQ(code(here.ask("POST", "/api/v1/auth/register", {}, registration(person), {person.position})), "USER_002");
}

TEST_F(Identity, a_hundred_who_want_one_address_at_once_make_one_account)
{
    const Person person{.email = new_address()};
    std::atomic<int> made = 0;
    std::atomic<int> taken = 0;
    std::atomic<int> other = 0;
    std::vector<std::jthread> crowd;
    for (int i = 0; i < 100; ++i) {
        crowd.emplace_back([&, port = i % 2 == 0 ? all->port() : second->port()] {
            HttpClient client(port);
            const auto until = std::chrono::steady_clock::now() + 90s;
            HttpAnswer answer;
            // Passwords are hashed by a few threads; who finds too long a queue comes again.
            do {
                answer = client.ask("POST", "/api/v1/auth/register", {}, registration(person), {"Prefer: wait=30"});
                if (answer.status == 503) std::this_thread::sleep_for(100ms);
            } while (answer.status == 503 && std::chrono::steady_clock::now() < until);
            ++(answer.status == 201 ? made : code(answer) == "USER_002" ? taken : other);
        });
    }
    crowd.clear();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(taken, 99);
    EXPECT_EQ(other, 0);
}

TEST_F(Identity, a_repeat_with_its_key_is_answered_with_the_same_tokens)
{
    Person person{.email = new_address()};
    const auto key = "Idempotency-Key: " + person.email;
    const auto first = here.ask("POST", "/api/v1/auth/register", {}, registration(person), {key, "Prefer: wait=30"});
    ASSERT_EQ(first.status, 201) << first.body;
    const auto again = here.ask("POST", "/api/v1/auth/register", {}, registration(person), {key, "Prefer: wait=30"});
    ASSERT_EQ(again.status, 201) << again.body;
    EXPECT_EQ(text(data(again), "refreshToken"), text(data(first), "refreshToken"));
    person.password = "another password";
    EXPECT_EQ(here.ask("POST", "/api/v1/auth/register", {}, registration(person), {key}).status, 422);
}

TEST_F(Identity, what_is_not_in_order_is_said_field_by_field)  // SH-SEC-05
{
    const auto answer = here.ask("POST", "/api/v1/auth/register", {}, R"({"email":"nobody","password":"short"})");
    EXPECT_EQ(answer.status, 400);
    std::set<std::string> fields;
    const auto told = json::parse(answer.body);
    for (const auto& error : told.at("error").at("details").at("errors").as_array()) {
        fields.insert(text(error, "field"));
    }
    EXPECT_EQ(fields, (std::set<std::string>{"email", "password", "name"}));
    Person person{.email = new_address(), .password = std::string(73, 'x')};
    EXPECT_EQ(here.ask("POST", "/api/v1/auth/register", {}, registration(person)).status, 400);
    person.password = std::string(25, 'x') + "가나다라마바사아자차카타파하가나";
    EXPECT_EQ(here.ask("POST", "/api/v1/auth/register", {}, registration(person)).status, 400) << "bytes count";
}

TEST_F(Identity, logs_in_and_tells_nobody_which_addresses_there_are)  // DOA-AUTH-02
{
    auto person = registered();
    const auto answer = log_in(there, person);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(text(data(answer).at("user"), "name"), "김하늘");
    EXPECT_EQ(me(here, person).status, 200);

    const auto hashes = [&] { return metric(here, "jangteo_edge_passwords_computed_total"); };
    const auto tried = [&](const std::string& email, const std::string& password) {
        const auto before = hashes();
        const auto wrong = here.ask("POST", "/api/v1/auth/login", {}, credentials(email, password), {person.position});
        EXPECT_EQ(wrong.status, 401);
        EXPECT_EQ(hashes() - before, 1) << "the same work, whoever it is";
        return wrong.body;
    };
    EXPECT_EQ(tried(person.email, "wrong password"), tried(new_address(), "wrong password"));
    EXPECT_EQ(tried(person.email, std::string(100, 'x')), tried(new_address(), "short"));
}

TEST_F(Identity, a_refresh_token_is_good_once)  // DOA-AUTH-03, SH-AUTH-02, SH-AUTH-03
{
    auto person = registered();
    const auto first = person;
    const auto answer =
        there.ask("POST", "/api/v1/auth/refresh", {}, refreshing(first.refresh), {"Idempotency-Key: one"});
    ASSERT_EQ(answer.status, 200) << answer.body;
    take_tokens(person, answer);
    EXPECT_EQ(me(here, person).status, 200);
    // The answer was lost: who has the key of the request gets it again.
    const auto again =
        there.ask("POST", "/api/v1/auth/refresh", {}, refreshing(first.refresh), {"Idempotency-Key: one"});
    EXPECT_EQ(text(data(again), "refreshToken"), person.refresh);

    const auto stolen = here.ask("POST", "/api/v1/auth/refresh", {}, refreshing(first.refresh));
    EXPECT_EQ(code(stolen), "AUTH_003");
    EXPECT_TRUE(within(1s, [&] { return me(here, person).status == 401 && me(there, person).status == 401; }));
    EXPECT_EQ(code(here.ask("POST", "/api/v1/auth/refresh", {}, refreshing(person.refresh))), "AUTH_003");
    EXPECT_EQ(code(here.ask("POST", "/api/v1/auth/refresh", {}, refreshing("made up"))), "AUTH_003");
    EXPECT_EQ(log_in(here, person).status, 200);
}

TEST_F(Identity, of_many_who_refresh_at_once_one_gets_the_next_token)
{
    const auto person = registered();
    std::atomic<int> good = 0;
    std::vector<std::jthread> crowd;
    for (int i = 0; i < 20; ++i) {
        crowd.emplace_back([&, port = i % 2 == 0 ? all->port() : second->port()] {
            HttpClient client(port);
            const auto answer =
                client.ask("POST", "/api/v1/auth/refresh", {}, refreshing(person.refresh), {"Prefer: wait=30"});
            if (answer.status == 200) ++good;
        });
    }
    crowd.clear();
    EXPECT_EQ(good, 1);
}

TEST_F(Identity, who_logs_out_is_out_everywhere_within_a_second)  // DOA-AUTH-04, SH-AUTH-04
{
    auto person = registered();
    auto elsewhere = person;
    ASSERT_EQ(log_in(there, elsewhere).status, 200);
    ASSERT_EQ(here.ask("POST", "/api/v1/auth/logout", person.access, "{}", {"Prefer: wait=30"}).status, 200);
    EXPECT_TRUE(is_out_everywhere(person));
    EXPECT_EQ(code(here.ask("POST", "/api/v1/auth/refresh", {}, refreshing(person.refresh))), "AUTH_003");
    EXPECT_EQ(me(here, elsewhere).status, 200) << "another login of theirs goes on";
}

TEST_F(Identity, an_edge_that_begins_later_knows_who_is_out)
{
    const auto person = registered();
    ASSERT_EQ(here.ask("POST", "/api/v1/auth/logout", person.access, "{}", {"Prefer: wait=30"}).status, 200);
    Served third("edge", {});
    HttpClient client(third.port());
    EXPECT_EQ(me(client, person).status, 401);
    third.end();
}

TEST_F(Identity, a_person_sees_and_ends_their_sessions)  // ECG-04
{
    auto person = registered();
    auto elsewhere = person;
    ASSERT_EQ(log_in(here, elsewhere).status, 200);
    const auto listed = data(here.ask("GET", "/api/v1/auth/sessions", person.access)).as_array();
    ASSERT_EQ(listed.size(), 2U);
    for (const auto& session : listed) {
        if (session.at("current").as_bool()) continue;
        const auto path = "/api/v1/auth/sessions/" + text(session, "id");
        EXPECT_EQ(here.ask("DELETE", path, person.access).status, 200);
        EXPECT_EQ(here.ask("DELETE", path, person.access).status, 200) << "again it changes nothing";
    }
    EXPECT_TRUE(is_out_everywhere(elsewhere));
    EXPECT_EQ(me(here, person).status, 200);
    EXPECT_EQ(here.ask("DELETE", "/api/v1/auth/sessions", person.access).status, 200);
    EXPECT_TRUE(is_out_everywhere(person));
}

TEST_F(Identity, a_suspended_person_is_out_within_a_second_and_in_again_later)  // SH-AUTH-10
{
    auto person = registered();
    const auto path = "/api/v1/admin/users/" + person.id;
    EXPECT_EQ(here.ask("POST", path + "/suspend", person.access, "{}").status, 403) << "administrators only";
    ASSERT_EQ(here.ask("POST", path + "/suspend", admin, R"({"reason":"도용 신고"})", {person.position}).status, 200);
    EXPECT_TRUE(is_out_everywhere(person));
    EXPECT_EQ(code(log_in(here, person)), "USER_003");
    EXPECT_EQ(code(here.ask("POST", "/api/v1/auth/refresh", {}, refreshing(person.refresh))), "AUTH_003");
    ASSERT_EQ(here.ask("POST", path + "/activate", admin, "{}").status, 200);
    EXPECT_EQ(log_in(here, person).status, 200);
    EXPECT_EQ(me(here, person).status, 200);
}

TEST_F(Identity, another_role_counts_from_the_next_login)  // SH-AUTH-09
{
    auto person = registered();
    const auto path = "/api/v1/admin/users/" + person.id + "/role";
    EXPECT_EQ(here.ask("PUT", path, admin, R"({"role":"king"})", {person.position}).status, 400);
    ASSERT_EQ(here.ask("PUT", path, admin, R"({"role":"admin"})", {person.position}).status, 200);
    EXPECT_TRUE(is_out_everywhere(person));
    ASSERT_EQ(log_in(here, person).status, 200);
    EXPECT_EQ(text(data(me(here, person)), "role"), "admin");
    const auto other = registered();
    const auto path_of_other = "/api/v1/admin/users/" + other.id + "/suspend";
    EXPECT_EQ(here.ask("POST", path_of_other, person.access, "{}", {other.position}).status, 200);
}

TEST_F(Identity, a_code_proves_the_address)  // SH-AUTH-13
{
    const auto person = registered();
    const auto sent = here.ask("POST", "/api/v1/auth/verify-email/send", person.access, "{}");
    ASSERT_EQ(sent.status, 202) << sent.body;
    const auto told = text(data(sent), "code");
    ASSERT_EQ(told.size(), 6U);
    const auto wrong = std::string(told[0] == '0' ? "1" : "0") + told.substr(1);
    const auto refused = here.ask("POST", "/api/v1/auth/verify-email", person.access, R"({"code":")" + wrong + "\"}");
    EXPECT_EQ(code(refused), "AUTH_006");
    EXPECT_NE(refused.body.find(R"("attemptsLeft":4)"), std::string::npos) << refused.body;
    EXPECT_EQ(here.ask("POST", "/api/v1/auth/verify-email", person.access, R"({"code":")" + told + "\"}").status, 200);
    EXPECT_TRUE(data(me(here, person)).at("emailVerified").as_bool());
}

TEST_F(Identity, a_forgotten_password_is_replaced_with_a_code)  // SH-AUTH-13
{
    auto person = registered();
    const auto forgot = [&](const std::string& email) {
        return here.ask("POST", "/api/v1/auth/password/forgot", {}, R"({"email":")" + email + "\"}", {person.position});
    };
    const auto sent = forgot(person.email);
    ASSERT_EQ(sent.status, 202) << sent.body;
    const auto told = text(data(sent), "code");
    EXPECT_EQ(forgot(new_address()).status, 202) << "nobody hears which addresses there are";
    EXPECT_EQ(forgot(person.email).status, 202) << "nor that one is on its way";
    const auto reset =
        json::serialize(json::object{{"email", person.email}, {"code", told}, {"password", "new password"}});
    ASSERT_EQ(here.ask("POST", "/api/v1/auth/password/reset", {}, reset, {person.position}).status, 200);
    EXPECT_TRUE(is_out_everywhere(person));
    EXPECT_EQ(code(here.ask("POST", "/api/v1/auth/password/reset", {}, reset)), "AUTH_006") << "a code is good once";
    EXPECT_TRUE(within(2s, [&] { return log_in(here, person).status == 401; }));
    person.password = "new password";
    EXPECT_EQ(log_in(here, person).status, 200);
}

TEST_F(Identity, a_browser_keeps_its_session_in_cookies)  // ECG-01
{
    auto person = registered();
    const std::string ours = "Origin: https://shop.example.com";
    const auto body = credentials(person.email, person.password);
    EXPECT_EQ(code(here.ask("POST", "/api/v1/auth/login?session=cookie", {}, body, {person.position})), "AUTH_007");
    const auto login = here.ask("POST", "/api/v1/auth/login?session=cookie", {}, body, {ours, person.position});
    ASSERT_EQ(login.status, 200) << login.body;
    EXPECT_EQ(login.body.find("Token\":"), std::string::npos) << "no script sees them: " << login.body;
    EXPECT_NE(login.header("Set-Cookie").find("HttpOnly; Secure; SameSite=Strict"), std::string::npos);
    EXPECT_EQ(login.header("Access-Control-Allow-Origin"), "https://shop.example.com");

    const auto cookie = "Cookie: __Host-jangteo_access=" + person.access;
    EXPECT_EQ(here.ask("GET", "/api/v1/auth/me", {}, {}, {cookie}).status, 200);
    const auto evil = here.ask("POST", "/api/v1/auth/logout", {}, "{}", {cookie, "Origin: https://evil.example"});
    EXPECT_EQ(code(evil), "AUTH_007");
    EXPECT_EQ(evil.header("Access-Control-Allow-Origin"), "");
    const auto refresh_cookie = "Cookie: __Secure-jangteo_refresh=" + person.refresh;
    EXPECT_EQ(here.ask("POST", "/api/v1/auth/refresh?session=cookie", {}, "{}", {refresh_cookie, ours}).status, 200);
    EXPECT_EQ(here.ask("POST", "/api/v1/auth/logout", {}, "{}", {cookie, ours}).status, 200);
    EXPECT_EQ(here.ask("GET", "/api/v1/auth/me", {}, {}, {cookie}).status, 401);
}

TEST_F(Identity, every_answer_says_how_browsers_shall_treat_it)  // SH-SEC-01, SH-SEC-02
{
    const auto answer = here.ask("GET", "/health");
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.header("X-Frame-Options"), "DENY");
    EXPECT_NE(answer.header("Content-Security-Policy").find("default-src 'self'"), std::string::npos);
    EXPECT_EQ(answer.header("Strict-Transport-Security"), "max-age=31536000; includeSubDomains");
}

TEST_F(Identity, limits_hold_on_all_edges_together)  // SH-RL-01, SH-RL-04
{
    const std::vector<std::string> limits{"--rate-limit-anonymous=20", "--rate-limit-member=30",
                                          "--exempt-services=true"};
    Served one("edge", limits);
    Served other("edge", limits);
    // What is counted is counted by the minute: not across its end.
    const auto second_of_minute = [] {
        return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) % 60;
    };
    while (second_of_minute() > 45) std::this_thread::sleep_for(100ms);
    HttpClient a(one.port());
    HttpClient b(other.port());
    const auto path = "/api/v1/inventory/" + events::to_string(events::random_uuid());
    const auto ask = [&](HttpClient& edge, const std::string& token) { return edge.ask("GET", path, token); };

    for (int i = 0; i < 20; ++i) ASSERT_EQ(ask(a, {}).status, 404) << i;
    const auto over = ask(a, {});
    EXPECT_EQ(code(over), "COMMON_429");
    EXPECT_EQ(over.header("X-RateLimit-Limit"), "20");
    EXPECT_EQ(over.header("X-RateLimit-Remaining"), "0");
    EXPECT_FALSE(over.header("X-RateLimit-Reset").empty());
    EXPECT_GE(std::stoi(over.header("Retry-After")), 1);
    EXPECT_LE(std::stoi(over.header("Retry-After")), 60);
    EXPECT_TRUE(within(1s, [&] { return ask(b, {}).status == 429; })) << "the other edge has heard";

    const auto member = printed_token(Role::user);
    EXPECT_EQ(ask(a, member).status, 404) << "who says who they are is counted by themselves";
    EXPECT_EQ(ask(a, member).header("X-RateLimit-Limit"), "30");
    const auto service = mint_token({.keys = {{"local", jwt_secret}}},
                                    {.user_id = {events::random_uuid()}, .role = Role::user, .service = true},
                                    std::chrono::system_clock::now());
    for (int i = 0; i < 40; ++i) ASSERT_EQ(ask(b, service).status, 404) << i;
    EXPECT_EQ(a.ask("GET", "/health").status, 200);
    one.end();
    other.end();
}

TEST_F(Identity, who_fails_five_times_is_blocked_on_every_edge)  // SH-RL-01, X-34
{
    auto person = registered();
    const std::vector<std::string> limits{"--rate-limit-login=5", "--login-block-s=60", "--proxies=1"};
    Served one("edge", limits);
    Served other("edge", limits);
    HttpClient a(one.port());
    HttpClient b(other.port());
    int host = 0;
    // Each time from another address: what is blocked in the end is the account.
    const auto log_in_with = [&](HttpClient& edge, const std::string& password) {
        const auto from = "X-Forwarded-For: 203.0.113.7, 198.51.100." + std::to_string(++host);
        return edge.ask("POST", "/api/v1/auth/login", {}, credentials(person.email, password), {from, person.position});
    };
    while (std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) % 60 > 45)
        std::this_thread::sleep_for(100ms);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(code(log_in_with(a, "wrong password")), "AUTH_001");
    const auto blocked = log_in_with(a, person.password);
    EXPECT_EQ(blocked.status, 429);
    EXPECT_EQ(code(blocked), "AUTH_005");
    EXPECT_FALSE(blocked.header("Retry-After").empty());
    EXPECT_TRUE(within(1s, [&] { return log_in_with(b, person.password).status == 429; }));
    Served later("edge", limits);
    HttpClient c(later.port());
    EXPECT_TRUE(within(2s, [&] { return log_in_with(c, person.password).status == 429; })) << "begun later, it knows";
    one.end();
    other.end();
    later.end();
}

}  // namespace
}  // namespace jangteo::edge::testing
