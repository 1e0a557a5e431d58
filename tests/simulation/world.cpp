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
        for (const auto& [layer, row] : rows[key]) {
            if (layer == 0 || row.offset > rows[key].at(0).offset) found.push_back(row);
        }
    }
    return found;
}

void Store::each_key(const std::string& space, std::int32_t partition, const std::function<void(std::string_view)>& see)
{
    for (const auto& [key, layers] : kept_[{space, partition}].rows) {
        if (!layers.empty()) see(key);
    }
}

void Store::write(const std::string& space, std::int32_t partition, const state::Flush& flush)
{
    auto& kept = kept_[{space, partition}];
    if (kept.watermark && kept.watermark->next_offset >= flush.watermark.next_offset) return;
    kept.watermark = flush.watermark;
    kept.outcomes[flush.outcomes_first_offset] = flush.outcomes;
    for (const auto& row : flush.rows) {
        auto& layers = kept.rows[row.key];
        const std::int64_t layer = row.whole ? 0 : row.offset;
        const auto there = layers.find(layer);
        if (there != layers.end() && there->second.offset > row.offset) continue;
        if (row.whole) std::erase_if(layers, [&](const auto& entry) { return entry.first <= row.offset; });
        layers.insert_or_assign(layer, row);
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
