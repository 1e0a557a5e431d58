#include "main/config.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace jangteo {

namespace {

constexpr std::string_view environment_prefix = "JANGTEO_";
constexpr std::size_t shortest_secret = 32;

/// `--kafka-brokers` is `JANGTEO_KAFKA_BROKERS`.
std::string environment_name(std::string_view option)
{
    std::string name(environment_prefix);
    for (const char c : option) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

/// A connection string with its password hidden.
std::string without_password(const std::string& conninfo)
{
    const auto at = conninfo.find("password=");
    if (at == std::string::npos) return conninfo;
    const auto end = conninfo.find(' ', at);
    return conninfo.substr(0, at) + "password=***" + (end == std::string::npos ? "" : conninfo.substr(end));
}

/// `amqp://***@host:port/vhost`
std::string without_credentials(const std::string& url)
{
    const auto begin = url.find("://");
    const auto at = url.rfind('@');
    if (begin == std::string::npos || at == std::string::npos) return url;
    return url.substr(0, begin + 3) + "***" + url.substr(at);
}

/// As a browser writes it (RFC 6454): what it sends has to be the same to the letter.
bool is_origin(const std::string& text)
{
    const bool secure = text.starts_with("https://");
    if (!secure && !text.starts_with("http://")) return false;
    const auto host = text.substr(secure ? 8 : 7);
    return !host.empty() && host.find_first_of("/?#@* ") == std::string::npos;
}

std::string joined(const std::vector<std::string>& texts)
{
    std::string all;
    for (const auto& text : texts) all += (all.empty() ? "" : ",") + text;
    return all;
}

}  // namespace

void declare(Config& config, CLI::App& app)
{
    app.set_config("--config", "", "A file of settings: one `name = value` a line, names as below without dashes");
    const auto take_last = CLI::MultiOptionPolicy::TakeLast;
    const auto option = [&](const char* name, auto& value, const char* what) {
        app.add_option(std::string("--") + name, value, what)->capture_default_str()->multi_option_policy(take_last);
    };
    option("kafka-brokers", config.kafka_brokers, "host:port,host:port");
    option("postgres", config.postgres, "Connection: host=… port=… dbname=… user=… password=…");
    option("rabbitmq-url", config.rabbitmq_url, "amqp://user:password@host:port/vhost, each part percent-encoded");
    option("edge-address", config.edge_address, "Where the edge listens");
    option("operations-address", config.operations_address,
           "Where a process without an edge answers /health, /ready and /metrics; empty is nowhere");
    app.add_option("--jwt-secret", config.jwt_secrets,
                   "Key of access tokens, at least 32 bytes; `id:secret` names it. Several, separated by commas: the "
                   "first signs, all verify")
        ->delimiter(',')
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("--personal-data-key", config.personal_data_keys,
                   "What the keys of persons are sealed with, `id:` and 32 bytes in base64url. Several, separated by "
                   "commas: the first seals, all open")
        ->delimiter(',')
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    option("email-key", config.email_key, "Accounts are named by a hash with it; at least 32 bytes, for ever the same");
    option("password-threads", config.password_threads, "Threads that compute hashes of passwords");
    option("rate-limit-anonymous", config.rate_limit_anonymous,
           "Requests a minute of an address without a token; 0: any");
    option("rate-limit-member", config.rate_limit_member, "Requests a minute of a person; 0: any number");
    option("rate-limit-login", config.rate_limit_login,
           "Logins a minute of an address and of an account; 0: any number");
    option("login-block-s", config.login_block_s, "How long as many failed ones block the address and the account");
    option("exempt-services", config.exempt_services, "Tokens of loaders and benchmarks are held to no limit");
    option("proxies", config.proxies, "Proxies of ours before the edge, which tell the caller's address");
    app.add_option("--allowed-origin", config.allowed_origins,
                   "A page that may ask from another address, for instance https://shop.example.com; several by commas")
        ->delimiter(',')
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    option("show-codes", config.show_codes,
           "Answer with the codes that go out by e-mail; on a stack of this machine only");
    option("log-file", config.log_file, "Where to log, as JSON lines; empty is standard error");
    option("log-level", config.log_level, "debug, info, warn or error");
    option("partitions", config.partitions, "Partitions of each topic; fixed for the life of the log");
    option("memory-limit-mb", config.memory_limit_mb, "Memory for aggregates and saga instances");
    option("producer-threads", config.producer_threads, "Threads that decide; partitions are shared among them");
    option("session-timeout-ms", config.session_timeout_ms, "After how long a silent owner loses its partitions");
    option("snapshot-interval-ms", config.snapshot_interval_ms, "How often changed state is written behind");
    option("clock-offset-s", config.clock_offset_s,
           "By how many seconds the clock of the trade is ahead; on a stack of this machine only");
    option("payment-window-s", config.payment_window_s, "How long an order waits for payment (DOA-ORD-13)");
    option("confirm-after-s", config.confirm_after_s,
           "How long after its delivery a purchase confirms itself (DOA-ORD-08)");
    option("shipping-fee-won", config.shipping_fee_won, "What shipping costs (DOA-ORD-10)");
    option("free-shipping-from-won", config.free_shipping_from_won, "From which product amount on shipping is free");
    option("commission-basis-points", config.commission_basis_points,
           "The market's share of what sellers sell, in hundredths of a percent (DOA-SET-01)");
    option("settlement-period", config.settlement_period, "What sellers are settled for: week or month");
    option("grade-silver-from-won", config.grade_silver_from_won,
           "What is bought and kept in a year, from which a member is silver (DOA-USER-13)");
    option("grade-gold-from-won", config.grade_gold_from_won, "The same for gold");
    option("grade-vip-from-won", config.grade_vip_from_won, "The same for VIPs");
    option("toss-url", config.toss_url, "Where TossPayments is");
    option("toss-secret-key", config.toss_secret_key, "Our secret key there; without one it is not offered");
    option("toss-client-key", config.toss_client_key, "Our client key there, which apps need to open its window");
    option("inicis-url", config.inicis_url, "Where KG Inicis' INIAPI is");
    option("inicis-mid", config.inicis_mid, "Our merchant id at KG Inicis; without one it is not offered");
    option("inicis-sign-key", config.inicis_sign_key, "Our key there that signs its PC window");
    option("inicis-api-key", config.inicis_api_key, "Our key there that signs inquiries and refunds");
    option("inicis-mobile-key", config.inicis_mobile_key, "Our key there that signs its mobile window");
    option("consumer-threads", config.consumer_threads, "Threads for each target outside");
    option("ask-gateway-again-s", config.ask_gateway_again_s,
           "After how long a question without an answer is put again");
    option("look-for-deposit-s", config.look_for_deposit_s,
           "How often a gateway is asked whether a deposit into a virtual account has come");
    option("docs-folder", config.docs_folder, "Of the viewer that /docs shows the API with (npm's swagger-ui-dist)");
    option("check-answers", config.check_answers,
           "An answer that /openapi.json does not have is an error of ours; for tests, it takes time");
    option("edge-connections", config.edge_connections, "Open connections, at most");
    option("edge-connections-per-address", config.edge_connections_per_address, "Open connections of one address");
    option("edge-streams", config.edge_streams, "Open streams, at most");
    option("edge-stream-ring", config.edge_stream_ring,
           "Events kept in memory for streams: who falls further behind is cut off");
    option("edge-query-threads", config.edge_query_threads, "Connections to PostgreSQL for queries");
}

std::vector<std::string> arguments_from_environment(const CLI::App& app, const char* const* environment)
{
    std::vector<std::string> arguments;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty() || option->get_lnames().front() == "help") continue;
        const auto& name = option->get_lnames().front();
        const std::string wanted = environment_name(name) + "=";
        for (const char* const* entry = environment; *entry != nullptr; ++entry) {
            const std::string_view text(*entry);
            if (text.substr(0, wanted.size()) == wanted) {
                arguments.push_back("--" + name + "=" + std::string(text.substr(wanted.size())));
            }
        }
    }
    return arguments;
}

