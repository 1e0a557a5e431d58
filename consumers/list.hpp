// Every worker there is. To add one: its target in infra/rabbitmq/targets.hpp, its folder, and a few lines in list.cpp.
#pragma once

#include "consumers/runtime/outbound.hpp"
#include "consumers/runtime/worker.hpp"
#include "events/time.hpp"
#include "infra/crypto/sealed.hpp"
#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"
#include "infra/rabbitmq/settings.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace jangteo::consumers {

/// What is configured of the outside.
struct Settings {
    kafka::Settings kafka;
    rabbitmq::Settings rabbitmq;
    postgres::Settings postgres;                  ///< Where the keys of persons are,
    std::vector<crypto::Key> personal_data_keys;  ///< and what they are sealed with: one at least.
    std::size_t threads = 8;                      ///< For each target.
    std::function<events::Timestamp()> now;       ///< The clock of the trade. Thread-safe.
    std::string toss_url;
    std::string toss_secret_key;  ///< Empty: there are no workers for it, and its tasks wait.
    std::string inicis_url;
    std::string inicis_mid;  ///< Empty: as above.
    std::string inicis_sign_key;
    std::string inicis_api_key;
};

/// The role as a whole.
class Consumers {
public:
    explicit Consumers(Settings settings);
    Consumers(const Consumers&) = delete;
    Consumers& operator=(const Consumers&) = delete;
    ~Consumers();

    void run(const std::stop_token& stop);  ///< Until a stop is requested.

    struct TargetStatus {
        WorkerStatus worker;
        OutboundStatus outbound;
    };
    [[nodiscard]] std::vector<TargetStatus> status() const;  ///< From any thread.

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::consumers
