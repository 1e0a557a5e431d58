#include "ops/reconcile/our_log.hpp"

#include "events/readers_rule.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/record_fetcher.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace jangteo::ops::reconcile {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t places_at_once = 1'000;
constexpr milliseconds fetch_timeout{60'000};  ///< Of so many.
constexpr std::chrono::seconds longest_silence{60};
const std::string topic = "payments.events";

/// How far the read model has read a partition, and the readers' rule at that point.
struct Read {
    std::int64_t next = 0;
    std::int64_t end = 0;
    events::ReadersRule rule{};
};

std::map<std::int32_t, Read> read_by_model(postgres::Session& session)
{
    const auto rows = session.query(
        "SELECT partition, next_offset, writer, command_offset, sequence FROM projections.checkpoints c"
        " JOIN projections.registry r ON r.name = c.projection AND r.version = c.version"
        " WHERE c.projection = 'payments' AND c.topic = $1",
        {topic});
    std::map<std::int32_t, Read> read;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        read[static_cast<std::int32_t>(rows.integer(i, 0))] = {
            rows.integer(i, 1), 0, events::ReadersRule(rows.uuid(i, 2), rows.integer(i, 3), rows.integer(i, 4))};
    }
    return read;
}

std::set<kafka::RecordPlace> known_places(postgres::Session& session, const Wanted& wanted)
{
    std::string also = "{";
    for (const auto& id : wanted.also) {
        if (also.size() > 1) also += ',';
        also += id.text();
    }
    also += '}';
    const auto rows = session.query(
        "SELECT (place ->> 0)::bigint, (place ->> 1)::bigint FROM read_payments.payments,"
        " jsonb_array_elements(positions) place"
        " WHERE (updated_at >= $1 AND created_at < $2) OR payment_id = ANY ($3::uuid[])",
        {wanted.since, wanted.begun_before, also});
    std::set<kafka::RecordPlace> places;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        places.insert({{topic, static_cast<std::int32_t>(rows.integer(i, 0))}, rows.integer(i, 1)});
    }
    return places;
}

void enter_known(const kafka::Settings& kafka, const std::set<kafka::RecordPlace>& places, OurBooks& books)
{
    kafka::RecordFetcher fetcher(kafka);
    const std::vector<kafka::RecordPlace> all(places.begin(), places.end());
    for (std::size_t from = 0; from < all.size(); from += places_at_once) {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
        const auto length = std::min(places_at_once, all.size() - from);
        for (const auto& record : fetcher.fetch({begin, begin + static_cast<std::ptrdiff_t>(length)}, fetch_timeout)) {
            if (record) books.enter(*record);
        }
    }
}

/// What the read model has not read. `known`: may have been read meanwhile, and is entered already.
void enter_unread(const kafka::Settings& kafka, std::map<std::int32_t, Read> read,
                  const std::set<kafka::RecordPlace>& known, OurBooks& books)
{
    kafka::Admin admin(kafka);
    kafka::PartitionReader reader(kafka);
    std::size_t open = 0;
    for (const auto& [number, begin, end] : admin.offsets(topic)) {
        auto& partition = read[number];
        partition.next = std::max(partition.next, begin);
        partition.end = end;
        if (partition.next >= end) continue;
        reader.start({topic, number}, partition.next);
        ++open;
    }
    auto heard = std::chrono::steady_clock::now();
    while (open > 0) {
        reader.poll(milliseconds{100}, 10'000, [&](events::Record&& record) {
            auto& partition = read.at(record.partition);
            if (record.offset >= partition.end) return;
            heard = std::chrono::steady_clock::now();
            if (record.offset + 1 == partition.end) --open;
            if (partition.rule.see(record.envelope) != events::ReadersRule::Verdict::accepted) return;
            if (!known.contains({{topic, record.partition}, record.offset})) books.enter(record);
        });
        if (std::chrono::steady_clock::now() - heard > longest_silence) {
            throw kafka::Error("the log cannot be read to its end", 0, false, true);
        }
    }
}

}  // namespace

OurBooks read_log(const kafka::Settings& kafka, const postgres::Settings& postgres, const Wanted& wanted)
{
    OurBooks books;
    postgres::Session session(postgres);
    // First how far it has read, then what it knows: what comes between is in both, and entered once.
    const auto read = read_by_model(session);
    const auto places = known_places(session, wanted);
    enter_known(kafka, places, books);
    enter_unread(kafka, read, places, books);
    return books;
}

}  // namespace jangteo::ops::reconcile
