#include "ops/timeline/timeline.hpp"

#include "events/codec.hpp"
#include "events/readers_rule.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/record_fetcher.hpp"
#include "infra/kafka/topics.hpp"
#include "ops/log/replay.hpp"
#include "ops/timeline/story.hpp"
#include "projections/places_of_order.hpp"

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace jangteo::ops::timeline {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds log_timeout{10'000};
/// What the read models have not read yet is read here up to this many records: about a second's reading.
constexpr std::int64_t most_unread = 100'000;
constexpr std::chrono::seconds longest_silence{10};
constexpr std::string_view inbox_suffix = ".inbox";

struct Story {
    std::vector<Told> told;
    std::int64_t unread = 0;  ///< Records that the read models have not read and that were not looked at.
};

std::optional<events::Uuid> order_named(const Settings& settings, kafka::RecordFetcher& fetcher)
{
    if (const auto id = events::parse_uuid(settings.order)) return id;
    const auto place = place_of_number(settings.order);
    if (!place) return std::nullopt;
    const auto command = fetcher.fetch({{"orders.commands", place->partition}, place->offset}, log_timeout);
    if (!command || command->envelope.type != "jangteo.orders.PlaceOrder") return std::nullopt;
    return events::parse_uuid(command->envelope.subject);
}

/// Those that the read models know, and what is parked of the order itself.
std::set<kafka::RecordPlace> known_places(postgres::Session& session, const events::Uuid& order)
{
    std::set<kafka::RecordPlace> places;
    const auto add = [&](const postgres::Rows& rows) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto partition = static_cast<std::int32_t>(rows.integer(i, 1));
            places.insert({{std::string(rows.text(i, 0)) + ".events", partition}, rows.integer(i, 2)});
        }
    };
    add(session.query(projections::places_of_order, {order}));
    // What a seller gets of it is nothing that its buyer is shown, so it is not among the places that the edge asks for.
    add(session.query(
        R"(SELECT DISTINCT 'settlement', partition, "offset" FROM read_settlement.postings WHERE order_id = $1)",
        {order}));
    add(session.query(R"(SELECT DISTINCT context, partition, "offset" FROM projections.parked WHERE aggregate = $1)",
                      {events::to_string(order)}));
    return places;
}

/// How far all read models of a partition have read it, and the readers' rule at that point.
struct Read {
    std::int64_t next = 0;
    events::ReadersRule rule{};
};

std::map<kafka::TopicPartition, Read> read_by_all(postgres::Session& session)
{
    const auto rows = session.query(
        "SELECT DISTINCT ON (topic, partition) topic, partition, next_offset, writer, command_offset, sequence"
        " FROM projections.checkpoints c JOIN projections.registry r"
        " ON r.name = c.projection AND r.version = c.version ORDER BY topic, partition, next_offset");
    std::map<kafka::TopicPartition, Read> read;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        read[{std::string(rows.text(i, 0)), static_cast<std::int32_t>(rows.integer(i, 1))}] = {
            rows.integer(i, 2), events::ReadersRule(rows.uuid(i, 3), rows.integer(i, 4), rows.integer(i, 5))};
    }
    return read;
}

