#include "ops/log/replay.hpp"

#include "events/readers_rule.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/rule_at.hpp"
#include "infra/kafka/topics.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>
#include <vector>

namespace jangteo::ops::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr std::string_view events_suffix = ".events";
constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t records_at_once = 10'000;
constexpr seconds longest_silence{60};
constexpr seconds told_every{1};

/// One partition that is read.
struct Reading {
    std::int64_t from = 0;  ///< The first that may be shown.
    std::int64_t end = 0;   ///< The first that is not.
    events::ReadersRule rule{};
};
using Readings = std::map<kafka::TopicPartition, Reading>;

/// Where to begin and to end in each partition; only in that of the aggregate, if there is one.
Readings plan(const Settings& settings, kafka::Admin& admin, kafka::PartitionReader& reader)
{
    kafka::RecordFetcher fetcher(settings.kafka);
    Readings readings;
    for (const auto& context : all_contexts()) {
        if (!settings.selection.has_context(context)) continue;
        const std::string topic = context + std::string(events_suffix);
        const auto offsets = admin.offsets(topic);
        const auto count = static_cast<std::int32_t>(offsets.size());
        const auto since = settings.since ? admin.offsets_at(topic, *settings.since) : std::vector<std::int64_t>{};
        const auto until = settings.until ? admin.offsets_at(topic, *settings.until) : std::vector<std::int64_t>{};
        for (const auto& [number, begin, end] : offsets) {
            const auto& aggregate = settings.selection.aggregate;
            if (aggregate && kafka::partition_of(*aggregate, count) != number) continue;
            const auto index = static_cast<std::size_t>(number);
            Reading reading{.from = settings.follow ? end : begin, .end = settings.follow ? no_end : end};
            if (settings.since) reading.from = since[index];
            if (settings.until) reading.end = std::min(reading.end, until[index]);
            if (reading.from >= reading.end) continue;
            const kafka::TopicPartition place{topic, number};
            const auto beginning = kafka::rule_at(fetcher, place, begin, reading.from);
            reading.rule = beginning.rule;
            readings[place] = reading;
            reader.start(place, beginning.read_from);
        }
    }
    return readings;
}

void check_contexts(const Selection& selection)
{
    const auto known = all_contexts();
    for (const auto& context : selection.contexts) {
        if (std::ranges::find(known, context) != known.end()) continue;
        std::string names;
        for (const auto& name : known) names += (names.empty() ? "" : ", ") + name;
        throw std::invalid_argument("there is no context '" + context + "'; there are " + names);
    }
}

}  // namespace

std::vector<std::string> all_contexts()
{
    std::vector<std::string> found;
    for (const auto& topic : kafka::all_topics(1)) {
        if (topic.name.ends_with(events_suffix)) found.emplace_back(context_of(topic.name));
    }
    return found;
}

std::int64_t replay(const Settings& settings, std::ostream& out, const std::stop_token& stop)
{
    check_contexts(settings.selection);
    kafka::Admin admin(settings.kafka);
    kafka::PartitionReader reader(settings.kafka);
    const std::stop_callback wake(stop, [&reader] { reader.wake(); });
    auto readings = plan(settings, admin, reader);

    std::size_t open = readings.size();
    std::int64_t shown = 0;
    std::int64_t read = 0;
    auto heard = Clock::now();
    auto told = heard;
    const auto enough = [&] { return settings.most && shown >= *settings.most; };
    const auto see = [&](events::Record&& record) {
        auto& reading = readings.at({record.topic, record.partition});
        if (record.offset >= reading.end || enough()) return;
        heard = Clock::now();
        if (record.offset + 1 == reading.end) --open;
        const bool living = reading.rule.see(record.envelope) == events::ReadersRule::Verdict::accepted;
        if (record.offset < reading.from) return;
        ++read;
        if ((!living && !settings.selection.dead) || !settings.selection.matches(record)) return;
        ++shown;
        out << (settings.json ? json_of(record, !living) : line_of(record, !living)) << '\n';
    };
    while (open > 0 && !stop.stop_requested() && !enough()) {
        reader.poll(milliseconds{100}, records_at_once, see);
        if (settings.follow) out.flush();
        if (!out.good()) break;  // Whoever read it has gone.
        const auto now = Clock::now();
        if (settings.told && now - told >= told_every) {
            told = now;
            settings.told(std::to_string(read) + " records read, " + std::to_string(shown) + " shown");
        }
        if (!settings.follow && now - heard > longest_silence) {
            throw kafka::Error("the log cannot be read to its end", 0, false, true);
        }
    }
    out.flush();
    return shown;
}

}  // namespace jangteo::ops::log
