// Reads single records that are known by topic, partition and offset, for instance an order's history.
#pragma once

#include "events/record.hpp"
#include "infra/kafka/settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace jangteo::kafka {

struct RecordPlace {
    TopicPartition partition;
    std::int64_t offset = 0;

    friend auto operator<=>(const RecordPlace&, const RecordPlace&) = default;
};

/// Used by one thread. Keeps its connection between calls.
class RecordFetcher {
public:
    explicit RecordFetcher(const Settings& settings);
    RecordFetcher(const RecordFetcher&) = delete;
    RecordFetcher& operator=(const RecordFetcher&) = delete;
    ~RecordFetcher();

    /// Empty when there is no record at that offset (any more, or yet). Throws `Error` when time is up.
    std::optional<events::Record> fetch(const RecordPlace& place,
                                        std::chrono::milliseconds timeout = std::chrono::milliseconds{5'000});
    /// The records of `places`, each at its place's index. Neighbours are read in one go. `timeout` is for all.
    std::vector<std::optional<events::Record>> fetch(const std::vector<RecordPlace>& places,
                                                     std::chrono::milliseconds timeout);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::kafka
