// The edge as a whole, for whoever puts the program together.
//
//     edge::Server server(config, {.log = log});
//     server.add_metrics([&](std::string& to) { … });
//     std::thread thread([&] { server.run(); });   // until stop()
//     …
//     server.stop();                               // on SIGTERM, from any thread
#pragma once

#include "events/periods.hpp"
#include "events/time.hpp"
#include "http-edge/server/browsers.hpp"
#include "http-edge/server/grades.hpp"
#include "http-edge/server/limits.hpp"
#include "http-edge/server/tokens.hpp"
#include "http-edge/server/usage.hpp"
#include "infra/crypto/sealed.hpp"
#include "infra/kafka/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace jangteo::edge {

struct Readiness;

/// What apps are told of the payment gateways. Empty: not offered.
struct Gateways {
    std::string toss_client_key;
    std::string inicis_merchant;
    std::string inicis_sign_key;    ///< Signs what opens the PC window.
    std::string inicis_mobile_key;  ///< The mobile one's.
};

struct Identity {
    /// What the keys of persons are sealed with: the first seals, all open. None: std::invalid_argument.
    std::vector<crypto::Key> personal_data_keys;
    std::string email_key;  ///< At least 32 bytes; for the life of the log.
    std::size_t password_threads = 2;
    std::size_t longest_password_queue = 64;
    bool show_codes = false;
};

struct Config {
    std::string address = "127.0.0.1";  ///< An IP address.
    std::uint16_t port = 8080;          ///< 0: any that is free.
    /// Several servers, each with its thread, on one port.
    bool share_port = false;
    Limits limits;
    RateLimits rate_limits;
    Browsers browsers;
    TokenSettings tokens;
    Identity identity;
    Gateways gateways;
    events::PeriodKind settlement_period = events::PeriodKind::week;
    Grades grades;

    kafka::Settings kafka;
    /// Names this server in return addresses: no other may have it, and it has no `/`. Empty: drawn.
    std::string instance;
    std::int32_t partitions = 8;  ///< Of `edge.replies`.

    std::string docs_folder;     ///< Of the viewer that /docs shows the document with; empty: none.
    bool check_answers = false;  ///< An answer that the document does not have is an error of ours; for tests.

    std::string postgres;  ///< `host=… port=… dbname=…`
    std::size_t query_connections = 4;
    std::size_t longest_query_queue = 512;
    std::chrono::milliseconds statement_timeout{2'000};

    std::size_t remembered_outcomes = 65'536;  ///< Answers of commands with an Idempotency-Key.
    std::size_t remembered_outcome_bytes = std::size_t{64} << 20;
    std::size_t remembered_callers = 65'536;  ///< How far each has been told that the log has come.
};

struct Dependencies {
    kafka::Log log{};  ///< Thread-safe.
    /// The clock of the trade; the system's when there is none. (Tokens go by the system's in any case.)
    std::function<events::Timestamp()> now{};
    /// What else `/ready` asks, for instance the other roles of the process. Thread-safe and quick.
    std::function<std::vector<Readiness>()> roles{};
};

/// One line of `/ready`.
struct Readiness {
    std::string name;
    bool ready = false;
};

class Server {
public:
    /// Throws std::invalid_argument for tokens' keys that cannot be used, std::system_error when the port is taken.
    /// The port is open from here on; connections are served once `run` is called.
    explicit Server(Config config, Dependencies dependencies = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    [[nodiscard]] std::uint16_t port() const;
    /// Appended to `/metrics`; called on the server's thread. Before `run`.
    void add_metrics(std::function<void(std::string& to)> source);

    /// Serves on the caller's thread until `stop`. Kafka and PostgreSQL may come later: until then requests that need
    /// them are answered 503.
    void run();
    /// From any thread: stops accepting, answers what has been asked (at most `limits.drain_timeout`), and lets `run`
    /// return. A second call ends it at once.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::edge
