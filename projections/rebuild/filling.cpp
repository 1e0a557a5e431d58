#include "projections/rebuild/filling.hpp"

#include "infra/kafka/partition_reader.hpp"
#include "projections/runtime/copy_text.hpp"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

namespace jangteo::projections::rebuild {

namespace {

using namespace std::chrono_literals;

/// Somebody reads as fast as he can, a partition at a time.
const kafka::PartitionReaderOptions reading{
    .fetch_wait = 100ms, .queued_records = 50'000, .queued_kilobytes = 16'384, .fetch_bytes = 4 << 20};
constexpr std::size_t records_at_once = 4'096;
constexpr auto longest_silence = 60s;

/// Beside what an event brings, a row takes its place in memory. Measured with orders, the largest: 900 bytes.
constexpr std::size_t bytes_of_a_row = 1'024;

class Nowhere final : public RowSource {
public:
    void load(const TableDefinition&, const RowImages&, const std::function<void(std::string_view)>&) override {}
};

std::vector<std::string> column_names(const TableDefinition& table)
{
    std::vector<std::string> names;
    for (const auto& column : table.columns) names.push_back(quoted(column.name));
    return names;
}

void copy(postgres::Transaction& transaction, const TableSet& set, const TableChanges& changes)
{
    std::string lines;
    append_copy_lines(lines, *changes.table, changes.rows);
    auto copy = transaction.copy(quoted(set.schema) + "." + quoted(changes.table->name), column_names(*changes.table));
    copy.lines(lines);
    copy.finish();
}

/// Reads one partition up to its bound, in batches.
class Source {
public:
    Source(const kafka::Settings& settings, const Place& place, std::int64_t from, Bound& bound)
        : reader_(settings, reading), bound_(bound), next_(from)
    {
        if (next_ < bound_.below) reader_.start({events_topic(place.context), place.partition}, from);
    }

    /// Empty at the end.
    const std::vector<events::Record>& next()
    {
        records_.clear();
        const auto until = std::chrono::steady_clock::now() + longest_silence;
        while (records_.empty() && next_ < bound_.below) {
            if (std::chrono::steady_clock::now() > until)
                throw kafka::Error("the log cannot be read to its end", 0, false, true);
            reader_.poll(100ms, records_at_once, [&](events::Record&& record) {
                if (!bound_.admits(record)) return;
                next_ = record.offset + 1;
                records_.push_back(std::move(record));
            });
        }
        return records_;
    }

private:
    kafka::PartitionReader reader_;
    Bound& bound_;
    std::int64_t next_;
    std::vector<events::Record> records_;
};

}  // namespace

std::int64_t Filling::fill(Bounds& bounds)
{
    std::vector<Bounds::value_type*> places;
    for (auto& bound : bounds) places.push_back(&bound);
    // The long ones first, so that no thread is left alone with one.
    std::ranges::sort(places, std::greater{}, [](const auto* one) { return one->second.below; });

    std::mutex mutex;
    std::exception_ptr trouble;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < settings_.threads; ++i) {
            threads.emplace_back([&] {
                try {
                    work(places);
                } catch (...) {
                    failed_ = true;
                    const std::lock_guard lock(mutex);
                    if (!trouble) trouble = std::current_exception();
                }
            });
        }
    }
    if (trouble) std::rethrow_exception(trouble);
    return read_;
}

void Filling::work(const std::vector<Bounds::value_type*>& places)
{
    postgres::Session session({.conninfo = settings_.postgres,
                               .application_name = "jangteo rebuild",
                               .synchronous_commit = false,  // The switch waits for the disk, and so for all of this.
                               .statement_timeout = 0ms});
    for (;;) {
        const auto mine = next_++;
        if (mine >= places.size() || failed_) return;
        fill(session, places[mine]->first, places[mine]->second);
    }
}

void Filling::fill(postgres::Session& session, const Place& place, Bound& bound)
{
    const bool gathers = std::ranges::any_of(settings_.model->tables(),
                                             [](const auto& table) { return table.writing == Writing::upsert; });
    PostgresStore store(*settings_.model, building_.set());
    const auto stored = store.open(session, {place}).at(place);
    if (stored.progress.next_offset > 0) return;

    std::int64_t read = 0;
    const auto in_one_transaction = [&](postgres::Transaction& transaction) {
        building_.fence(transaction);
        if (!store.lock(transaction, {{place, stored.progress}})) throw Refused("somebody else fills the same tables");
        Projector projector(*settings_.model, Projector::Gathering{}, settings_.parking);
        projector.open(place, stored.progress, {});
        Source source(settings_.kafka, place, 0, bound);
        Nowhere nowhere;
        std::size_t memory = 0;
        std::int64_t aggregates = 0;
        Batch whole;
        read = 0;
        for (const auto* records = &source.next(); !records->empty(); records = &source.next()) {
            auto batch = projector.fold(*records, nowhere);
            for (const auto& changes : batch.tables) copy(transaction, building_.set(), changes);
            projector.settle(batch);
            if (projector.stopped(place)) break;
            whole.parked.insert(whole.parked.end(), batch.parked.begin(), batch.parked.end());
            if (gathers) {
                for (const auto& record : *records) memory += record.value.size();
                const auto seen = projector.progress(place).aggregates;
                memory += static_cast<std::size_t>(seen - std::exchange(aggregates, seen)) * bytes_of_a_row;
            }
            read += static_cast<std::int64_t>(records->size());
            telling_.read(static_cast<std::int64_t>(records->size()));
            if (memory > settings_.memory_limit / settings_.threads || failed_) break;
        }
        if (projector.stopped(place)) {
            throw Refused("more aggregates than allowed cannot be applied in " + events_topic(place.context) + "[" +
                          std::to_string(place.partition) + "]: it is the program that is wrong, not they");
        }
        projector.give_gathered([&](const TableChanges& changes) { copy(transaction, building_.set(), changes); });
        whole.moved.push_back({place, stored.progress, projector.progress(place)});
        store.write(transaction, whole);
        if (settings_.on_step) settings_.on_step(Step::filling);
    };
    try {
        session.transact(in_one_transaction);
    } catch (const postgres::StatementError& error) {
        // Some record brings what the server cannot hold. Following finds and parks it.
        if (!error.is_about_data()) throw;
        return;
    }
    read_ += read;
    if (settings_.on_step) settings_.on_step(Step::filled);
}

}  // namespace jangteo::projections::rebuild
