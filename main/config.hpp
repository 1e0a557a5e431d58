// What is configured: read once, checked at the start, passed down. From the command line, else the environment
// (JANGTEO_…), else one file, else the defaults below.
#pragma once

#include "infra/crypto/sealed.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace jangteo {

struct Config {
    std::string kafka_brokers = "127.0.0.1:9092";
    std::string postgres = "host=127.0.0.1 port=5432 dbname=jangteo user=jangteo";
    std::string rabbitmq_url = "amqp://guest:guest@127.0.0.1:5672/%2F";
    std::string edge_address = "127.0.0.1:8080";
    std::string operations_address;  ///< Of a process without an edge; empty: it serves no /health, /ready, /metrics.

    /// `id:secret`, or a secret alone; the first signs, all verify. At least 32 bytes each.
    std::vector<std::string> jwt_secrets;

    /// `id:32 bytes in base64url`: what the keys of persons are sealed with; the first seals, all open.
    std::vector<std::string> personal_data_keys;
    std::string email_key;  ///< Accounts are named by a hash of their address with this; for the life of the log.
    std::size_t password_threads = 2;
    std::int64_t rate_limit_anonymous = 100;  ///< SH-RL-01: requests a minute; 0 is no limit.
    std::int64_t rate_limit_member = 1'000;
    std::int64_t rate_limit_login = 5;
    std::int64_t login_block_s = 900;
    bool exempt_services = false;
    std::size_t proxies = 0;
    std::vector<std::string> allowed_origins;
    bool show_codes = false;

    std::string log_file;  ///< Empty: standard error.
    std::string log_level = "info";

    std::int32_t partitions = 8;          ///< Of each topic; for the life of the log.
    std::size_t memory_limit_mb = 1'024;  ///< For aggregates and saga instances together.
    std::size_t producer_threads = 1;
    std::int64_t session_timeout_ms = 3'000;
    std::int64_t snapshot_interval_ms = 5'000;

    std::int64_t clock_offset_s = 0;  ///< By how much the clock of the trade is ahead: for tests and demos.

    std::int64_t payment_window_s = 1'800;   ///< DOA-ORD-13
    std::int64_t confirm_after_s = 604'800;  ///< DOA-ORD-08: 7 days
    std::int64_t shipping_fee_won = 3'000;   ///< DOA-ORD-10
    std::int64_t free_shipping_from_won = 50'000;

    std::int64_t commission_basis_points = 1'000;  ///< DOA-SET-01: 10 %
    std::string settlement_period = "week";        ///< What a run without a period settles.
    std::int64_t grade_silver_from_won = 300'000;  ///< DOA-USER-13: of what is bought and kept in a year
    std::int64_t grade_gold_from_won = 1'000'000;
    std::int64_t grade_vip_from_won = 3'000'000;

    std::string toss_url = "https://api.tosspayments.com";
    std::string toss_secret_key;  ///< Empty: TossPayments is not offered.
    std::string toss_client_key;  ///< What apps open the gateway's window with; no secret.
    std::string inicis_url = "https://iniapi.inicis.com";
    std::string inicis_mid;       ///< Empty: KG Inicis is not offered.
    std::string inicis_sign_key;  ///< Of its PC window.
    std::string inicis_api_key;
    std::string inicis_mobile_key;  ///< Of its mobile window.
    std::size_t consumer_threads = 8;
    std::int64_t ask_gateway_again_s = 60;
    std::int64_t look_for_deposit_s = 600;

    std::size_t edge_connections = 4'096;
    std::size_t edge_connections_per_address = 64;
    std::size_t edge_streams = 2'048;
    std::size_t edge_stream_ring = 32'768;
    std::size_t edge_query_threads = 4;
    std::string docs_folder;
    bool check_answers = false;
};

/// Declares every setting as an option of `app`.
void declare(Config& config, CLI::App& app);

/// `--name=value` for each setting that the environment names (`JANGTEO_KAFKA_BROKERS` is `--kafka-brokers`). Placed
/// before the caller's own arguments, it gives way to them.
std::vector<std::string> arguments_from_environment(const CLI::App& app, const char* const* environment);

/// What is wrong with it, one sentence each; empty when it can be run.
std::vector<std::string> problems_of(const Config& config);

/// Every setting by its name, secrets shown as `***`.
std::vector<std::pair<std::string, std::string>> shown(const Config& config);

/// What the keys of persons are sealed with; one at least. Throws std::invalid_argument.
std::vector<crypto::Key> personal_data_keys(const Config& config);

/// Host and port of the value of a setting. Throws std::invalid_argument.
std::pair<std::string, std::uint16_t> host_and_port(const std::string& setting, const std::string& address);

}  // namespace jangteo
