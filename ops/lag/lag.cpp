#include "ops/lag/lag.hpp"

#include "infra/kafka/admin.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/record_fetcher.hpp"
#include "infra/kafka/topics.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace jangteo::ops::lag {

namespace {

constexpr std::chrono::milliseconds log_timeout{10'000};
/// So many records are looked at from the end of an events partition for the last outcome: markers and dead ones have none.
constexpr std::int64_t looked_at = 32;
/// Of so many commands after the last outcome it is found out whether they are repeats of one so far before.
constexpr std::int64_t most_repeats = 1'000;
constexpr std::int64_t looked_back = 1'000;
constexpr std::chrono::milliseconds repeats_timeout{2'000};

std::vector<std::string> topics_ending_with(std::string_view suffix)
{
    std::vector<std::string> names;
    for (const auto& topic : kafka::all_topics(1)) {
        if (topic.name.ends_with(suffix)) names.push_back(topic.name.substr(0, topic.name.size() - suffix.size()));
    }
    return names;
}

/// Reads the time of the first record that waits, of each that is behind.
void date(kafka::RecordFetcher& fetcher, std::vector<Lag>& lags)
{
    std::vector<kafka::RecordPlace> places;
    std::vector<Lag*> behind;
    for (auto& lag : lags) {
        if (lag.behind() == 0) continue;
        places.push_back({lag.place, lag.next});
        behind.push_back(&lag);
    }
    if (places.empty()) return;
    const auto records = fetcher.fetch(places, log_timeout);
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (records[i]) behind[i]->oldest = records[i]->envelope.time;
    }
}

/// Commands after the last outcome may be repeats, which have none: passes over those whose first is not far before.
void pass_over_repeats(const kafka::Settings& settings, std::vector<Lag>& lags)
{
    struct Reading {
        Lag* lag = nullptr;
        std::set<events::Uuid> seen{};
        bool passing = true;
    };
    std::map<kafka::TopicPartition, Reading> readings;
    kafka::PartitionReader reader(settings);
    for (auto& lag : lags) {
        if (lag.behind() == 0 || lag.behind() > most_repeats) continue;
        readings[lag.place] = {&lag};
        reader.start(lag.place, std::max<std::int64_t>(0, lag.next - looked_back));
    }
    const auto until = std::chrono::steady_clock::now() + repeats_timeout;
    for (std::size_t open = readings.size(); open > 0 && std::chrono::steady_clock::now() < until;) {
        reader.poll(std::chrono::milliseconds{50}, 10'000, [&](events::Record&& record) {
            auto& [lag, seen, passing] = readings.at({record.topic, record.partition});
            if (record.offset >= lag->end) return;
            if (record.offset + 1 == lag->end) --open;
            const bool fresh = seen.insert(record.envelope.id).second;
            if (record.offset < lag->next || !passing) return;
            passing = !fresh;
            if (passing) lag->next = record.offset + 1;
        });
    }
}

void own(std::vector<Lag>& lags, const std::map<kafka::TopicPartition, std::string>& owners)
{
    for (auto& lag : lags) {
        const auto owner = owners.find(lag.place);
        if (owner != owners.end()) lag.owner = owner->second;
    }
}

/// The first command of each partition that no outcome names.
std::int64_t first_undecided(kafka::RecordFetcher& fetcher, const kafka::TopicPartition& events, std::int64_t begin,
                             std::int64_t end)
{
    for (auto to = end; to > begin; to -= looked_at) {
        std::vector<kafka::RecordPlace> places;
        for (auto offset = std::max(begin, to - looked_at); offset < to; ++offset) places.push_back({events, offset});
        std::int64_t last = -1;
        for (const auto& record : fetcher.fetch(places, log_timeout)) {
            if (record) last = std::max(last, record->envelope.command_offset);
        }
        if (last >= 0) return last + 1;
    }
    return 0;
}

}  // namespace

std::vector<Lag> of_producers(const Settings& settings, const std::vector<std::string>& contexts)
{
    kafka::Admin admin(settings.kafka);
    kafka::RecordFetcher fetcher(settings.kafka);
    std::vector<Lag> lags;
    for (const auto& context : topics_ending_with(".commands")) {
        if (!contexts.empty() && std::ranges::find(contexts, context) == contexts.end()) continue;
        const auto commands = admin.offsets(context + ".commands");
        const auto events = admin.offsets(context + ".events");
        for (std::size_t i = 0; i < commands.size(); ++i) {
            Lag lag{
                .reader = context, .place = {context + ".commands", commands[i].partition}, .owner = {}, .oldest = {}};
            lag.end = commands[i].end;
            lag.next = lag.end == 0 ? 0
                                    : first_undecided(fetcher, {context + ".events", events[i].partition},
                                                      events[i].begin, events[i].end);
            lags.push_back(std::move(lag));
        }
    }
    pass_over_repeats(settings.kafka, lags);
    own(lags, admin.owners("jangteo.producers"));
    date(fetcher, lags);
    return lags;
}

std::vector<Lag> of_sagas(const Settings& settings)
{
    kafka::Admin admin(settings.kafka);
    postgres::Session session(settings.postgres);
    const auto rows =
        session.query("SELECT space, partition, next_offset FROM write_side.watermarks WHERE space LIKE 'sagas/%'");
    std::map<std::pair<std::string, std::int64_t>, std::int64_t> watermarks;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        watermarks[{std::string(rows.text(i, 0)), rows.integer(i, 1)}] = rows.integer(i, 2);
    }
    std::vector<Lag> lags;
    for (const auto& saga : topics_ending_with(".inbox")) {
        for (const auto& [number, begin, end] : admin.offsets(saga + ".inbox")) {
            const auto watermark = watermarks.find({"sagas/" + saga, number});
            const auto next = watermark == watermarks.end() ? begin : std::max(begin, watermark->second);
            lags.push_back({saga, {saga + ".inbox", number}, next, end, {}, {}});
        }
    }
    own(lags, admin.owners("jangteo.sagas"));
    kafka::RecordFetcher fetcher(settings.kafka);
    date(fetcher, lags);
    return lags;
}

std::vector<Lag> of_read_models(const Settings& settings)
{
    kafka::Admin admin(settings.kafka);
    postgres::Session session(settings.postgres);
    std::map<kafka::TopicPartition, std::int64_t> ends;
    for (const auto& context : topics_ending_with(".events")) {
        const std::string topic = context + ".events";
        for (const auto& [number, begin, end] : admin.offsets(topic)) ends[{topic, number}] = end;
    }
    const auto rows = session.query(
        "SELECT c.projection, c.topic, c.partition, c.next_offset FROM projections.checkpoints c"
        " JOIN projections.registry r ON r.name = c.projection AND r.version = c.version"
        " ORDER BY c.projection, c.topic, c.partition");
    std::vector<Lag> lags;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const kafka::TopicPartition place{std::string(rows.text(i, 1)), static_cast<std::int32_t>(rows.integer(i, 2))};
        const auto end = ends.find(place);
        if (end == ends.end()) continue;
        lags.push_back({std::string(rows.text(i, 0)), place, rows.integer(i, 3), end->second, {}, {}});
    }
    own(lags, admin.owners("jangteo.projections"));
    kafka::RecordFetcher fetcher(settings.kafka);
    date(fetcher, lags);
    return lags;
}

}  // namespace jangteo::ops::lag
