#include "tests/e2e/standins.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <stdexcept>

namespace jangteo::e2e {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto patience = 20s;

/// One for all tests, as the log: a test may leave payments behind that a later one comes upon.
std::string ledgers()
{
    std::filesystem::create_directories("e2e-standins");
    return std::filesystem::absolute("e2e-standins").string();
}

}  // namespace

StandIns::StandIns()
    : port_(free_port()),
      process_(
          "standins",
          {JANGTEO_PYTHON, JANGTEO_STANDINS, "--port", std::to_string(port_), "--folder", ledgers(), "--seed", "1"},
          log_folder() + "/standins.log"),
      apps_(port_)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    while (apps_.ask_and_wait({.method = "GET", .target = "/control/health"}).status != 200) {
        if (std::chrono::steady_clock::now() > until || !process_.runs()) {
            throw std::runtime_error("the stand-ins do not serve: " + process_.last_lines(5));
        }
        apps_.run_for(50ms);
    }
}

std::vector<std::string> StandIns::settings() const
{
    return {"--toss-url=http://127.0.0.1:" + std::to_string(port_) + "/toss", "--toss-secret-key=test_sk_standin",
            "--toss-client-key=test_ck_standin"};
}

void StandIns::call_back(std::uint16_t edge_port)
{
    control("PUT", "/control/callbacks",
            R"({"toss":"http://127.0.0.1:)" + std::to_string(edge_port) + R"(/api/v1/payments/toss/webhook"})");
}

std::string StandIns::pay(const std::string& payment_id, std::int64_t amount)
{
    const auto answer = control("POST", "/control/toss/pay",
                                R"({"orderId":")" + payment_id + R"(","amount":)" + std::to_string(amount) + "}");
    return std::string(json::parse(answer).at("paymentKey").as_string());
}

void StandIns::trouble(const std::string& json)
{
    control("PUT", "/control/trouble", json);
}

void StandIns::calm()
{
    control("PUT", "/control/trouble",
            R"({"fail":0,"done_but_silent":0,"slow":0,"refuse_connections":false,"reject_card":0,"other_amount":0,)"
            R"("callback_lost":0,"callback_times":1,"callback_delay_ms":[0,0],"callback_shuffle":false})");
}

std::map<std::string, StandIns::Account> StandIns::ledger()
{
    std::map<std::string, Account> accounts;
    const auto root = json::parse(control("GET", "/control/toss/ledger"));
    for (const auto& payment : root.at("payments").as_array()) {
        // A payment that was begun again has several keys there.
        auto& account = accounts[std::string(payment.at("orderId").as_string())];
        account.captured += payment.at("captured").as_int64();
        account.given_back += payment.at("cancelled").as_int64();
        account.confirms += static_cast<int>(payment.at("confirms").as_int64());
        account.refunds += static_cast<int>(payment.at("cancels").as_array().size());
    }
    return accounts;
}

std::string StandIns::deeds()
{
    return json::serialize(json::parse(control("GET", "/control/trouble")).at("done"));
}

std::string StandIns::control(const std::string& method, const std::string& path, const std::string& body)
{
    const auto answer = apps_.ask_and_wait({.method = method, .target = path, .body = body});
    if (answer.status != 200) throw std::runtime_error(path + ": " + answer.body + answer.trouble);
    return answer.body;
}

}  // namespace jangteo::e2e
