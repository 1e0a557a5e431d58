#include "tests/simulation/world.hpp"

namespace jangteo::simulation {

std::optional<state::Watermark> Store::watermark(const std::string& space, std::int32_t partition)
{
    return kept_[{space, partition}].watermark;
}

std::vector<std::string> Store::outcomes(const std::string& space, std::int32_t partition)
{
    std::vector<std::string> pieces;
    for (const auto& [first_offset, piece] : kept_[{space, partition}].outcomes) pieces.push_back(piece);
    return pieces;
}

std::vector<state::StateRow> Store::load(const std::string& space, std::int32_t partition,
                                         const std::vector<std::string>& keys)
{
    std::vector<state::StateRow> found;
    auto& rows = kept_[{space, partition}].rows;
    for (const auto& key : keys) {
        for (const auto& [part, row] : rows[key]) found.push_back(row);
    }
    return found;
}

void Store::each_key(const std::string& space, std::int32_t partition, const std::function<void(std::string_view)>& see)
{
    for (const auto& [key, parts] : kept_[{space, partition}].rows) {
        if (!parts.empty()) see(key);
    }
}

void Store::write(const std::string& space, std::int32_t partition, const state::Flush& flush)
{
    auto& kept = kept_[{space, partition}];
    if (kept.watermark && kept.watermark->next_offset >= flush.watermark.next_offset) return;
    kept.watermark = flush.watermark;
    kept.outcomes[flush.outcomes_first_offset] = flush.outcomes;
    for (const auto& row : flush.rows) {
        auto& parts = kept.rows[row.key];
        if (row.state) {
            parts.insert_or_assign(row.part, row);
        } else {
            parts.erase(row.part);
        }
    }
    for (const auto& timer : flush.timers) timers.emplace(timer.id, timer);
}

events::Uuid World::draw_uuid()
{
    events::Uuid id{};
    for (auto& byte : id.data) byte = static_cast<std::uint8_t>(below(256));
    return id;
}

std::int32_t World::partition_of(const events::Record& record)
{
    const auto& key = record.key.empty() ? record.envelope.subject : record.key;
    return static_cast<std::int32_t>(std::hash<std::string>{}(key) % partitions);
}

std::int64_t World::append(events::Record record)
{
    if (record.partition < 0) record.partition = partition_of(record);
    auto& log = logs[{record.topic, record.partition}];
    record.offset = static_cast<std::int64_t>(log.size());
    log.push_back(std::move(record));
    return log.back().offset;
}

}  // namespace jangteo::simulation
