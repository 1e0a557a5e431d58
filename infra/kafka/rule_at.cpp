#include "infra/kafka/rule_at.hpp"

#include <algorithm>
#include <vector>

namespace jangteo::kafka {

namespace {

constexpr std::chrono::milliseconds log_timeout{10'000};
constexpr std::int64_t first_look_back = 512;
constexpr std::int64_t look_back_grows = 8;

/// The newest marker among the records from `begin` to before `end`.
std::optional<std::int64_t> marker_in(RecordFetcher& fetcher, const TopicPartition& partition, std::int64_t begin,
                                      std::int64_t end)
{
    std::optional<std::int64_t> found;
    for (auto from = begin; from < end; from += first_look_back) {
        std::vector<RecordPlace> places;
        for (auto offset = from; offset < std::min(end, from + first_look_back); ++offset) {
            places.push_back({partition, offset});
        }
        for (const auto& record : fetcher.fetch(places, log_timeout)) {
            if (record && record->envelope.type == events::taken_over_type) found = record->offset;
        }
    }
    return found;
}

}  // namespace

Beginning rule_at(RecordFetcher& fetcher, const TopicPartition& partition, std::int64_t log_begin, std::int64_t offset)
{
    if (offset <= log_begin) return {offset, {}};
    const auto before = fetcher.fetch({partition, offset - 1}, log_timeout);
    if (before) {
        const auto& says = before->envelope;
        if (says.type == events::taken_over_type) return {offset - 1, {}};
        const auto marker = fetcher.fetch({partition, before->offset - says.sequence}, log_timeout);
        if (marker && marker->envelope.type == events::taken_over_type && marker->envelope.writer == says.writer) {
            return {offset, events::ReadersRule(says.writer, says.command_offset, says.sequence)};
        }
    }
    auto end = offset;
    for (auto length = first_look_back; end > log_begin; length *= look_back_grows) {
        const auto begin = std::max(log_begin, end - length);
        if (const auto marker = marker_in(fetcher, partition, begin, end)) return {*marker, {}};
        end = begin;
    }
    return {log_begin, {}};
}

}  // namespace jangteo::kafka
