// One Jangteo with two edges on the real servers, and people who come to either of them.
#pragma once

#include "events/ids.hpp"
#include "http-edge/server/tokens.hpp"
#include "tests/e2e/process.hpp"
#include "tests/integration/http-edge/http_client.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jangteo::edge::testing {

namespace json = boost::json;

inline const std::string jwt_secret = "a secret for these tests that is longer than 32 bytes";

inline json::value data(const HttpAnswer& answer)
{
    boost::system::error_code error;
    auto parsed = json::parse(answer.body, error);
    if (error || !parsed.is_object() || !parsed.as_object().contains("data")) {
        ADD_FAILURE() << answer.status << ' ' << answer.body;
        return json::object{};
    }
    return parsed.at("data");
}
inline std::string code(const HttpAnswer& answer)
{
    boost::system::error_code error;
    const auto parsed = json::parse(answer.body, error);
    if (error || !parsed.is_object() || !parsed.as_object().contains("error")) return answer.body;
    return std::string(parsed.at("error").at("code").as_string());
}
inline std::string text(const json::value& value, std::string_view member)
{
    const auto* found = value.is_object() ? value.as_object().if_contains(member) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}
inline std::string seen(const HttpAnswer& answer)
{
    return "X-Position: " + answer.header("X-Position");
}

/// Waits for what happens a moment after the answer that set it off; returns how long it took, or nothing when it does not.
inline bool within(std::chrono::milliseconds time, const std::function<bool()>& holds)
{
    const auto until = std::chrono::steady_clock::now() + time;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

class Served {
public:
    Served(const std::string& role, std::vector<std::string> settings) : port_(free_port())
    {
        std::vector<std::string> command{e2e::from_environment("JANGTEO_TEST_BINARY"),
                                         role,
                                         "--rabbitmq-url=" + e2e::from_environment("JANGTEO_TEST_RABBITMQ_URL"),
                                         "--kafka-brokers=" + e2e::from_environment("JANGTEO_TEST_KAFKA"),
                                         "--postgres=" + e2e::from_environment("JANGTEO_TEST_POSTGRES"),
                                         "--edge-address=127.0.0.1:" + std::to_string(port_),
                                         "--edge-connections-per-address=1024",
                                         "--check-answers=true",
                                         "--jwt-secret=" + jwt_secret,
                                         "--show-codes=true"};
        command.insert(command.end(), settings.begin(), settings.end());
        log_ = e2e::log_folder() + "/" + role + "-" + std::to_string(port_) + ".log";
        process_ = std::make_unique<e2e::Process>(role, command, log_);
        HttpClient client(port_);
        const bool ready = within(std::chrono::seconds{60},
                                  [&] { return !process_->runs() || client.ask("GET", "/ready").status == 200; });
        if (!ready || !process_->runs()) throw std::runtime_error("not ready:\n" + process_->last_lines(20));
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& log() const { return log_; }
    void kill() { process_->kill(); }
    void end()
    {
        process_->terminate();
        EXPECT_EQ(process_->trouble(), "");
    }

private:
    std::uint16_t port_;
    std::string log_;
    std::unique_ptr<e2e::Process> process_;
};

struct Person {
    std::string email;
    std::string password = "password123";
    std::string name = "김하늘";
    std::string id{};
    std::string access{};
    std::string refresh{};
    std::string position{};  ///< As a header, for the other edge.
};

class IdentityWorld : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        all = std::make_unique<Served>("all", std::vector<std::string>{"--allowed-origin=https://shop.example.com"});
        second = std::make_unique<Served>("edge", std::vector<std::string>{});
    }
    static void TearDownTestSuite()
    {
        if (second) second->end();
        if (all) all->end();
        second.reset();
        all.reset();
    }

    static std::string new_address() { return "haneul." + events::to_string(events::random_uuid()) + "@example.com"; }
    static std::string registration(const Person& person)
    {
        return json::serialize(
            json::object{{"email", person.email}, {"password", person.password}, {"name", person.name}});
    }
    static std::string credentials(const std::string& email, const std::string& password)
    {
        return json::serialize(json::object{{"email", email}, {"password", password}});
    }
    static std::string refreshing(const std::string& token)
    {
        return json::serialize(json::object{{"refreshToken", token}});
    }
    static std::string printed_token(Role role)
    {
        return mint_token({.keys = {{"local", jwt_secret}}}, {events::UserId{events::random_uuid()}, role},
                          std::chrono::system_clock::now());
    }

    static void take_tokens(Person& person, const HttpAnswer& answer)
    {
        const auto given = data(answer);
        person.access = text(given, "accessToken");
        person.refresh = text(given, "refreshToken");
        person.position = seen(answer);
        EXPECT_FALSE(person.access.empty());
        EXPECT_FALSE(person.refresh.empty());
    }
    Person registered(std::string email = new_address())
    {
        Person person{.email = std::move(email)};
        const auto answer = here.ask("POST", "/api/v1/auth/register", {}, registration(person), {"Prefer: wait=30"});
        EXPECT_EQ(answer.status, 201) << answer.body;
        take_tokens(person, answer);
        person.id = text(data(answer).at("user"), "id");
        return person;
    }
    HttpAnswer log_in(HttpClient& edge, Person& person)
    {
        auto answer = edge.ask("POST", "/api/v1/auth/login", {}, credentials(person.email, person.password),
                               {"Prefer: wait=30", person.position});
        if (answer.status == 200) take_tokens(person, answer);
        return answer;
    }
    HttpAnswer me(HttpClient& edge, const Person& person)
    {
        return edge.ask("GET", "/api/v1/auth/me", person.access, {}, {person.position});
    }
    /// What nobody hears within a second is too late.
    bool is_out_everywhere(const Person& person)
    {
        return me(here, person).status != 200 &&
               within(std::chrono::seconds{1}, [&] { return me(there, person).status != 200; });
    }
    static std::int64_t metric(HttpClient& edge, const std::string& name)
    {
        const auto body = edge.ask("GET", "/metrics").body;
        const auto at = body.find("\n" + name + " ");
        return at == std::string::npos ? -1 : std::stoll(body.substr(at + name.size() + 2));
    }

    static inline std::unique_ptr<Served> all;
    static inline std::unique_ptr<Served> second;
    HttpClient here{all->port()};
    HttpClient there{second->port()};
    const std::string admin = printed_token(Role::admin);
};

}  // namespace jangteo::edge::testing
