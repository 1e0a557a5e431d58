#include "main/roles.hpp"

#include "consumers/list.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/topics.hpp"
#include "infra/postgres/migrations.hpp"
#include "infra/postgres/postgres_state_store.hpp"
#include "infra/rabbitmq/targets.hpp"
#include "main/edge.hpp"
#include "main/log.hpp"
#include "main/metrics.hpp"
#include "main/operations_server.hpp"
#include "producers/runtime/runner.hpp"
#include "projections/runtime/runner.hpp"
#include "sagas/list.hpp"
#include "sagas/runtime/runner.hpp"
#include "sagas/runtime/timers.hpp"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace jangteo {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds patience{60};

std::string_view text_of(Role role)
{
    switch (role) {
        case Role::edge: return "edge";
        case Role::producers: return "producers";
        case Role::sagas: return "sagas";
        case Role::projections: return "projections";
        case Role::consumers: return "consumers";
    }
    return "";
}

kafka::Settings kafka_settings(const Config& config, const std::set<Role>& roles)
{
    return {.brokers = config.kafka_brokers, .client_id = process_name(roles), .log = log};
}

rabbitmq::Settings rabbitmq_settings(const Config& config, const std::set<Role>& roles)
{
    return {.url = config.rabbitmq_url, .name = process_name(roles), .log = [](std::string_view text, bool trouble) {
                log(trouble ? kafka::LogLevel::warning : kafka::LogLevel::info, "RabbitMQ: " + std::string(text));
            }};
}

/// Runs `work` until it does not throw `Away`; the last one goes on to the caller.
template <class Away, class Work>
void wait_for(const std::string& what, const std::stop_token& stop, Work work)
{
    const auto end = std::chrono::steady_clock::now() + patience;
    for (milliseconds delay{100}; !stop.stop_requested(); delay = std::min(delay * 2, milliseconds{2'000})) {
        try {
            return work();
        } catch (const Away& error) {
            if (std::chrono::steady_clock::now() > end) throw;
            log(kafka::LogLevel::warning, "waiting for " + what + ": " + error.what());
            std::this_thread::sleep_for(delay);
        }
    }
}

void prepare(const Config& config, const std::set<Role>& roles, const std::stop_token& stop)
{
    wait_for<kafka::Error>("Kafka", stop, [&] {
        kafka::Admin admin(kafka_settings(config, roles));
        admin.wait_for_broker(seconds{5});
        admin.create_topics(kafka::all_topics(config.partitions));
    });
    wait_for<postgres::Unavailable>("PostgreSQL", stop, [&] {
        postgres::Session session({.conninfo = config.postgres, .application_name = process_name(roles)});
        if (const int applied = postgres::migrate(session); applied > 0) {
            log(kafka::LogLevel::info, std::to_string(applied) + " migrations applied");
        }
    });
}

sagas::Settings saga_settings(const Config& config)
{
    return {.payment_window = seconds{config.payment_window_s},
            .ask_gateway_again_after = seconds{config.ask_gateway_again_s},
            .look_for_deposit_every = seconds{config.look_for_deposit_s},
            .confirm_after = seconds{config.confirm_after_s},
            .shipping_fee_won = config.shipping_fee_won,
            .free_shipping_from_won = config.free_shipping_from_won,
            .commission_basis_points = config.commission_basis_points};
}

/// Which events the producers hand on to the sagas: what the sagas themselves say.
std::vector<producers::Forward> forwards(const Config& config)
{
    std::vector<producers::Forward> found;
    for (const auto& saga : sagas::all_sagas(saga_settings(config))) {
        for (const auto& listens : saga->listens_to()) {
            found.push_back({.event_type = std::string(listens.event_type),
                             .topic = std::string(saga->name()) + ".inbox",
                             .takes_over_the_answer = listens.takes_over_the_answer});
        }
    }
    return found;
}

/// The clock of the trade.
std::function<events::Timestamp()> clock_of(const Config& config)
{
    return [ahead = seconds{config.clock_offset_s}] {
        return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) + ahead;
    };
}

}  // namespace

std::string process_name(const std::set<Role>& roles)
{
    const std::string role = roles.size() == 1 ? std::string(text_of(*roles.begin())) : "all";
    return "jangteo-" + role + "-" + std::to_string(::getpid());
}

