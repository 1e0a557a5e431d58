// Reads partitions from given offsets. No consumer group: who owns what is `Membership`'s business, where to read from
// is the caller's.
#pragma once

#include "events/record.hpp"
#include "infra/kafka/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace jangteo::kafka {

struct PartitionReaderOptions {
    /// How long the broker holds a fetch that finds nothing new. It does not delay records, but a `start` and an
    /// `end_offset` may wait this long behind such a fetch. Measured with twelve idle readers of eight partitions: the
    /// broker spends 42 % of a core at 20 ms, 10 % at 50 ms, 4 % at 100 ms.
    std::chrono::milliseconds fetch_wait{100};
    /// What may wait in this process per partition, at most. (Measured: a full queue of 8 MB takes some 30 MB.)
    int queued_records = 50'000;
    int queued_kilobytes = 8'192;
    /// The most that one fetch brings per partition.
    int fetch_bytes = 1'048'576;
};

/// A partition cannot be read on from where it stood; the others can.
class PartitionLost : public Error {
public:
    PartitionLost(const std::string& what, int code, TopicPartition partition)
        : Error(what, code, false, false), partition_(std::move(partition))
    {}
    [[nodiscard]] const TopicPartition& partition() const { return partition_; }

private:
    TopicPartition partition_;
};

/// Used by one thread (except `wake`).
class PartitionReader {
public:
    using Options = PartitionReaderOptions;

    explicit PartitionReader(const Settings& settings, Options options = {});
    PartitionReader(const PartitionReader&) = delete;
    PartitionReader& operator=(const PartitionReader&) = delete;
    ~PartitionReader();

    /// Begins to read at `offset`. A partition that is already read begins anew there; nothing of the former reading is
    /// delivered afterwards.
    void start(const TopicPartition& partition, std::int64_t offset);
    /// Nothing of the partition is delivered after this. No effect on a partition that is not read.
    void stop(const TopicPartition& partition);
    [[nodiscard]] bool reads(const TopicPartition& partition) const;

    /// Delivers up to `most` records, waiting up to `wait` for the first; returns how many.
    /// Delivery contract: per partition in offset order, each once, none left out. `see` must not start or stop a
    /// partition. When it throws, the record it was given counts as delivered and the next one comes with the next poll.
    /// Throws `PartitionLost` when a partition cannot be read on: its offset is not in the log (deleted by retention, or
    /// beyond the end), or reading is not allowed; it is stopped then. Passing trouble (a broker away) is only logged:
    /// reading goes on by itself.
    std::size_t poll(std::chrono::milliseconds wait, std::size_t most,
                     const std::function<void(events::Record&&)>& see);

    /// The offset that the next record of the partition will get.
    std::int64_t end_offset(const TopicPartition& partition,
                            std::chrono::milliseconds timeout = std::chrono::milliseconds{5'000});
    /// The first offset that is still in the log.
    std::int64_t begin_offset(const TopicPartition& partition,
                              std::chrono::milliseconds timeout = std::chrono::milliseconds{5'000});

    /// From any thread: makes a waiting `poll` return, or else the next one not wait.
    void wake();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::kafka
