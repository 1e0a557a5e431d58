// The same order as one PostgreSQL transaction, run by pgbench: what a well-made CRUD backend would reach.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

namespace jangteo::bench {

/// For pgbench and psql. They take a connection string, too, but then everybody can read the password in the list of
/// processes; libpq's environment variables are private.
void put_into_environment(const std::string& connection);

/// A schema `bench_sql` of its own in the database, dropped at the end.
class SqlShop {
public:
    /// `connection` is a libpq connection string. Throws when the server or pgbench is not there.
    SqlShop(std::string connection, std::size_t products);
    ~SqlShop();
    SqlShop(const SqlShop&) = delete;
    SqlShop& operator=(const SqlShop&) = delete;

    /// Orders per second by `clients` clients, over so many products (1: all want the same).
    double orders_per_s(std::size_t clients, std::size_t products, std::chrono::seconds duration);
    [[nodiscard]] const std::string& server_version() const { return server_version_; }

private:
    std::string connection_;
    std::filesystem::path folder_;
    std::string server_version_;
};

}  // namespace jangteo::bench
