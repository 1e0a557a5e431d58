#include "projections/runtime/projector.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace jangteo::projections {

namespace {

constexpr std::string_view topic_ending = ".events";

/// Tells trouble of the source from an event that cannot be applied: the one ends the batch, the other parks.
class WatchedSource final : public RowSource {
public:
    explicit WatchedSource(RowSource& source) : source_(source) {}

    void load(const TableDefinition& table, const RowImages& keys,
              const std::function<void(std::string_view image)>& see) override
    {
        try {
            source_.load(table, keys, see);
        } catch (...) {
            trouble_ = std::current_exception();
            throw;
        }
    }
    void rethrow_trouble() const
    {
        if (trouble_) std::rethrow_exception(trouble_);
    }

private:
    RowSource& source_;
    std::exception_ptr trouble_;
};

}  // namespace

std::string events_topic(std::string_view context)
{
    return std::string(context) + std::string(topic_ending);
}

std::string_view context_of(std::string_view topic)
{
    if (!topic.ends_with(topic_ending)) return {};
    return topic.substr(0, topic.size() - topic_ending.size());
}

std::size_t Batch::rows() const
{
    std::size_t rows = 0;
    for (const auto& table : tables) rows += table.rows.count;
    return rows;
}

Gap::Gap(const Place& place, std::int64_t expected, std::int64_t found)
    : std::runtime_error(events_topic(place.context) + "[" + std::to_string(place.partition) + "]: offset " +
                         std::to_string(expected) + " was expected, " + std::to_string(found) + " came")
{}

Projector::Projector(const ReadModel& model, std::size_t rows_in_memory, ParkingLimit limit)
    : Projector(model, model.folding(rows_in_memory), limit)
{}

Projector::Projector(const ReadModel& model, Gathering, ParkingLimit limit) : Projector(model, model.gathering(), limit)
{}

Projector::Projector(const ReadModel& model, std::unique_ptr<Folding> folding, ParkingLimit limit)
    : limit_(limit),
      folding_(std::move(folding)),
      counts_rows_(std::ranges::any_of(model.tables(), [](const auto& t) { return t.writing == Writing::upsert; }))
{}

void Projector::open(const Place& place, const Progress& progress, std::unordered_set<std::string> parked_aggregates)
{
    auto& partition = partitions_[place];
    partition.progress = progress;
    partition.parked = std::move(parked_aggregates);
}

void Projector::close(const Place& place)
{
    partitions_.erase(place);
    forget();
}

void Projector::close_all()
{
    partitions_.clear();
    forget();
}

bool Projector::stopped(const Place& place) const
{
    const auto& partition = partitions_.at(place);
    const auto share = limit_.share * static_cast<double>(partition.progress.aggregates);
    return partition.parked.size() > limit_.at_least && static_cast<double>(partition.parked.size()) > share;
}

void Projector::refuse(const Place& place, std::int64_t offset, std::string reason)
{
    refused_.emplace(std::pair(place, offset), std::move(reason));
}

Batch Projector::fold(std::span<const events::Record> records, RowSource& source)
{
    if (!settled_) forget();
    settled_ = false;
    return fold_staged(records, source);
}

void Projector::forget()
{
    folding_->forget();
    settled_ = true;
}

Batch Projector::fold_staged(std::span<const events::Record> records, RowSource& source)
{
    // What becomes of one partition in this batch.
    struct Now {
        const Place* place;
        Partition* partition;
        Progress after;
        events::ReadersRule rule;
        std::unordered_set<std::string> parked{};
    };
    struct Waiting {
        Now* now;
        const events::Record* record;
        std::optional<std::string> failure{};
        std::size_t staged = 0;
    };

    Batch batch;
    std::map<std::pair<std::string_view, std::int32_t>, Now> touched;
    std::vector<Waiting> waiting;
    waiting.reserve(records.size());
    std::size_t staged = 0;

    // First: which records count, and which rows will they ask for?
    Now* now = nullptr;
    const events::Record* previous = nullptr;
    for (const auto& record : records) {
        if (previous == nullptr || record.partition != previous->partition || record.topic != previous->topic) {
            now = nullptr;
            const Place place{std::string(context_of(record.topic)), record.partition};
            const auto partition = partitions_.find(place);
            if (partition != partitions_.end() && !stopped(place)) {
                auto& progress = partition->second.progress;
                now = &touched
                           .try_emplace(
                               {partition->first.context, place.partition},
                               Now{&partition->first, &partition->second, progress,
                                   events::ReadersRule(progress.writer, progress.command_offset, progress.sequence)})
                           .first->second;
            }
        }
        previous = &record;
        if (now == nullptr || record.offset < now->after.next_offset) continue;
        if (record.offset > now->after.next_offset) throw Gap(*now->place, now->after.next_offset, record.offset);
        now->after.next_offset = record.offset + 1;
        if (now->rule.see(record.envelope) != events::ReadersRule::Verdict::accepted) {
            ++batch.dead;
            continue;
        }

        auto& entry = waiting.emplace_back(Waiting{now, &record});
        if (now->partition->parked.contains(record.envelope.subject)) continue;
        if (!refused_.empty()) {
            const auto refused = refused_.find({*now->place, record.offset});
            if (refused != refused_.end()) {
                entry.failure = refused->second;
                continue;
            }
        }
        try {
            const Meta meta{now->place->context, record.partition, record.offset, record.envelope.time,
                            record.envelope};
            folding_->stage(record, meta);
            entry.staged = staged++;
        } catch (const std::exception& error) {
            entry.failure = error.what();
        }
    }

    // Then: apply them in order. Behind an event that cannot be applied, those of its aggregate wait.
    WatchedSource watched(source);
    folding_->load(watched);
    for (auto& [record_place, event, failure, index] : waiting) {
        const auto& aggregate = event->envelope.subject;
        const auto park = [&, &of = *record_place](std::string reason, bool first) {
            of.parked.insert(aggregate);
            batch.parked.push_back(
                {*of.place, event->offset, aggregate, std::move(reason), event->envelope.time, first});
        };
        if (record_place->partition->parked.contains(aggregate) || record_place->parked.contains(aggregate)) {
            park("an earlier event of this aggregate is parked", false);
            continue;
        }
        const auto created = folding_->created();
        if (!failure) {
            try {
                folding_->apply(index);
                ++batch.events;
            } catch (const std::exception& error) {
                watched.rethrow_trouble();
                failure = error.what();
            }
        }
        if (failure) park(*failure, true);
        record_place->after.aggregates += counts_rows_ ? folding_->created() - created : 1;
    }

    for (auto& [key, moved] : touched) {
        moved.after.writer = moved.rule.writer();
        moved.after.command_offset = moved.rule.last_command_offset();
        moved.after.sequence = moved.rule.last_sequence();
        if (moved.after == moved.partition->progress) continue;
        batch.moved.push_back({*moved.place, moved.partition->progress, moved.after});
    }
    batch.tables = folding_->changes();
    return batch;
}

void Projector::settle(const Batch& batch)
{
    for (const auto& moved : batch.moved) {
        auto& partition = partitions_.at(moved.place);
        partition.progress = moved.after;
        refused_.erase(refused_.lower_bound({moved.place, moved.before.next_offset}),
                       refused_.lower_bound({moved.place, moved.after.next_offset}));
    }
    for (const auto& parked : batch.parked) partitions_.at(parked.place).parked.insert(parked.aggregate);
    folding_->settle();
    settled_ = true;
}

}  // namespace jangteo::projections
