#include "tests/e2e/standins.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace jangteo::e2e {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto patience = 20s;

std::string made(const std::string& folder)
{
    std::filesystem::create_directories(folder);
    return std::filesystem::absolute(folder).string();
}

std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[byte >> 4U];
        encoded += digits[byte & 15U];
    }
    return encoded;
}

}  // namespace

StandIns::StandIns(const std::string& folder)
    : port_(free_port()),
      process_("standins",
               {JANGTEO_PYTHON, "-B", JANGTEO_STANDINS, "--port", std::to_string(port_), "--folder", made(folder),
                "--seed", "1"},
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

std::string StandIns::url(const std::string& path) const
{
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<std::string> StandIns::settings() const
{
    return {"--toss-url=" + url("/toss"),        "--toss-secret-key=test_sk_standin",
            "--toss-client-key=test_ck_standin", "--inicis-url=" + url("/inicis"),
            "--inicis-mid=standin000",           "--inicis-sign-key=sign_key_standin",
            "--inicis-api-key=api_key_standin",  "--inicis-mobile-key=mobile_key_standin"};
}

void StandIns::call_back(std::uint16_t edge_port)
{
    const std::string edge = "http://127.0.0.1:" + std::to_string(edge_port);
    control("PUT", "/callbacks", {{"toss", edge + "/api/v1/payments/toss/webhook"}});
}

std::string StandIns::pay(const std::string& payment_id, std::int64_t amount)
{
    const auto answer = control("POST", "/toss/pay", {{"orderId", payment_id}, {"amount", amount}});
    return std::string(answer.at("paymentKey").as_string());
}

std::string StandIns::pay_in(const std::string& payment_id, std::int64_t amount, std::chrono::seconds within)
{
    const auto answer = control("POST", "/toss/pay",
                                {{"orderId", payment_id},
                                 {"amount", amount},
                                 {"method", "VIRTUAL_ACCOUNT"},
                                 {"depositWithinS", within.count()}});
    return std::string(answer.at("paymentKey").as_string());
}

std::string StandIns::pay_at_inicis(const std::string& payment_id, std::int64_t amount, bool mobile)
{
    const auto brought = control("POST", "/inicis/pay",
                                 {{"orderId", payment_id}, {"amount", amount}, {"device", mobile ? "mobile" : "pc"}});
    std::string form;
    for (const auto& field : brought) {
        if (!form.empty()) form += '&';
        form += std::string(field.key()) + '=' + percent_encoded(field.value().as_string());
    }
    return form;
}

void StandIns::trouble(const json::object& wanted)
{
    control("PUT", "/trouble", wanted);
}

void StandIns::calm()
{
    control("DELETE", "/trouble");
}

std::map<std::string, StandIns::Account> StandIns::ledger()
{
    std::map<std::string, Account> accounts;
    for (const auto& [path, confirms] : {std::pair{"/toss/ledger", "confirms"}, {"/inicis/ledger", "approvals"}}) {
        const auto root = control("GET", path);
        for (const auto& payment : root.at("payments").as_array()) {
            // A payment that was begun again has several keys there.
            auto& account = accounts[std::string(payment.at("orderId").as_string())];
            account.captured += payment.at("captured").as_int64();
            account.given_back += payment.at("cancelled").as_int64();
            account.confirms += static_cast<int>(payment.at(confirms).as_int64());
            account.refunds += static_cast<int>(payment.at("cancels").as_array().size());
        }
    }
    return accounts;
}

std::string StandIns::deeds()
{
    return json::serialize(control("GET", "/trouble").at("done"));
}

json::object StandIns::control(const std::string& method, const std::string& path, const json::object& body)
{
    const std::string text = method == "GET" ? std::string() : json::serialize(body);
    const auto answer = apps_.ask_and_wait({.method = method, .target = "/control" + path, .body = text});
    if (answer.status != 200) throw std::runtime_error(path + ": " + answer.body + answer.trouble);
    return json::parse(answer.body).as_object();
}

}  // namespace jangteo::e2e
