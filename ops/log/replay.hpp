// `jangteo replay` and `jangteo tail`: the events of the log as they are, by the readers' rule.
#pragma once

#include "infra/kafka/settings.hpp"
#include "ops/log/selection.hpp"

#include <functional>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>

namespace jangteo::ops::log {

struct Settings {
    kafka::Settings kafka;
    Selection selection;
    /// When the records came into the log, by Kafka's own time: whole milliseconds, `until` excluded.
    std::optional<events::Timestamp> since;
    std::optional<events::Timestamp> until;
    bool follow = false;  ///< What comes from now on (or since `since`), until told to stop.
    bool json = false;
    std::optional<std::int64_t> most;                ///< Records shown.
    std::function<void(const std::string&)> told{};  ///< How far it is, now and then.
};

/// Writes a line for each record: of one partition in its order, of several as they are read. Ends at the end that the
/// log had when it began, when told to stop, or when nobody reads `out` any more. Returns how many were shown.
/// Throws kafka::Error, and std::invalid_argument for a context that there is none of.
std::int64_t replay(const Settings& settings, std::ostream& out, const std::stop_token& stop);

/// Every context that has events.
std::vector<std::string> all_contexts();

}  // namespace jangteo::ops::log
