// `jangteo export`: every event of the log, once each, as tables for analysts. By the readers' rule: dead records and
// take-overs are not in it. What is sealed in the log stays sealed (docs/analytics.md).
#pragma once

#include "events/time.hpp"
#include "infra/kafka/settings.hpp"
#include "ops/export/folder.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace jangteo::ops::exporting {

struct Settings {
    kafka::Settings kafka;
    std::filesystem::path to;
    Selection selection{};
    /// When the records came into the log, by Kafka's own time. `from` counts for a partition that begins; `until` is
    /// excluded.
    std::optional<events::Timestamp> from{};
    std::optional<events::Timestamp> until{};
    std::size_t threads = 2;                     ///< Partitions that are read at once.
    std::int64_t records_of_a_step = 1'000'000;  ///< Of a partition; also about the most rows of a file.
    std::size_t memory_limit = 256 << 20;        ///< Bytes of rows that wait in memory, all threads together.
    std::function<void(std::int64_t read, std::int64_t total)> tell{};  ///< From any of the threads, one at a time.
};

/// What a partition has that the folder has not.
struct Portion {
    kafka::TopicPartition place;
    std::int64_t read_from = 0;  ///< At or before `reached.next`: what is before it is only judged.
    Reached reached{};
    std::int64_t end = 0;
};

struct Plan {
    std::vector<Portion> portions;  ///< The longest first.
    std::int64_t records = 0;
    bool goes_on = false;  ///< With what is in the folder.
};

struct Summary {
    std::map<std::string, std::int64_t> events;  ///< Of this run, by the folder of their table.
    std::int64_t files = 0;
    std::int64_t bytes = 0;
    std::int64_t all_events = 0;  ///< In the folder now.
    double seconds = 0;
    bool whole = true;  ///< False: it was told to stop before the end.
};

/// Reads no records but those that tell the valid writer, and writes nothing. Throws Refused, kafka::Error, and
/// std::invalid_argument for a context or type that there is none of.
Plan plan(const Settings& settings);
std::string text_of(const Plan& plan, const Settings& settings);

/// To the end that the log had when it began. Throws as `plan`, and std::system_error when the folder cannot be written;
/// what was taken by then stays, and the next call goes on from there.
Summary run(const Settings& settings, const std::stop_token& stop);
std::string text_of(const Summary& summary, const Settings& settings);
std::string json_of(const Summary& summary, const Settings& settings);

}  // namespace jangteo::ops::exporting
