#include "main/edge.hpp"

#include "events/schemas.hpp"
#include "http-edge/routes.hpp"
#include "http-edge/server/descriptions.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace jangteo {

namespace {

constexpr const char* usual_key_id = "local";
constexpr std::size_t longest_key_id = 32;

/// `id:secret`, or a secret alone. A colon further in belongs to the secret.
edge::SigningKey key_of(const std::string& text)
{
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || colon > longest_key_id) return {usual_key_id, text};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

edge::Identity identity_settings(const Config& config)
{
    edge::Identity identity;
    identity.personal_data_keys = personal_data_keys(config);
    if (config.email_key.empty()) throw std::invalid_argument("email-key is not set: nobody could log in");
    identity.email_key = config.email_key;
    identity.password_threads = config.password_threads;
    identity.show_codes = config.show_codes;
    return identity;
}

}  // namespace

edge::TokenSettings token_settings(const Config& config)
{
    edge::TokenSettings settings;
    // By environment and by option one key may come twice.
    for (const auto& secret : config.jwt_secrets) {
        const auto key = key_of(secret);
        const auto same = [&](const edge::SigningKey& known) {
            return known.id == key.id && known.secret == key.secret;
        };
        if (std::none_of(settings.keys.begin(), settings.keys.end(), same)) settings.keys.push_back(key);
    }
    if (settings.keys.empty()) throw std::invalid_argument("jwt-secret is not set: nobody could be let in");
    edge::check(settings);
    return settings;
}

edge::Config edge_config(const Config& config, kafka::Settings kafka)
{
    edge::Config edge;
    std::tie(edge.address, edge.port) = host_and_port("edge-address", config.edge_address);
    edge.limits.connections = config.edge_connections;
    edge.limits.connections_per_address = config.edge_connections_per_address;
    edge.limits.streams = config.edge_streams;
    edge.limits.stream_ring = config.edge_stream_ring;
    edge.tokens = token_settings(config);
    edge.rate_limits = {.anonymous = config.rate_limit_anonymous,
                        .member = config.rate_limit_member,
                        .login = config.rate_limit_login,
                        .login_block = std::chrono::seconds{config.login_block_s},
                        .exempt_services = config.exempt_services,
                        .proxies = config.proxies};
    edge.browsers.allowed_origins = config.allowed_origins;
    edge.identity = identity_settings(config);
    if (!config.toss_secret_key.empty()) edge.gateways.toss_client_key = config.toss_client_key;
    edge.settlement_period = config.settlement_period == "month" ? events::PeriodKind::month : events::PeriodKind::week;
    edge.grades = {.silver_from = config.grade_silver_from_won,
                   .gold_from = config.grade_gold_from_won,
                   .vip_from = config.grade_vip_from_won};
    if (!config.inicis_mid.empty()) {
        edge.gateways.inicis_merchant = config.inicis_mid;
        edge.gateways.inicis_sign_key = config.inicis_sign_key;
        edge.gateways.inicis_mobile_key = config.inicis_mobile_key;
    }
    edge.docs_folder = config.docs_folder;
    edge.check_answers = config.check_answers;
    edge.kafka = std::move(kafka);
    edge.partitions = config.partitions;
    edge.postgres = config.postgres;
    edge.query_connections = config.edge_query_threads;
    return edge;
}

std::string openapi_document()
{
    return edge::Descriptions(edge::routes(), edge::description_files(), events::schema_files()).document();
}

std::string mint_token(const Config& config, const std::string& user, const std::string& role)
{
    const auto id = events::UserId::parse(user);
    const auto known = edge::parse_role(role);
    if (!id) throw std::invalid_argument("--user must be a UUID, not '" + user + "'");
    if (!known) throw std::invalid_argument("--role must be user, seller, analyst or admin, not '" + role + "'");
    return edge::mint_token(token_settings(config), {*id, *known}, std::chrono::system_clock::now());
}

}  // namespace jangteo
