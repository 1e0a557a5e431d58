#include "bench/figures/sql.hpp"

#include <fmt/core.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <pqxx/pqxx>
#include <stdexcept>
#include <utility>

namespace jangteo::bench {

namespace {

constexpr const char* tables = R"(
    DROP SCHEMA IF EXISTS bench_sql CASCADE;
    CREATE SCHEMA bench_sql;
    CREATE TABLE bench_sql.stock (product_id int PRIMARY KEY, name text NOT NULL, unit_price bigint NOT NULL,
        on_hand bigint NOT NULL, reserved bigint NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE bench_sql.orders (order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL,
        status text NOT NULL, total_amount bigint NOT NULL, shipping_address jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ON bench_sql.orders (user_id, created_at DESC);
    CREATE TABLE bench_sql.order_items (order_id bigint NOT NULL, product_id int NOT NULL, name text NOT NULL,
        unit_price bigint NOT NULL, quantity int NOT NULL, PRIMARY KEY (order_id, product_id));
    CREATE TABLE bench_sql.ledger (entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, product_id int NOT NULL,
        order_id bigint NOT NULL, quantity int NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
)";

/// Lock the stock row and take a unit from it, insert order, item and ledger row.
std::string order_script(std::size_t products)
{
    return fmt::format(R"(\set product random(1, {})
\set buyer random(1, 1000000)
BEGIN;
SELECT unit_price, on_hand - reserved AS available FROM bench_sql.stock WHERE product_id = :product FOR UPDATE \gset
UPDATE bench_sql.stock SET reserved = reserved + 1 WHERE product_id = :product;
INSERT INTO bench_sql.orders (user_id, status, total_amount, shipping_address) VALUES (:buyer, 'pending', :unit_price, '{{"recipientName":"홍길동","phone":"010-1234-5678","zipCode":"06234","address":"서울특별시 강남구 테헤란로 152"}}') RETURNING order_id \gset
INSERT INTO bench_sql.order_items VALUES (:order_id, :product, 'figure', :unit_price, 1);
INSERT INTO bench_sql.ledger (product_id, order_id, quantity) VALUES (:product, :order_id, 1);
COMMIT;
)",
                       products);
}

void execute(const std::string& connection, const std::string& statements, std::string* version = nullptr)
{
    pqxx::connection session(connection);
    pqxx::nontransaction work(session);
    work.exec(statements);
    if (version != nullptr) *version = work.exec1("SHOW server_version")[0].as<std::string>();
}

}  // namespace

void put_into_environment(const std::string& connection)
{
    static constexpr std::array<std::array<const char*, 2>, 5> names{{{"host", "PGHOST"},
                                                                      {"port", "PGPORT"},
                                                                      {"dbname", "PGDATABASE"},
                                                                      {"user", "PGUSER"},
                                                                      {"password", "PGPASSWORD"}}};
    std::size_t at = 0;
    while (at < connection.size()) {
        const auto equals = connection.find('=', at);
        if (equals == std::string::npos) break;
        auto end = connection.find(' ', equals);
        if (end == std::string::npos) end = connection.size();
        const auto name = connection.substr(at, equals - at);
        for (const auto& [key, variable] : names) {
            if (name == key) setenv(variable, connection.substr(equals + 1, end - equals - 1).c_str(), 1);
        }
        at = connection.find_first_not_of(' ', end);
        if (at == std::string::npos) break;
    }
}

SqlShop::SqlShop(std::string connection, std::size_t products) : connection_(std::move(connection))
{
    execute(connection_, tables, &server_version_);
    execute(connection_, fmt::format("INSERT INTO bench_sql.stock SELECT i, 'figure ' || i, 1000, 1000000000, 0 "
                                     "FROM generate_series(1, {}) i; ANALYZE bench_sql.stock",
                                     products));
    put_into_environment(connection_);
    std::string pattern = (std::filesystem::temp_directory_path() / "jangteo-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    folder_ = pattern;
}

SqlShop::~SqlShop()
{
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    try {
        execute(connection_, "DROP SCHEMA IF EXISTS bench_sql CASCADE");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "the schema bench_sql stays behind: %s\n", error.what());
    }
}

double SqlShop::orders_per_s(std::size_t clients, std::size_t products, std::chrono::seconds duration)
{
    const auto script = folder_ / "order.sql";
    std::ofstream(script) << order_script(products);
    const auto command = fmt::format("PGOPTIONS='-c synchronous_commit=on' pgbench -n -c {} -j 2 -T {} -f '{}' 2>&1",
                                     clients, duration.count(), script.string());
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    if (!pipe) throw std::runtime_error("cannot run pgbench");
    std::string printed;
    std::array<char, 4096> part{};
    while (fgets(part.data(), part.size(), pipe.get()) != nullptr) printed += part.data();
    const int status = pclose(pipe.release());
    const auto found = printed.find("tps = ");
    // A client that gave up would make SQL look slower than it is.
    if (status != 0 || found == std::string::npos) {
        throw std::runtime_error("pgbench says: " + printed.substr(0, 1'000));
    }
    return std::strtod(printed.c_str() + found + 6, nullptr);
}

}  // namespace jangteo::bench