std::vector<std::string> problems_of(const Config& config)
{
    std::vector<std::string> problems;
    const auto want = [&](bool good, const char* otherwise) {
        if (!good) problems.emplace_back(otherwise);
    };
    want(!config.kafka_brokers.empty(), "kafka-brokers must name at least one host:port");
    want(!config.postgres.empty(), "postgres must be a connection string");
    want(config.partitions > 0 && config.partitions < 64, "partitions must be from 1 to 63");
    want(config.memory_limit_mb >= 16, "memory-limit-mb must be at least 16");
    want(config.producer_threads >= 1 && config.producer_threads <= 64, "producer-threads must be from 1 to 64");
    want(config.session_timeout_ms >= 1'000, "session-timeout-ms must be at least 1000");
    want(config.snapshot_interval_ms >= 100, "snapshot-interval-ms must be at least 100");
    want(config.clock_offset_s >= 0, "clock-offset-s must not be negative: time only goes forward");
    want(config.clock_offset_s == 0 || config.kafka_brokers.starts_with("127.0.0.1:"),
         "clock-offset-s is for a stack of this machine (kafka-brokers at 127.0.0.1)");
    want(!config.show_codes || config.kafka_brokers.starts_with("127.0.0.1:"),
         "show-codes is for a stack of this machine (kafka-brokers at 127.0.0.1)");
    want(config.email_key.empty() || config.email_key.size() >= shortest_secret,
         "email-key must have at least 32 bytes");
    want(config.password_threads >= 1 && config.password_threads <= 64, "password-threads must be from 1 to 64");
    want(config.rate_limit_anonymous >= 0 && config.rate_limit_member >= 0 && config.rate_limit_login >= 0,
         "rate limits must not be negative");
    want(config.login_block_s >= 1, "login-block-s must be at least 1");
    want(std::ranges::all_of(config.allowed_origins, is_origin),
         "allowed-origin must be scheme://host or scheme://host:port, without a path");
    want(config.payment_window_s >= 1, "payment-window-s must be at least 1");
    want(config.confirm_after_s >= 1, "confirm-after-s must be at least 1");
    want(config.shipping_fee_won >= 0, "shipping-fee-won must not be negative");
    want(0 < config.grade_silver_from_won && config.grade_silver_from_won < config.grade_gold_from_won &&
             config.grade_gold_from_won < config.grade_vip_from_won,
         "grade-silver-from-won, grade-gold-from-won and grade-vip-from-won must rise from above 0");
    want(config.free_shipping_from_won >= 0, "free-shipping-from-won must not be negative");
    want(config.commission_basis_points >= 0 && config.commission_basis_points <= 10'000,
         "commission-basis-points must be from 0 to 10000");
    want(config.settlement_period == "week" || config.settlement_period == "month",
         "settlement-period must be week or month");
    want(config.rabbitmq_url.starts_with("amqp://"), "rabbitmq-url must begin with amqp://");
    want(config.toss_url.starts_with("https://") || config.toss_url.starts_with("http://127.0.0.1:"),
         "toss-url must begin with https:// (or http://127.0.0.1: for a stand-in)");
    want(config.inicis_url.starts_with("https://") || config.inicis_url.starts_with("http://127.0.0.1:"),
         "inicis-url must begin with https:// (or http://127.0.0.1: for a stand-in)");
    want(config.inicis_mid.empty() ||
             (!config.inicis_sign_key.empty() && !config.inicis_api_key.empty() && !config.inicis_mobile_key.empty()),
         "inicis-mid needs inicis-sign-key, inicis-api-key and inicis-mobile-key");
    want(config.consumer_threads >= 1 && config.consumer_threads <= 256, "consumer-threads must be from 1 to 256");
    want(config.ask_gateway_again_s >= 1, "ask-gateway-again-s must be at least 1");
    want(config.look_for_deposit_s >= 1, "look-for-deposit-s must be at least 1");
    want(config.edge_query_threads >= 1, "edge-query-threads must be at least 1");
    want(config.log_level == "debug" || config.log_level == "info" || config.log_level == "warn" ||
             config.log_level == "error",
         "log-level must be debug, info, warn or error");
    want(std::all_of(config.jwt_secrets.begin(), config.jwt_secrets.end(),
                     [](const std::string& secret) { return secret.size() >= shortest_secret; }),
         "jwt-secret must have at least 32 bytes");
    try {
        host_and_port("edge-address", config.edge_address);
        if (!config.operations_address.empty()) host_and_port("operations-address", config.operations_address);
    } catch (const std::invalid_argument& error) {
        problems.emplace_back(error.what());
    }
    return problems;
}

std::vector<std::pair<std::string, std::string>> shown(const Config& config)
{
    const auto text = [](auto number) { return std::to_string(number); };
    return {{"kafka-brokers", config.kafka_brokers},
            {"postgres", without_password(config.postgres)},
            {"rabbitmq-url", without_credentials(config.rabbitmq_url)},
            {"edge-address", config.edge_address},
            {"operations-address", config.operations_address},
            {"jwt-secret", config.jwt_secrets.empty() ? "" : "***"},
            {"personal-data-key", config.personal_data_keys.empty() ? "" : "***"},
            {"email-key", config.email_key.empty() ? "" : "***"},
            {"password-threads", text(config.password_threads)},
            {"rate-limit-anonymous", text(config.rate_limit_anonymous)},
            {"rate-limit-member", text(config.rate_limit_member)},
            {"rate-limit-login", text(config.rate_limit_login)},
            {"login-block-s", text(config.login_block_s)},
            {"exempt-services", config.exempt_services ? "true" : "false"},
            {"proxies", text(config.proxies)},
            {"allowed-origin", joined(config.allowed_origins)},
            {"show-codes", config.show_codes ? "true" : "false"},
            {"log-file", config.log_file},
            {"log-level", config.log_level},
            {"partitions", text(config.partitions)},
            {"memory-limit-mb", text(config.memory_limit_mb)},
            {"producer-threads", text(config.producer_threads)},
            {"session-timeout-ms", text(config.session_timeout_ms)},
            {"snapshot-interval-ms", text(config.snapshot_interval_ms)},
            {"clock-offset-s", text(config.clock_offset_s)},
            {"payment-window-s", text(config.payment_window_s)},
            {"confirm-after-s", text(config.confirm_after_s)},
            {"shipping-fee-won", text(config.shipping_fee_won)},
            {"free-shipping-from-won", text(config.free_shipping_from_won)},
            {"commission-basis-points", text(config.commission_basis_points)},
            {"settlement-period", config.settlement_period},
            {"grade-silver-from-won", text(config.grade_silver_from_won)},
            {"grade-gold-from-won", text(config.grade_gold_from_won)},
            {"grade-vip-from-won", text(config.grade_vip_from_won)},
            {"toss-url", config.toss_url},
            {"toss-secret-key", config.toss_secret_key.empty() ? "" : "***"},
            {"toss-client-key", config.toss_client_key},
            {"look-for-deposit-s", text(config.look_for_deposit_s)},
            {"inicis-url", config.inicis_url},
            {"inicis-mid", config.inicis_mid},
            {"inicis-sign-key", config.inicis_sign_key.empty() ? "" : "***"},
            {"inicis-api-key", config.inicis_api_key.empty() ? "" : "***"},
            {"inicis-mobile-key", config.inicis_mobile_key.empty() ? "" : "***"},
            {"consumer-threads", text(config.consumer_threads)},
            {"ask-gateway-again-s", text(config.ask_gateway_again_s)},
            {"docs-folder", config.docs_folder},
            {"check-answers", config.check_answers ? "true" : "false"},
            {"edge-connections", text(config.edge_connections)},
            {"edge-connections-per-address", text(config.edge_connections_per_address)},
            {"edge-streams", text(config.edge_streams)},
            {"edge-stream-ring", text(config.edge_stream_ring)},
            {"edge-query-threads", text(config.edge_query_threads)}};
}

std::vector<crypto::Key> personal_data_keys(const Config& config)
{
    std::vector<crypto::Key> keys;
    for (const auto& text : config.personal_data_keys) {
        auto key = crypto::parse_key(text);
        // By environment and by option one key may come twice.
        const auto same = [&](const crypto::Key& known) { return known.id == key.id && known.secret == key.secret; };
        if (std::ranges::none_of(keys, same)) keys.push_back(std::move(key));
    }
    if (keys.empty()) {
        throw std::invalid_argument("personal-data-key is not set: nothing personal could be kept or read");
    }
    return keys;
}

std::pair<std::string, std::uint16_t> host_and_port(const std::string& setting, const std::string& address)
{
    const auto colon = address.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string::npos && colon > 0) {
        const char* end = address.data() + address.size();
        const auto [stopped, error] = std::from_chars(address.data() + colon + 1, end, port);
        if (error == std::errc{} && stopped == end) return {address.substr(0, colon), port};
    }
    throw std::invalid_argument(setting + " must be host:port, not '" + address + "'");
}

}  // namespace jangteo
