// A database of a test's own, dropped with it.
#pragma once

#include "infra/postgres/session.hpp"
#include "tests/integration/infra/servers.hpp"

namespace jangteo::tests {

class Database {
public:
    Database() : name_(name_of_its_own("infra")) { administrate("CREATE DATABASE " + name_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database()
    {
        try {
            administrate("DROP DATABASE " + name_ + " WITH (FORCE)");
        } catch (const std::exception&) {  // A leftover is no reason to fail.
        }
    }

    [[nodiscard]] postgres::Settings settings() const
    {
        // The last of two mentions counts.
        return {.conninfo = postgres_server() + " dbname=" + name_, .application_name = "infra-test"};
    }

private:
    static void administrate(const std::string& statement)
    {
        postgres::Session session({.conninfo = postgres_server(), .application_name = "infra-test"});
        session.query(statement);
    }

    std::string name_;
};

}  // namespace jangteo::tests
