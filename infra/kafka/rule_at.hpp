// The readers' rule for a reader that begins in the middle of a partition: who was the valid writer there?
#pragma once

#include "events/readers_rule.hpp"
#include "infra/kafka/record_fetcher.hpp"

#include <cstdint>

namespace jangteo::kafka {

struct Beginning {
    std::int64_t read_from = 0;  ///< At or before the offset that was asked for: what is before it is only judged.
    events::ReadersRule rule{};
};

/// Mostly two records are read for it: the one before, and its writer's marker, which is so many records before it as
/// its sequence says. Where dead records are between them, it goes back until there is a marker.
/// Throws kafka::Error.
Beginning rule_at(RecordFetcher& fetcher, const TopicPartition& partition, std::int64_t log_begin, std::int64_t offset);

}  // namespace jangteo::kafka
