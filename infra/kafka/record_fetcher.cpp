#include "infra/kafka/record_fetcher.hpp"

#include "infra/kafka/handle.hpp"
#include "infra/kafka/partition_reader.hpp"

#include <algorithm>
#include <numeric>

namespace jangteo::kafka {

namespace {

/// A record this near behind the last one read is cheaper to read up to than to start anew for.
constexpr std::int64_t near_by = 64;
/// After so long without a record it is time to ask whether there is one at all.
constexpr std::chrono::milliseconds patience{50};

PartitionReaderOptions small_fetches()
{
    PartitionReaderOptions options;
    options.fetch_wait = std::chrono::milliseconds{5};
    options.fetch_bytes = 65'536;
    options.queued_records = 64;
    return options;
}

}  // namespace

struct RecordFetcher::Impl {
    explicit Impl(const Settings& settings) : reader(settings, small_fetches()) {}

    /// Reads on until `place` has been passed. Empty: nothing is there.
    std::optional<events::Record> read(const RecordPlace& place, const Deadline& deadline)
    {
        if (!reading || reading->partition != place.partition || place.offset < reading->offset ||
            place.offset > reading->offset + near_by) {
            stop();
            reader.start(place.partition, place.offset);
            reading = place;
        }
        std::optional<events::Record> found;
        while (reading->offset <= place.offset) {
            const auto take = [&](events::Record&& record) {
                reading->offset = record.offset + 1;
                if (record.offset == place.offset) found = std::move(record);
            };
            try {
                if (reader.poll(std::min(patience, std::chrono::milliseconds{deadline.left_ms()}), 1, take) > 0)
                    continue;
            } catch (const PartitionLost&) {
                reading.reset();  // The offset is beyond the log's end, or before its begin.
                return std::nullopt;
            }
            if (place.offset >=
                reader.end_offset(place.partition, std::chrono::milliseconds{std::max(1, deadline.left_ms())})) {
                return std::nullopt;
            }
            if (deadline.passed())
                throw error_of("kafka fetch from " + place.partition.topic, RD_KAFKA_RESP_ERR__TIMED_OUT);
        }
        return found;
    }

    void stop()
    {
        if (reading) reader.stop(reading->partition);
        reading.reset();
    }

    PartitionReader reader;
    std::optional<RecordPlace> reading;  ///< The partition being read, and the next offset to come.
};

RecordFetcher::RecordFetcher(const Settings& settings) : impl_(std::make_unique<Impl>(settings)) {}

RecordFetcher::~RecordFetcher() = default;

std::optional<events::Record> RecordFetcher::fetch(const RecordPlace& place, std::chrono::milliseconds timeout)
{
    return std::move(fetch(std::vector<RecordPlace>{place}, timeout).front());
}

std::vector<std::optional<events::Record>> RecordFetcher::fetch(const std::vector<RecordPlace>& places,
                                                                std::chrono::milliseconds timeout)
{
    const Deadline deadline(timeout);
    std::vector<std::size_t> order(places.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
    std::vector<std::optional<events::Record>> records(places.size());
    // An idle fetcher costs the broker nothing: the partition is stopped whatever happens.
    struct Stop {
        Impl& impl;
        ~Stop() { impl.stop(); }
    } const stop_at_end{*impl_};
    std::optional<std::size_t> last;
    for (const auto index : order) {
        if (last && places[*last] == places[index]) {
            records[index] = records[*last];
        } else {
            records[index] = impl_->read(places[index], deadline);
        }
        last = index;
    }
    return records;
}

}  // namespace jangteo::kafka
