#include "main/reconcile.hpp"

#include "consumers/payments/inicis.hpp"
#include "consumers/payments/toss.hpp"
#include "consumers/runtime/http_client.hpp"
#include "consumers/runtime/outbound.hpp"

#include <chrono>
#include <iostream>
#include <list>
#include <memory>
#include <stdexcept>
#include <vector>

namespace jangteo {

namespace {

using consumers::payments::GatewayBooks;
using events::payments::Provider;

/// How one gateway is called from here.
struct Line {
    Line(const std::string& target, const std::stop_token& stop)
        : outbound({.target = target}, consumers::Surroundings::real(stop))
    {}
    consumers::payments::Call call()
    {
        return [this](const consumers::HttpRequest& request, consumers::Repeatable repeatable) {
            return outbound.call(client, request, repeatable);
        };
    }

    consumers::HttpClient client;
    consumers::Outbound outbound;
    std::unique_ptr<GatewayBooks> books;
};

}  // namespace

int reconcile(const Config& config, const ops::reconcile::Settings& settings, const std::string& only,
              const std::stop_token& stop, std::ostream& out)
{
    if (!only.empty() && only != "toss" && only != "inicis") {
        throw std::invalid_argument("--gateway must be toss or inicis");
    }
    std::list<Line> lines;
    std::vector<ops::reconcile::Gateway> gateways;
    if (!config.toss_secret_key.empty() && only != "inicis") {
        auto& line = lines.emplace_back("payments.toss", stop);
        line.books = consumers::payments::make_toss_books(
            {.url = config.toss_url, .secret_key = config.toss_secret_key}, line.call());
        gateways.push_back({Provider::toss, *line.books});
    }
    if (!config.inicis_mid.empty() && only != "toss") {
        auto& line = lines.emplace_back("payments.inicis", stop);
        const auto now = [ahead = settings.clock_offset] {
            return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) + ahead;
        };
        line.books = consumers::payments::make_inicis_books({.url = config.inicis_url,
                                                             .merchant = config.inicis_mid,
                                                             .sign_key = config.inicis_sign_key,
                                                             .api_key = config.inicis_api_key},
                                                            line.call(), now);
        gateways.push_back({Provider::inicis, *line.books});
    }
    if (gateways.empty()) {
        out << "reconcile: no gateway is configured, so nothing is compared (--toss-secret-key, --inicis-mid)"
            << std::endl;
        return 1;
    }
    try {
        return ops::reconcile::run(settings, gateways, out) ? 0 : 1;
    } catch (const consumers::payments::Unclear& error) {
        std::cerr << "reconcile: " << error.what() << ": nothing was compared" << std::endl;
    } catch (const consumers::payments::NotNow& error) {
        std::cerr << "reconcile: " << error.what() << ": nothing was compared" << std::endl;
    }
    return 1;
}

}  // namespace jangteo
