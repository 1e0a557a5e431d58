#include "projections/rebuild/following.hpp"

#include <algorithm>

namespace jangteo::projections::rebuild {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const kafka::PartitionReaderOptions reading{
    .fetch_wait = 20ms, .queued_records = 20'000, .queued_kilobytes = 4'096, .fetch_bytes = 1'048'576};
constexpr std::size_t batch_records = 20'000;
constexpr std::size_t records_at_once = 2'000;
constexpr std::size_t rows_in_memory = 50'000;
constexpr auto longest_silence = 60s;
/// While the live runner waits.
constexpr auto longest_within = 1'000ms;

Place place_of(const events::Record& record)
{
    return {std::string(context_of(record.topic)), record.partition};
}

}  // namespace

Following::Following(const Settings& settings, const Building& building, std::vector<Place> places, Telling& telling)
    : building_(building),
      places_(std::move(places)),
      telling_(telling),
      session_({.conninfo = settings.postgres, .application_name = "jangteo rebuild", .synchronous_commit = false}),
      store_(*settings.model, building.set()),
      projector_(*settings.model, rows_in_memory, settings.parking),
      reader_(settings.kafka, reading),
      most_records_(batch_records)
{}

void Following::begin_anew()
{
    for (const auto& place : places_) reader_.stop({events_topic(place.context), place.partition});
    projector_.close_all();
    store_.forget();
    ahead_.clear();
    opened_ = false;
}

void Following::open()
{
    if (opened_) return;
    for (auto& [place, stored] : store_.open(session_, places_)) {
        projector_.open(place, stored.progress, std::move(stored.parked));
        reader_.start({events_topic(place.context), place.partition}, stored.progress.next_offset);
    }
    opened_ = true;
}

std::int64_t Following::missing(const Bounds& bounds) const
{
    std::int64_t missing = 0;
    for (const auto& [place, bound] : bounds) {
        if (projector_.opened(place)) {
            missing += std::max<std::int64_t>(0, bound.below - projector_.progress(place).next_offset);
        }
    }
    return missing;
}

bool Following::reached(const Bounds& bounds) const
{
    return opened_ && missing(bounds) == 0;
}

/// Records within the bounds, per partition in order. What lies beyond stays for another time.
std::vector<events::Record> Following::read(Bounds& bounds, std::chrono::milliseconds wait, std::size_t most)
{
    std::vector<events::Record> records;
    const auto bound_of = [&](const Place& place) {
        const auto found = bounds.find(place);
        return found == bounds.end() ? nullptr : &found->second;
    };
    for (auto& [place, waiting] : ahead_) {
        auto* bound = bound_of(place);
        while (bound != nullptr && !waiting.empty() && records.size() < most && bound->admits(waiting.front())) {
            records.push_back(std::move(waiting.front()));
            waiting.pop_front();
        }
    }
    if (!records.empty()) return records;
    reader_.poll(wait, std::min(records_at_once, most), [&](events::Record&& record) {
        auto place = place_of(record);
        auto& waiting = ahead_[place];
        auto* bound = bound_of(place);
        if (waiting.empty() && bound != nullptr && bound->admits(record)) {
            records.push_back(std::move(record));
        } else {
            waiting.push_back(std::move(record));
        }
    });
    return records;
}

void Following::fail_when_stopped() const
{
    for (const auto& place : places_) {
        if (!projector_.stopped(place)) continue;
        throw Refused("more aggregates than allowed cannot be applied in " + events_topic(place.context) + "[" +
                      std::to_string(place.partition) + "]: it is the program that is wrong, not they");
    }
}

std::map<Place, Progress> Following::progress_of(const std::vector<events::Record>& records) const
{
    std::map<Place, Progress> expected;
    for (const auto& record : records) {
        auto place = place_of(record);
        if (!expected.contains(place)) expected.emplace(place, projector_.progress(place));
    }
    return expected;
}

std::int64_t Following::follow(Bounds& bounds)
{
    std::int64_t applied = 0;
    auto heard = Clock::now();
    open();
    while (!reached(bounds)) {
        open();
        fail_when_stopped();
        const auto records = read(bounds, 20ms, most_records_);
        if (records.empty()) {
            if (Clock::now() - heard > longest_silence) throw kafka::Error("the log cannot be read on", 0, false, true);
            continue;
        }
        heard = Clock::now();
        applied += apply(records);
        telling_.expect(applied + missing(bounds));
    }
    fail_when_stopped();
    return applied;
}

std::int64_t Following::apply(const std::vector<events::Record>& records)
{
    Batch batch;
    try {
        session_.transact([&](postgres::Transaction& transaction) {
            building_.fence(transaction);
            if (!store_.lock(transaction, progress_of(records))) throw Refused("somebody else fills the same tables");
            PostgresStore::Source source(store_, transaction);
            batch = projector_.fold(records, source);
            if (!batch.empty()) store_.write(transaction, batch);
        });
    } catch (const postgres::StatementError& error) {
        if (!error.is_about_data()) throw;
        refuse(records, error.what());
        return 0;
    }
    projector_.settle(batch);
    most_records_ = std::min(batch_records, most_records_ * 2);
    const auto count = static_cast<std::int64_t>(records.size());
    telling_.read(count);
    return count;
}

/// The store refuses what a record brings. Which one is found by halving the batch; the last one left is parked.
void Following::refuse(const std::vector<events::Record>& records, const std::string& reason)
{
    if (records.size() == 1) {
        projector_.refuse(place_of(records.front()), records.front().offset, reason);
    } else {
        most_records_ = records.size() / 2;
    }
    begin_anew();
}

Batch Following::follow_within(postgres::Transaction& transaction, Bounds& bounds)
{
    const auto until = Clock::now() + longest_within;
    std::vector<events::Record> records;
    for (auto left = missing(bounds); left > 0;) {
        if (Clock::now() > until || records.size() > batch_records) {
            throw TooFar("the last events have not come in time");
        }
        auto some = read(bounds, 5ms, batch_records);
        left -= static_cast<std::int64_t>(some.size());
        std::ranges::move(some, std::back_inserter(records));
    }
    if (records.empty()) return {};
    if (!store_.lock(transaction, progress_of(records))) throw Refused("somebody else fills the same tables");
    PostgresStore::Source source(store_, transaction);
    auto batch = projector_.fold(records, source);
    if (!batch.empty()) store_.write(transaction, batch);
    return batch;
}

}  // namespace jangteo::projections::rebuild
