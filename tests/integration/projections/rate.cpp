// How many events and rows a second the live runner writes: many events are there when it starts.
//   projections_rate BROKERS POSTGRES EVENTS PRODUCTS
// POSTGRES is a database that may be written to; read_stock in it is dropped first.
#include "events/inventory.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/publisher.hpp"
#include "infra/postgres/migrations.hpp"
#include "projections/runtime/runner.hpp"
#include "tests/integration/projections/elsewhere.hpp"

#include <unistd.h>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

using namespace jangteo;
using namespace std::chrono_literals;

namespace {

/// Of a process on this machine, user and system.
double seconds_of_cpu(const std::string& process)
{
    std::ifstream file("/proc/" + process + "/stat");
    std::string text;
    std::getline(file, text);
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

int main(int count, char** arguments)
{
    if (count != 5) return 2;
    const kafka::Settings kafka{arguments[1], "projections_rate"};
    const int events_wanted = std::atoi(arguments[3]);
    const int products = std::atoi(arguments[4]);
    constexpr std::int32_t partitions = 8;

    postgres::Session session({.conninfo = arguments[2], .application_name = "projections_rate"});
    migrate(session);
    session.transact([](postgres::Transaction& transaction) {
        transaction.execute(
            "DROP SCHEMA IF EXISTS read_stock CASCADE; DELETE FROM projections.registry WHERE name = 'stock'");
    });

    const std::string context = "rate_" + events::to_string(events::random_uuid()).substr(0, 8);
    kafka::Admin(kafka).create_topics({{projections::events_topic(context), partitions}});
    kafka::Publisher publisher(kafka, {.linger = 5ms}, [](std::uint64_t, bool, std::int64_t) {});
    publisher.prepare({projections::events_topic(context)});
    std::vector<std::int64_t> next(partitions);
    for (int i = 0; i < events_wanted; ++i) {
        const auto number = static_cast<int>(static_cast<long long>(i) * 7919 % products);
        const events::ProductId product{events::uuid_v5(events::url_namespace, std::to_string(number))};
        const events::inventory::StockHeld held{product, {events::uuid_v5(product.value, std::to_string(i))},
                                                1,       "a usual product's name",
                                                {9'900}, {product.value},
                                                i,       i / 2,
                                                false};
        events::Record record;
        record.topic = projections::events_topic(context);
        record.partition = number % partitions;
        record.value = to_json(held);
        record.envelope.type = held.type;
        record.envelope.subject = product.text();
        record.envelope.time = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
        auto& sequence = next[static_cast<std::size_t>(record.partition)];
        record.envelope.command_offset = sequence++;
        record.envelope.sequence = sequence;
        while (!publisher.publish(record, 0)) publisher.poll(10ms);
        if (i % 1'000 == 0) publisher.poll(0ms);
    }
    publisher.flush(60s);

    const projections::Elsewhere stock(projections::stock::model(), context);
    projections::Config config;
    config.kafka = kafka;
    config.postgres = arguments[2];
    config.group = context;
    config.read_models = {&stock};
    std::atomic<bool> begun = false;
    config.on_step = [&](std::string_view, projections::Step) { begun = true; };
    projections::Runner runner(config);
    runner.prepare();
    std::jthread thread([&](std::stop_token stop) { runner.run(stop); });
    while (!begun) std::this_thread::sleep_for(1ms);
    const auto backend =
        session.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'jangteo projection stock'")
            .integer(0, 0);
    const auto start = std::chrono::steady_clock::now();
    const double own_before = seconds_of_cpu("self");
    const double backend_before = seconds_of_cpu(std::to_string(backend));
    projections::Status status;
    do {
        std::this_thread::sleep_for(5ms);
        status = runner.status().at(0);
    } while (status.events < static_cast<std::uint64_t>(events_wanted));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const auto per = [](std::uint64_t what, double time) { return static_cast<double>(what) / time; };
    std::printf("%d events of %d products: %.2f s, %.0f events/s, %.0f rows/s, %.0f events a batch\n", events_wanted,
                products, seconds.count(), per(status.events, seconds.count()), per(status.rows, seconds.count()),
                per(status.events, static_cast<double>(status.batches)));
    const double own = seconds_of_cpu("self") - own_before;
    const double of_backend = seconds_of_cpu(std::to_string(backend)) - backend_before;
    std::printf("processor time: %.2f s here (%.0f events/s), %.2f s in PostgreSQL's backend (%.0f rows/s)\n", own,
                per(status.events, own), of_backend, per(status.rows, of_backend));
}
