#include "consumers/list.hpp"

#include "consumers/payments/inicis.hpp"
#include "consumers/payments/toss.hpp"
#include "consumers/payments/worker.hpp"
#include "consumers/runtime/people.hpp"
#include "consumers/runtime/reporter.hpp"
#include "infra/rabbitmq/targets.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

namespace jangteo::consumers {

namespace {

rabbitmq::Topology target(const std::string& name)
{
    for (const auto& topology : rabbitmq::all_targets()) {
        if (topology.target == name) return topology;
    }
    throw std::logic_error("there is no target " + name);
}

}  // namespace

struct Consumers::Impl {
    /// A target, how it is called and who works for it.
    struct Office {
        Office(OutboundPolicy policy, std::stop_token stop) : outbound(std::move(policy), Surroundings::real(stop)) {}

        Outbound outbound;
        std::unique_ptr<Worker> worker;
    };

    explicit Impl(Settings the_settings)
        : settings(std::move(the_settings)),
          people(settings.postgres, settings.personal_data_keys),
          reporter(settings.kafka, {std::string(payments::commands_topic)})
    {
        if (!settings.toss_secret_key.empty()) {
            open("payments.toss", [this](Outbound& outbound) {
                return payments::make_carry_out(
                    outbound,
                    [this](payments::Call call) {
                        return payments::make_toss({.url = settings.toss_url, .secret_key = settings.toss_secret_key},
                                                   std::move(call));
                    },
                    "toss", settings.now, key_of());
            });
        }
        if (!settings.inicis_mid.empty()) {
            open("payments.inicis", [this](Outbound& outbound) {
                return payments::make_carry_out(
                    outbound,
                    [this](payments::Call call) {
                        return payments::make_inicis({.url = settings.inicis_url,
                                                      .merchant = settings.inicis_mid,
                                                      .sign_key = settings.inicis_sign_key,
                                                      .api_key = settings.inicis_api_key},
                                                     std::move(call), settings.now);
                    },
                    "inicis", settings.now, key_of());
            });
        }
    }

    payments::KeyOf key_of()
    {
        return [this](const events::UserId& user) {
            try {
                return people.key_of(user);
            } catch (const std::runtime_error& error) {  // The database is away, or a master key is missing here.
                throw payments::NotNow(std::string("keys of persons: ") + error.what());
            }
        };
    }

    void open(const std::string& name, std::function<CarryOut(Outbound&)> make)
    {
        auto& office =
            *offices.emplace_back(std::make_unique<Office>(OutboundPolicy{.target = name}, stopping.get_token()));
        office.worker = std::make_unique<Worker>(
            WorkerSettings{.rabbitmq = settings.rabbitmq, .topology = target(name), .threads = settings.threads},
            reporter, [&office, make = std::move(make)] { return make(office.outbound); });
    }

    void run(const std::stop_token& stop)
    {
        const std::stop_callback forward(stop, [this] { stopping.request_stop(); });
        std::vector<std::jthread> threads;
        for (const auto& office : offices) threads.emplace_back([&office, stop] { office->worker->run(stop); });
    }

    const Settings settings;
    std::stop_source stopping;  ///< Ends the pauses between tries.
    People people;
    Reporter reporter;
    std::vector<std::unique_ptr<Office>> offices;
};

Consumers::Consumers(Settings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}

Consumers::~Consumers() = default;

void Consumers::run(const std::stop_token& stop)
{
    impl_->run(stop);
}

std::vector<Consumers::TargetStatus> Consumers::status() const
{
    std::vector<TargetStatus> found;
    for (const auto& office : impl_->offices) {
        found.push_back({office->worker->status(), office->outbound.status()});
    }
    return found;
}

}  // namespace jangteo::consumers