/// Adds the events of the order that the read models have not read. Returns how many records were too many.
std::int64_t add_unread(const Settings& settings, std::map<kafka::TopicPartition, Read> read, const events::Uuid& order,
                        std::vector<events::Record>& to)
{
    kafka::Admin admin(settings.kafka);
    std::map<kafka::TopicPartition, std::int64_t> ends;
    std::int64_t unread = 0;
    for (const auto& context : log::all_contexts()) {
        const std::string topic = context + ".events";
        for (const auto& [number, begin, end] : admin.offsets(topic)) {
            auto& next = read[{topic, number}].next;
            next = std::max(next, begin);
            if (next >= end) continue;
            ends[{topic, number}] = end;
            unread += end - next;
        }
    }
    if (ends.empty()) return 0;
    if (unread > most_unread) return unread;
    kafka::PartitionReader reader(settings.kafka);
    for (const auto& [place, end] : ends) reader.start(place, read[place].next);
    auto heard = std::chrono::steady_clock::now();
    for (std::size_t open = ends.size(); open > 0;) {
        reader.poll(milliseconds{100}, 10'000, [&](events::Record&& record) {
            const kafka::TopicPartition place{record.topic, record.partition};
            if (record.offset >= ends.at(place)) return;
            heard = std::chrono::steady_clock::now();
            if (record.offset + 1 == ends.at(place)) --open;
            if (read[place].rule.see(record.envelope) != events::ReadersRule::Verdict::accepted) return;
            if (record.envelope.correlation_id == order) to.push_back(std::move(record));
        });
        if (std::chrono::steady_clock::now() - heard > longest_silence) {
            throw kafka::Error("the log cannot be read to its end", 0, false, true);
        }
    }
    return 0;
}

/// The commands of events: each event says which one it is the outcome of.
std::vector<Told> with_commands(kafka::RecordFetcher& fetcher, std::vector<events::Record> records)
{
    std::vector<kafka::RecordPlace> places;
    for (const auto& event : records) {
        places.push_back({{std::string(log::context_of(event.topic)) + ".commands", event.partition},
                          event.envelope.command_offset});
    }
    auto commands = fetcher.fetch(places, log_timeout);
    std::vector<Told> told;
    for (std::size_t i = 0; i < records.size(); ++i) {
        Told one{std::move(records[i])};
        if (commands[i]) one.command = std::move(commands[i]->envelope);
        told.push_back(std::move(one));
    }
    return told;
}

Story story_of(const Settings& settings, kafka::RecordFetcher& fetcher, const events::Uuid& order)
{
    postgres::Session session(settings.postgres);
    // First how far they have read, then what they know: what comes between is in both, and told once.
    const auto read = read_by_all(session);
    auto places = known_places(session, order);
    std::vector<events::Record> records;
    for (auto& record : fetcher.fetch(std::vector<kafka::RecordPlace>(places.begin(), places.end()), log_timeout)) {
        if (record) records.push_back(std::move(*record));
    }
    Story story;
    std::vector<events::Record> more;
    story.unread = add_unread(settings, read, order, more);
    for (auto& record : more) {
        if (places.insert({{record.topic, record.partition}, record.offset}).second) {
            records.push_back(std::move(record));
        }
    }
    story.told = with_commands(fetcher, std::move(records));
    return story;
}

std::vector<std::string> all_sagas()
{
    std::vector<std::string> names;
    for (const auto& topic : kafka::all_topics(1)) {
        if (topic.name.ends_with(inbox_suffix)) {
            names.push_back(topic.name.substr(0, topic.name.size() - inbox_suffix.size()));
        }
    }
    return names;
}

}  // namespace

bool run(const Settings& settings, std::ostream& out)
{
    kafka::RecordFetcher fetcher(settings.kafka);
    const auto order = order_named(settings, fetcher);
    if (!order) {
        out << "timeline: there is no order " << settings.order << std::endl;
        return false;
    }
    const auto story = story_of(settings, fetcher, *order);
    const auto tree = tree_of(story.told, all_sagas());
    if (settings.json) {
        std::string json = R"({"orderId":)";
        events::append_json(json, *order);
        json += R"(,"unread":)" + std::to_string(story.unread) + R"(,"events":)" + json_of(story.told, tree) + '}';
        out << json << std::endl;
        return !story.told.empty();
    }
    out << text_of(story.told, tree);
    if (story.unread > 0) {
        out << "timeline: the read models are " << story.unread
            << " events behind; of these, the order's own are missing here" << '\n';
    }
    out << "timeline: " << story.told.size() << " events of order " << events::to_string(*order) << std::endl;
    return !story.told.empty();
}

}  // namespace jangteo::ops::timeline
