#include "bench/figures/rebuild.hpp"

#include "bench/figures/sql.hpp"
#include "events/orders.hpp"
#include "infra/kafka/publisher.hpp"
#include "infra/kafka/settings.hpp"

#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>
#include <stdexcept>
#include <utility>
#include <vector>

namespace jangteo::bench {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t buyers = 20'000;
constexpr const char* orders_events = "orders.events";

/// What a command prints; throws when it fails.
std::string output_of(const std::string& command)
{
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    if (!pipe) throw std::runtime_error("cannot run: " + command);
    std::string printed;
    std::array<char, 4096> part{};
    while (fgets(part.data(), part.size(), pipe.get()) != nullptr) printed += part.data();
    if (pclose(pipe.release()) != 0) throw std::runtime_error(command + " says: " + printed.substr(0, 1'000));
    return printed;
}

events::UserId buyer(std::size_t number)
{
    return {events::uuid_v5(events::url_namespace, "rebuild buyer " + std::to_string(number))};
}

/// One writer for each partition, as the readers' rule wants it.
class Owner {
public:
    Owner(const std::string& brokers, std::int32_t partitions)
        : partitions_(partitions),
          writers_(static_cast<std::size_t>(partitions)),
          publisher_({brokers, "jangteo-bench"}, {.linger = 5ms}, [](std::uint64_t, bool ok, std::int64_t) {
              if (!ok) throw std::runtime_error("an event was not delivered");
          })
    {
        publisher_.prepare({orders_events});
        for (std::int32_t p = 0; p < partitions_; ++p) {
            auto& writer = writers_[static_cast<std::size_t>(p)];
            writer.id = events::random_uuid();
            events::Record marker;
            marker.partition = p;
            marker.envelope.type = events::taken_over_type;
            marker.envelope.subject = std::to_string(p);
            marker.value = "{}";
            append(std::move(marker), writer);
        }
    }

    template <class Event>
    void append(const Event& event, events::Timestamp time)
    {
        events::Record record;
        record.partition = kafka::partition_of(event.order_id.text(), partitions_);
        record.envelope.type = event.type;
        record.envelope.subject = event.order_id.text();
        record.envelope.schema = event.schema;
        record.envelope.correlation_id = event.order_id.value;
        record.envelope.causation_id = event.order_id.value;
        record.envelope.time = time;
        record.value = to_json(event);
        auto& writer = writers_[static_cast<std::size_t>(record.partition)];
        ++writer.sequence;
        append(std::move(record), writer);
    }

    void flush()
    {
        if (!publisher_.flush(60s)) throw std::runtime_error("the events do not get into the log");
    }

private:
    struct Writer {
        events::Uuid id{};
        std::int64_t sequence = 0;
        std::int64_t command_offset = -1;
    };

    void append(events::Record record, Writer& writer)
    {
        record.topic = orders_events;
        record.envelope.source = "/jangteo/orders";
        record.envelope.actor = "saga:order_fulfilment";
        record.envelope.writer = writer.id;
        record.envelope.sequence = writer.sequence;
        if (writer.sequence > 0) record.envelope.command_offset = ++writer.command_offset;
        record.envelope.answered_below = writer.command_offset;
        record.envelope.id = events::uuid_v5(writer.id, std::to_string(writer.sequence));
        while (!publisher_.publish(record, 0)) publisher_.poll(10ms);
        publisher_.poll(0ms);
    }

    std::int32_t partitions_;
    std::vector<Writer> writers_;
    kafka::Publisher publisher_;
};

/// Returns how many events it has had.
std::size_t live(Owner& owner, std::size_t number, events::Timestamp born)
{
    using namespace events::orders;
    const events::OrderId id{events::uuid_v5(events::url_namespace, "rebuild order " + std::to_string(number))};
    const auto user = buyer(number % buyers);
    const events::SellerId seller{events::uuid_v5(events::url_namespace, "seller " + std::to_string(number % 50))};
    const events::ShipmentId shipment{events::uuid_v5(id.value, "shipment")};
    OrderPlaced placed;
    placed.order_id = id;
    placed.order_number = fmt::format("ORD-20260118-{:06}", number);
    placed.user_id = user;
    placed.shipping_address = {"홍길동", "010-1234-5678", "06234", "서울특별시 강남구 테헤란로 152", "3층"};
    OrderAccepted accepted;
    accepted.order_id = id;
    accepted.order_number = placed.order_number;
    accepted.user_id = user;
    PartShipped shipped;
    shipped.order_id = id;
    shipped.user_id = user;
    shipped.seller_id = seller;
    shipped.shipment_id = shipment;
    shipped.carrier = "CJ대한통운";
    shipped.tracking_number = std::to_string(600'000'000'000 + number);
    shipped.order_status = OrderStanding::shipped;
    for (std::size_t line = 0; line < 2; ++line) {
        const events::ProductId product{
            events::uuid_v5(events::url_namespace, "product " + std::to_string((number + line * 7) % 10'000))};
        placed.lines.push_back({product, 1, {}});
        accepted.lines.push_back(
            {product, "상품 이름 " + std::to_string(number % 10'000), {12'900}, seller, 1, {12'900}, {}});
        shipped.lines.push_back({product, 1});
    }
    accepted.product_amount = {25'800};
    accepted.shipping_fee = {3'000};
    accepted.total_amount = {28'800};
    PartDelivered delivered;
    delivered.order_id = id;
    delivered.user_id = user;
    delivered.seller_id = seller;
    delivered.shipment_id = shipment;
    delivered.order_status = OrderStanding::delivered;

    owner.append(placed, born);
    owner.append(accepted, born + 1s);
    owner.append(OrderConfirmed{id, user, {events::uuid_v5(id.value, "payment")}}, born + 60s);
    owner.append(ProcessingStarted{id, user}, born + 1h);
    owner.append(shipped, born + 24h);
    owner.append(delivered, born + 48h);
    return 6;
}

}  // namespace

std::size_t write_orders(const std::string& brokers, std::int32_t partitions, std::size_t events)
{
    Owner owner(brokers, partitions);
    const events::Timestamp began = std::chrono::sys_days{std::chrono::year{2026} / 1 / 18};
    std::size_t written = 0;
    for (std::size_t number = 0; written < events; ++number) {
        written += live(owner, number, began + std::chrono::milliseconds(number));
    }
    owner.flush();
    return written;
}

void wait_for_live_orders(const std::string& postgres, std::size_t events)
{
    pqxx::connection session(postgres);
    std::int64_t reached = 0;
    for (auto heard = Clock::now(); Clock::now() - heard < 60s;) {
        pqxx::nontransaction work(session);
        const auto now = work.exec1(
                                 "SELECT coalesce(sum(next_offset), 0)::bigint FROM projections.checkpoints"
                                 " WHERE projection = 'orders'")[0]
                             .as<std::int64_t>();
        if (now >= static_cast<std::int64_t>(events)) return;
        if (now != std::exchange(reached, now)) heard = Clock::now();
        std::this_thread::sleep_for(200ms);
    }
    throw std::runtime_error(fmt::format("the live read model stands still at {} events", reached));
}

Rebuilt rebuild_orders(const std::string& binary)
{
    const auto began = Clock::now();
    const auto json = nlohmann::json::parse(output_of("'" + binary + "' rebuild orders --yes --json"));
    Rebuilt rebuilt;
    rebuilt.whole_s = std::chrono::duration<double>(Clock::now() - began).count();
    if (!json.at("live").get<bool>()) throw std::runtime_error("the rebuild did not switch: " + json.dump());
    rebuilt.events = json.at("events").get<std::size_t>();
    rebuilt.built_s = json.at("seconds").at("filling").get<double>() + json.at("seconds").at("indexing").get<double>();
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);  // Of the largest of them so far.
    rebuilt.memory_mb = static_cast<double>(usage.ru_maxrss) / 1'024;
    return rebuilt;
}

double copy_orders(const std::string& postgres)
{
    put_into_environment(postgres);
    const auto file = std::filesystem::temp_directory_path() / "jangteo-bench-orders.copy";
    const std::string psql = "psql -q -v ON_ERROR_STOP=1 ";
    output_of(psql + "-c \"\\\\copy read_orders.orders TO '" + file.string() + "'\" 2>&1");
    output_of(psql +
              "-c 'DROP SCHEMA IF EXISTS bench_copy CASCADE' -c 'CREATE SCHEMA bench_copy'"
              " -c 'CREATE TABLE bench_copy.orders (LIKE read_orders.orders INCLUDING ALL)' 2>&1");
    const auto began = Clock::now();
    output_of(psql + "-c \"\\\\copy bench_copy.orders FROM '" + file.string() + "'\" 2>&1");
    const auto took = std::chrono::duration<double>(Clock::now() - began).count();
    output_of(psql + "-c 'DROP SCHEMA bench_copy CASCADE' 2>&1");
    std::filesystem::remove(file);
    return took;
}

OrderReader::OrderReader(const std::string& postgres) : thread_([this, postgres] { read(postgres); }) {}

OrderReader::~OrderReader()
{
    stops_ = true;
    thread_.join();
}

OrderReader::Seen OrderReader::take()
{
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
}

void OrderReader::read(const std::string& postgres)
{
    pqxx::connection session(postgres);
    session.prepare("show",
                    "SELECT order_id, status, items, total_amount FROM read_orders.orders WHERE user_id = $1"
                    " ORDER BY created_at DESC LIMIT 20");
    for (std::size_t number = 0; !stops_; ++number) {
        const auto began = Clock::now();
        bool right = false;
        try {
            pqxx::nontransaction work(session);
            right = !work.exec_prepared("show", events::to_string(buyer(number * 7 % buyers).value)).empty();
        } catch (const pqxx::pqxx_exception&) {
            right = false;
        }
        const auto took = Clock::now() - began;
        {
            const std::lock_guard lock(mutex_);
            seen_.latencies.add(took);
            if (!right) ++seen_.failed;
        }
        std::this_thread::sleep_for(2ms);
    }
}

}  // namespace jangteo::bench
