#include "main/status.hpp"

#include "consumers/runtime/http_client.hpp"
#include "infra/rabbitmq/quarantine.hpp"
#include "infra/rabbitmq/targets.hpp"
#include "ops/status/status.hpp"

#include <map>
#include <string>

namespace jangteo {

bool show_status(const Config& config, std::ostream& out)
{
    std::string metrics;
    std::vector<std::string> silent;
    try {
        consumers::HttpClient client;
        metrics = client.call({.method = "GET", .url = "http://" + config.edge_address + "/metrics"}, {}).body;
    } catch (const std::runtime_error& error) {
        silent.push_back("the edge at " + config.edge_address + " does not answer: " + error.what());
    }
    std::map<std::string, std::size_t> quarantined;
    for (const auto& target : rabbitmq::all_targets()) {
        try {
            const rabbitmq::Quarantine quarantine({.url = config.rabbitmq_url, .name = "jangteo-status"}, target);
            quarantined[target.target] = quarantine.count();
        } catch (const rabbitmq::Error& error) {
            silent.push_back("RabbitMQ does not say what is in quarantine: " + std::string(error.what()));
            break;
        }
    }
    auto summary = ops::status::summarize(metrics, quarantined);
    if (!metrics.empty()) {
        for (const auto& line : summary.lines) out << line << '\n';
    }
    summary.attention.insert(summary.attention.begin(), silent.begin(), silent.end());
    for (const auto& line : summary.attention) out << "ATTENTION    " << line << '\n';
    out << "status: "
        << (summary.attention.empty() ? "all is well" : std::to_string(summary.attention.size()) + " need somebody")
        << std::endl;
    return summary.attention.empty();
}

}  // namespace jangteo
