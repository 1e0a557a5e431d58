// Puts the program together: each role is a set of threads over the same Kafka and PostgreSQL.
#pragma once

#include "main/config.hpp"

#include <set>
#include <stop_token>
#include <string>

namespace jangteo {

enum class Role { edge, producers, sagas, projections, consumers };

/// `jangteo-producers-<pid>`: how this process is known in logs, to Kafka and to PostgreSQL.
std::string process_name(const std::set<Role>& roles);

/// Prepares what all roles need (topics, tables), waiting up to a minute for servers that are still starting; then runs
/// the roles until `stop`. Throws when the preparation fails.
void run_roles(const Config& config, const std::set<Role>& roles, const std::stop_token& stop);

}  // namespace jangteo
