// How far everything that reads the log is behind it, by Kafka's own end offsets: who hangs must not look well.
#pragma once

#include "events/time.hpp"
#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::ops::lag {

/// One reader of one partition.
struct Lag {
    std::string reader;  ///< The context that decides, the process, or the read model.
    kafka::TopicPartition place;
    std::int64_t next = 0;  ///< The first record that it has not dealt with.
    std::int64_t end = 0;
    std::string owner;                        ///< Empty: nobody.
    std::optional<events::Timestamp> oldest;  ///< Of the first record that waits.

    [[nodiscard]] std::int64_t behind() const { return end > next ? end - next : 0; }
};

struct Settings {
    kafka::Settings kafka;
    postgres::Settings postgres;
};

/// Of the contexts named (all of them, when none is): commands without an outcome. How far a context has decided is what
/// its last outcomes in the log say; repeated commands have none, so a few behind may be none behind.
std::vector<Lag> of_producers(const Settings& settings, const std::vector<std::string>& contexts = {});
/// Inputs behind the snapshots, which are written about once a second.
std::vector<Lag> of_sagas(const Settings& settings);
/// Events behind the checkpoints.
std::vector<Lag> of_read_models(const Settings& settings);

}  // namespace jangteo::ops::lag
