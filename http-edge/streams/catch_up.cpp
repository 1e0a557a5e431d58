#include "http-edge/streams/catch_up.hpp"

#include "infra/kafka/admin.hpp"

#include <algorithm>
#include <utility>

namespace jangteo::edge::streams {

namespace {

constexpr std::chrono::milliseconds patience{50};
constexpr std::size_t most_at_once = 500;

/// 80 partitions, each with a queue of its own: some 20 MB at most.
kafka::PartitionReaderOptions smallest_queues()
{
    kafka::PartitionReaderOptions options;
    options.fetch_wait = std::chrono::milliseconds{20};
    options.queued_records = 512;
    options.queued_kilobytes = 128;
    options.fetch_bytes = 65'536;
    return options;
}

}  // namespace

CatchUp::CatchUp(const kafka::Settings& settings, const Layout& layout, Position from, const Slots& wanted)
    : layout_(layout), position_(std::move(from)), living_(layout.slots()), reader_(settings, smallest_queues())
{
    kafka::Admin admin(settings);
    for (std::size_t context = 0; context < layout.contexts().size(); ++context) {
        const auto topic = layout.contexts()[context] + ".events";
        const auto first_slot = layout.slot(context, 0);
        const auto last_slot = first_slot + static_cast<std::size_t>(layout.partitions());
        const auto begin = wanted.begin() + static_cast<std::ptrdiff_t>(first_slot);
        if (std::find(begin, wanted.begin() + static_cast<std::ptrdiff_t>(last_slot), true) ==
            wanted.begin() + static_cast<std::ptrdiff_t>(last_slot)) {
            continue;
        }
        for (const auto& [partition, first, end] : admin.offsets(topic)) {
            const auto slot = layout.slot(context, partition);
            if (!wanted[slot]) continue;
            auto& next = position_[slot];
            if (next > end) throw NotInTheLog();
            next = std::max(next, first);
            if (next > first) living_.believe_first(slot);
            reader_.start({topic, partition}, next > first ? next - 1 : first);
        }
    }
}

CatchUp::Batch CatchUp::next()
{
    Batch batch;
    reader_.poll(patience, most_at_once, [&](events::Record&& record) {
        const auto slot = layout_.find(record.topic, record.partition).value();
        const auto verdict = living_.see(slot, record.envelope);
        if (verdict == Living::Verdict::skip) return;
        position_[slot] = record.offset + 1;
        if (verdict == Living::Verdict::event) batch.entries.push_back({slot, std::move(record)});
    });
    batch.position = position_;
    return batch;
}

}  // namespace jangteo::edge::streams