void run_roles(const Config& config, const std::set<Role>& roles, const std::stop_token& asked_to_stop)
{
    // With an edge the other roles go on until it has drained.
    std::stop_source rest;
    const auto stop = roles.contains(Role::edge) ? rest.get_token() : asked_to_stop;
    const auto kafka = kafka_settings(config, roles);
    const postgres::Settings postgres{.conninfo = config.postgres, .application_name = process_name(roles)};
    const auto open_store = [postgres] { return std::make_unique<postgres::PostgresStateStore>(postgres); };
    const std::size_t memory = config.memory_limit_mb << 20;

    prepare(config, roles, asked_to_stop);
    if (asked_to_stop.stop_requested()) return;

    std::vector<std::unique_ptr<producers::Runner>> producer_runners;
    std::unique_ptr<sagas::Runner> saga_runner;
    std::unique_ptr<sagas::TimerScheduler> timers;
    std::unique_ptr<projections::Runner> projection_runner;
    std::unique_ptr<consumers::Consumers> outside;

    if (roles.contains(Role::producers)) {
        producers::RunnerSettings settings{.kafka = kafka,
                                           .session_timeout = milliseconds{config.session_timeout_ms},
                                           .limits = {},
                                           .memory_limit = memory / 2 / config.producer_threads,
                                           .forwards = forwards(config),
                                           .open_store = open_store};
        settings.limits.flush_interval = milliseconds{config.snapshot_interval_ms};
        for (std::size_t i = 0; i < config.producer_threads; ++i) {
            producer_runners.push_back(std::make_unique<producers::Runner>(settings, producers::all_contexts()));
        }
    }
    if (roles.contains(Role::sagas)) {
        saga_runner = std::make_unique<sagas::Runner>(
            sagas::RunnerSettings{.kafka = kafka,
                                  .session_timeout = milliseconds{config.session_timeout_ms},
                                  .limits = {},
                                  .memory_limit = memory / 4,
                                  .command_topics = kafka::command_topics(),
                                  .rabbitmq = rabbitmq_settings(config, roles),
                                  .targets = rabbitmq::all_targets(),
                                  .open_store = open_store},
            sagas::all_sagas(saga_settings(config)));
        timers = std::make_unique<sagas::TimerScheduler>(
            sagas::TimerSettings{.kafka = kafka, .postgres = postgres, .now = clock_of(config)});
    }
    if (roles.contains(Role::projections)) {
        projections::Config settings;
        settings.kafka = kafka;
        settings.postgres = config.postgres;
        settings.session_timeout = milliseconds{config.session_timeout_ms};
        settings.log = log;
        projection_runner = std::make_unique<projections::Runner>(settings);
        projection_runner->prepare();
    }

    if (roles.contains(Role::consumers)) {
        outside =
            std::make_unique<consumers::Consumers>(consumers::Settings{.kafka = kafka,
                                                                       .rabbitmq = rabbitmq_settings(config, roles),
                                                                       .postgres = postgres,
                                                                       .personal_data_keys = personal_data_keys(config),
                                                                       .threads = config.consumer_threads,
                                                                       .now = clock_of(config),
                                                                       .toss_url = config.toss_url,
                                                                       .toss_secret_key = config.toss_secret_key,
                                                                       .inicis_url = config.inicis_url,
                                                                       .inicis_mid = config.inicis_mid,
                                                                       .inicis_sign_key = config.inicis_sign_key,
                                                                       .inicis_api_key = config.inicis_api_key});
    }

    const auto metrics = [&](std::string& to) {
        std::vector<producers::PartitionStatus> partitions;
        for (const auto& runner : producer_runners) {
            for (auto& status : runner->status()) partitions.push_back(std::move(status));
        }
        if (!producer_runners.empty()) append_metrics(to, partitions);
        if (saga_runner) {
            append_metrics(to, saga_runner->status(), timers->fired());
            append_metrics(to, saga_runner->tasks_status());
        }
        if (outside) append_metrics(to, outside->status());
        if (projection_runner) append_metrics(to, projection_runner->status());
    };
    const auto readiness = [&] {
        const auto at_work = [](const auto& partitions) {
            return std::ranges::all_of(partitions, [](const auto& one) { return one.phase == "running"; });
        };
        std::vector<edge::Readiness> parts;
        if (!producer_runners.empty()) {
            parts.push_back({"producers", std::ranges::all_of(producer_runners, [&](const auto& runner) {
                                 return at_work(runner->status());
                             })});
        }
        if (saga_runner) parts.push_back({"sagas", at_work(saga_runner->status())});
        if (outside) {
            parts.push_back({"consumers", std::ranges::all_of(outside->status(), [](const auto& target) {
                                 return target.worker.connected;
                             })});
        }
        if (projection_runner) {
            parts.push_back({"projections", std::ranges::all_of(projection_runner->status(), [](const auto& model) {
                                 return model.trouble.empty();
                             })});
        }
        return parts;
    };

    std::unique_ptr<edge::Server> edge_server;
    std::unique_ptr<OperationsServer> operations;
    if (roles.contains(Role::edge)) {
        edge_server = std::make_unique<edge::Server>(
            edge_config(config, kafka), edge::Dependencies{.log = log, .now = clock_of(config), .roles = readiness});
        edge_server->add_metrics(metrics);
    } else if (!config.operations_address.empty()) {
        const auto [address, port] = host_and_port("operations-address", config.operations_address);
        const auto metrics_text = [metrics] {
            std::string text;
            metrics(text);
            return text;
        };
        operations =
            std::make_unique<OperationsServer>(address, port, OperationsServer::Answers{metrics_text, readiness});
    }

    log(kafka::LogLevel::info, process_name(roles) + " runs");
    std::vector<std::jthread> threads;
    for (const auto& runner : producer_runners) threads.emplace_back([&runner, stop] { runner->run(stop); });
    if (saga_runner) threads.emplace_back([&saga_runner, stop] { saga_runner->run(stop); });
    if (timers) threads.emplace_back([&timers, stop] { timers->run(stop); });
    if (outside) threads.emplace_back([&outside, stop] { outside->run(stop); });
    if (projection_runner) threads.emplace_back([&projection_runner, stop] { projection_runner->run(stop); });
    if (edge_server) {
        const std::stop_callback end_edge(asked_to_stop, [&edge_server] { edge_server->stop(); });
        try {
            edge_server->run();
        } catch (...) {
            rest.request_stop();
            throw;
        }
        rest.request_stop();  // What the edge has taken is answered by then.
    }
    if (!edge_server) {
        // A role may have nothing to do (consumers without a gateway), and is still there until somebody ends it.
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any().wait(lock, asked_to_stop, [] { return false; });
    }
    threads.clear();  // Waits for all.
    log(kafka::LogLevel::info, process_name(roles) + " has stopped");
}

}  // namespace jangteo
