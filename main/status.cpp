#include "main/status.hpp"

#include "consumers/runtime/http_client.hpp"
#include "events/codec.hpp"
#include "infra/rabbitmq/quarantine.hpp"
#include "infra/rabbitmq/targets.hpp"
#include "ops/lag/standing.hpp"
#include "ops/status/status.hpp"

#include <map>
#include <string>

namespace jangteo {

namespace {

constexpr std::chrono::seconds patience{30};

/// Everything that reads the log, by what Kafka and PostgreSQL know of it. One that is away hides only its own.
ops::lag::Standing standing_in_the_log(const Config& config, bool json, std::ostream& out)
{
    const ops::lag::Settings settings{
        .kafka = {.brokers = config.kafka_brokers, .client_id = "jangteo-status", .log = {}},
        .postgres = {.conninfo = config.postgres, .application_name = "jangteo-status"}};
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) +
                     std::chrono::seconds{config.clock_offset_s};
    ops::lag::Standing all;
    const auto add = [&](std::string_view role, std::string_view does, const auto& lags_of) {
        try {
            const std::vector<ops::lag::Lag> lags = lags_of();
            auto one = ops::lag::standing_of(role, does, lags, now, patience);
            all.lines.insert(all.lines.end(), one.lines.begin(), one.lines.end());
            all.attention.insert(all.attention.end(), one.attention.begin(), one.attention.end());
            if (!json) return;
            for (const auto& lag : lags) out << ops::lag::json_of(role, lag, now) << '\n';
        } catch (const std::runtime_error& error) {
            all.attention.push_back("what " + std::string(role) + " have to read is not known: " + error.what());
        }
    };
    add("producers", "decides", [&] { return ops::lag::of_producers(settings); });
    add("sagas", "takes", [&] { return ops::lag::of_sagas(settings); });
    add("projections", "applies", [&] { return ops::lag::of_read_models(settings); });
    return all;
}

std::string json_of(const std::vector<std::string>& attention)
{
    std::string json = R"({"attention":[)";
    for (const auto& line : attention) {
        if (json.back() != '[') json += ',';
        events::append_json(json, std::string_view(line));
    }
    return json + "]}";
}

}  // namespace

bool show_status(const Config& config, bool json, std::ostream& out)
{
    const auto standing = standing_in_the_log(config, json, out);
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
    summary.attention.insert(summary.attention.begin(), silent.begin(), silent.end());
    summary.attention.insert(summary.attention.begin(), standing.attention.begin(), standing.attention.end());
    if (json) {
        out << json_of(summary.attention) << std::endl;
        return summary.attention.empty();
    }
    for (const auto& line : standing.lines) out << line << '\n';
    if (!metrics.empty()) {
        for (const auto& line : summary.lines) out << line << '\n';
    }
    for (const auto& line : summary.attention) out << "ATTENTION    " << line << '\n';
    out << "status: "
        << (summary.attention.empty() ? "all is well" : std::to_string(summary.attention.size()) + " need somebody")
        << std::endl;
    return summary.attention.empty();
}

}  // namespace jangteo
