// Appends records. Idempotent, acks=all: a record is in the log once and in the order of its publishing, or its delivery
// is reported as failed.
#pragma once

#include "events/record.hpp"
#include "infra/kafka/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace jangteo::kafka {

struct PublisherOptions {
    /// How long librdkafka tries before it reports a failure; 0 is for ever. A failure does not mean that the record is
    /// not in the log: measured, 20 of 9,708 "failed" ones were.
    std::chrono::milliseconds message_timeout{0};
    /// How long a record may wait for company. 0 is best for latency; batches still form while requests are in flight.
    std::chrono::microseconds linger{0};
    /// Records that wait in this process, at most; beyond it `publish` returns false.
    int queue_limit = 200'000;
    /// Called from a librdkafka thread when `poll` has something to do, for a loop that waits elsewhere (for instance
    /// `[&] { reader.wake(); }`). Must only notify.
    std::function<void()> ready{};
};

/// Used by one thread. Destroying it abandons what is still in flight: such a record may or may not be in the log.
class Publisher {
public:
    using Options = PublisherOptions;

    /// Delivery contract: called exactly once for every record that `publish` took, inside `poll` or `flush`, per
    /// partition in the order of publishing. `ok`: the record is in the log, at `offset`, or at an offset that is not
    /// known (-1: the broker had already seen a retried request). Not `ok`: whether it is in the log is unknown.
    using Delivered = std::function<void(std::uint64_t token, bool ok, std::int64_t offset)>;

    Publisher(const Settings& settings, Options options, Delivered delivered);
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;
    ~Publisher();

    /// Fetches the topics' metadata, so that the first record is not half a second late. Throws `Error` when a topic
    /// does not exist or the brokers cannot be reached within `timeout`.
    void prepare(const std::vector<std::string>& topics,
                 std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000});

    /// Takes a record: `record.partition` -1 is by key (`record.key`, or the envelope's subject when that is empty).
    /// The record is copied. False: the local queue is full; call `poll` and try again. Throws `Error` for a record that
    /// can never be sent (too large, no such partition) and after a fatal error.
    bool publish(const events::Record& record, std::uint64_t token);

    /// Serves deliveries, waiting up to `wait` for the first. Returns how many were reported. Throws `Error` after a
    /// fatal error, and whatever `Delivered` throws.
    std::size_t poll(std::chrono::milliseconds wait);
    /// Waits until nothing is in flight. False: time is up.
    bool flush(std::chrono::milliseconds timeout);
    [[nodiscard]] std::size_t in_flight() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::kafka
