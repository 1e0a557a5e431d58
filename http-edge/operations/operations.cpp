#include "http-edge/operations/operations.hpp"

#include "events/codec.hpp"
#include "http-edge/server/exchange.hpp"
#include "http-edge/server/services.hpp"

namespace jangteo::edge::operations {

Awaitable<Response> health(Exchange&)
{
    Response response;
    response.body = R"({"status":"ok"})";
    co_return response;
}

Awaitable<Response> ready(Exchange& x)
{
    std::vector<Readiness> parts;
    parts.push_back({"accepting", !x.services.draining()});
    parts.push_back({"kafka", x.services.kafka_ready()});
    parts.push_back({"revocations", x.services.revocations_ready()});
    bool postgres = false;
    try {
        const auto rows = co_await x.services.queries.query("SELECT 1", {});
        postgres = !rows.empty();
    } catch (const std::exception&) {
        // Not ready; why is in the log of whoever needed it.
    }
    parts.push_back({"postgres", postgres});
    if (x.services.roles) {
        for (auto& role : x.services.roles()) parts.push_back(std::move(role));
    }
    co_return readiness(parts);
}

Response readiness(const std::vector<Readiness>& parts)
{
    Response response;
    std::string checks;
    for (const auto& part : parts) {
        if (!part.ready) response.status = 503;
        if (!checks.empty()) checks += ',';
        events::append_json(checks, part.name);
        checks += part.ready ? ":true" : ":false";
    }
    response.body = R"({"status":)";
    response.body += response.status == 200 ? R"("ready")" : R"("not ready")";
    response.body += R"(,"checks":{)" + checks + "}}";
    return response;
}

Awaitable<Response> metrics(Exchange& x)
{
    Response response;
    response.content_type = metrics_type;
    auto& body = response.body;
    x.services.metrics.append(body);
    const auto load = x.services.queries.load();
    append_metric_head(body, "jangteo_edge_query_connections", "gauge", "Connections to PostgreSQL for queries.");
    body += "jangteo_edge_query_connections{state=\"busy\"} " + std::to_string(load.busy) + '\n';
    body += "jangteo_edge_query_connections{state=\"idle\"} " + std::to_string(load.threads - load.busy) + '\n';
    append_metric_head(body, "jangteo_edge_queries_waiting", "gauge", "Queries that wait for a connection.");
    body += "jangteo_edge_queries_waiting " + std::to_string(load.waiting) + '\n';
    append_metric_head(body, "jangteo_edge_commands_unsettled", "gauge", "Commands sent and not yet answered.");
    body += "jangteo_edge_commands_unsettled " + std::to_string(x.services.desk.in_flight()) + '\n';
    append_metric_head(body, "jangteo_edge_passwords_computed_total", "counter", "Hashes of passwords.");
    body += "jangteo_edge_passwords_computed_total " + std::to_string(x.services.passwords.computed()) + '\n';
    append_metric_head(body, "jangteo_edge_passwords_waiting", "gauge", "Passwords that wait for a thread.");
    body += "jangteo_edge_passwords_waiting " + std::to_string(x.services.passwords.load().waiting) + '\n';
    append_metric_head(body, "jangteo_edge_revocations", "gauge", "Sessions and persons whose tokens are refused.");
    body += "jangteo_edge_revocations " + std::to_string(x.services.revocations.size()) + '\n';
    for (const auto& source : x.services.metrics_sources) source(body);
    co_return response;
}

}  // namespace jangteo::edge::operations
