// How many events and rows a second the live runner writes: many events are there when it starts.
//   projections_rate BROKERS POSTGRES EVENTS PRODUCTS
// POSTGRES is a database that may be written to; read_stock in it is dropped first.
#include "events/inventory.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/publisher.hpp"
#include "infra/postgres/migrations.hpp"
#include "projections/runtime/runner.hpp"
#include "tests/integration/projections/elsewhere.hpp"

#include <cstdio>
#include <cstdlib>
#include <thread>

using namespace jangteo;
using namespace std::chrono_literals;

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
        transaction.execute("DROP SCHEMA IF EXISTS read_stock CASCADE; DELETE FROM projections.registry WHERE name = 'stock'");
    });

    const std::string context = "rate_" + events::to_string(events::random_uuid()).substr(0, 8);
    kafka::Admin(kafka).create_topics({{projections::events_topic(context), partitions}});
    kafka::Publisher publisher(kafka, {.linger = 5ms}, [](std::uint64_t, bool, std::int64_t) {});
    publisher.prepare({projections::events_topic(context)});
    std::vector<std::int64_t> next(partitions);
    for (int i = 0; i < events_wanted; ++i) {
        const auto number = static_cast<int>(static_cast<long long>(i) * 7919 % products);
        const events::ProductId product{events::uuid_v5(events::url_namespace, std::to_string(number))};
        const events::inventory::StockHeld held{product, {events::uuid_v5(product.value, std::to_string(i))}, 1,
                                                "a usual product's name", {9'900}, {product.value}, i, i / 2, false};
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
    projections::Runner runner(config);
    runner.prepare();
    std::jthread thread([&](std::stop_token stop) { runner.run(stop); });
    projections::Status status;
    auto start = std::chrono::steady_clock::now();
    do {
        std::this_thread::sleep_for(5ms);
        status = runner.status().at(0);
        if (status.batches == 0) start = std::chrono::steady_clock::now();
    } while (status.events < static_cast<std::uint64_t>(events_wanted));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%d events of %d products: %.2f s, %.0f events/s, %.0f rows/s, %.0f events a batch, busy %.0f %%\n",
                events_wanted, products, seconds.count(), static_cast<double>(status.events) / seconds.count(),
                static_cast<double>(status.rows) / seconds.count(),
                static_cast<double>(status.events) / static_cast<double>(status.batches),
                100 * std::chrono::duration<double>(status.busy) / seconds);
}
