// Where the real servers are, and names that no other test uses.
#pragma once

#include "events/ids.hpp"
#include "infra/kafka/settings.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace jangteo::tests {

/// A test that needs a server fails without it: one that is skipped in silence proves nothing.
inline std::string from_environment(const char* name)
{
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
        throw std::runtime_error(std::string(name) + " is not set: run this by ./dev test, which starts the servers");
    }
    return value;
}

inline kafka::Settings kafka_server()
{
    const auto log = [](kafka::LogLevel level, std::string_view text) {
        if (level < kafka::LogLevel::warning) return;
        std::fprintf(stderr, "kafka: %.*s\n", static_cast<int>(text.size()), text.data());
    };
    return {from_environment("JANGTEO_TEST_KAFKA"), "infra-test", log};
}

inline std::string postgres_server()
{
    return from_environment("JANGTEO_TEST_POSTGRES");
}

inline std::string name_of_its_own(const std::string& kind)
{
    return kind + "_" + events::to_string(events::random_uuid()).substr(0, 8);
}

}  // namespace jangteo::tests
