// Pushes instances of processes: an event in the inbox of each, with who and why, that the process itself judges.
#pragma once

#include "events/sagas.hpp"
#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"
#include "sagas/runtime/instance.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::ops::sagas {

struct Settings {
    kafka::Settings kafka;
    postgres::Settings postgres;
    std::chrono::seconds clock_offset{0};  ///< By how much the clock of the trade is ahead.
};

/// Who it is, and what it has come to. Empty: there is none, or it has not been written yet (it is a second's work).
std::optional<jangteo::sagas::StoredInstance> instance(const Settings& settings, const std::string& saga,
                                                       const events::Uuid& correlation_id);

/// Sends pushes and waits until they are in the log; each instance's are in the order given. Returns their ids. Throws kafka::Error.
std::vector<events::Uuid> push(const Settings& settings, const std::vector<events::sagas::InstancePushed>& pushes);

/// What came of a push, when the process has taken it within `patience`.
std::optional<std::string> outcome(const Settings& settings, const events::sagas::InstancePushed& pushed,
                                   const events::Uuid& id, std::chrono::milliseconds patience);

}  // namespace jangteo::ops::sagas
