#include "projections/runtime/unpark.hpp"

#include "projections/runtime/postgres_store.hpp"

#include <limits>
#include <optional>
#include <span>

namespace jangteo::projections {

namespace {

constexpr std::chrono::milliseconds log_timeout{10'000};
constexpr std::size_t rows_in_memory = 10'000;

constexpr std::string_view offsets_sql =
    "SELECT \"offset\" FROM projections.parked WHERE projection = $1 AND version = $2 AND context = $3"
    " AND partition = $4 AND aggregate = $5 ORDER BY \"offset\"";

std::vector<postgres::Parameter> key_of(const ReadModel& model, const Place& place, const std::string& aggregate)
{
    return {model.name(), model.version(), place.context, place.partition, aggregate};
}

std::vector<std::int64_t> offsets_in(const postgres::Rows& rows)
{
    std::vector<std::int64_t> offsets;
    for (std::size_t i = 0; i < rows.size(); ++i) offsets.push_back(rows.integer(i, 0));
    return offsets;
}

/// Applied events, and why the next one could not be.
struct Applied {
    std::size_t count = 0;
    std::string reason;
};

/// Those of the records, from the first on, that can be applied.
Applied apply(Folding& folding, std::span<const events::Record> records, const Place& place, RowSource& source)
{
    std::size_t staged = 0;
    std::string reason;
    for (const auto& record : records) {
        try {
            folding.stage(record,
                          {place.context, place.partition, record.offset, record.envelope.time, record.envelope});
            ++staged;
        } catch (const std::exception& error) {
            reason = error.what();
            break;
        }
    }
    folding.load(source);
    for (std::size_t i = 0; i < staged; ++i) {
        try {
            folding.apply(i);
        } catch (const postgres::Unavailable&) {
            throw;
        } catch (const postgres::StatementError&) {
            throw;
        } catch (const std::exception& error) {
            return {i, error.what()};
        }
    }
    return {staged, reason};
}

class Unparking {
public:
    Unparking(const ReadModel& model, const Place& place, const std::string& aggregate, bool leave_out_first,
              const std::function<void(postgres::Transaction&, const Unparked&)>& note)
        : model_(model),
          place_(place),
          aggregate_(aggregate),
          leave_out_first_(leave_out_first),
          note_(note),
          store_(model)
    {}

    /// At most so many events. Empty: others have come to wait meanwhile.
    std::optional<Unparked> run(postgres::Session& session, const std::vector<events::Record>& records,
                                std::size_t most)
    {
        return session.transact([&](postgres::Transaction& transaction) {
            store_.forget();
            store_.open(transaction, {place_});  // Holds up a switch of tables.
            transaction.run(
                "SELECT next_offset FROM projections.checkpoints WHERE projection = $1 AND version = $2 AND topic = $3"
                " AND partition = $4 FOR UPDATE",
                {model_.name(), model_.version(), events_topic(place_.context), place_.partition});
            const auto waiting = offsets_in(transaction.run(offsets_sql, key_of(model_, place_, aggregate_)));
            if (waiting.size() != records.size()) return std::optional<Unparked>();
            return std::optional(apply_and_write(transaction, records, most));
        });
    }

private:
    Unparked apply_and_write(postgres::Transaction& transaction, std::span<const events::Record> records,
                             std::size_t most)
    {
        Unparked done;
        if (leave_out_first_ && !records.empty()) {
            done.left_out = records.front().offset;
            records = records.subspan(1);
        }
        const auto folding = model_.folding(rows_in_memory);
        PostgresStore::Source source(store_, transaction);
        const auto tried = records.first(std::min(most, records.size()));
        const auto applied = apply(*folding, tried, place_, source);
        done.applied = applied.count;
        done.waiting = records.size() - applied.count;
        done.reason = applied.reason;
        if (done.applied == 0 && done.left_out < 0) return done;

        Batch batch;
        batch.tables = folding->changes();
        store_.write(transaction, batch);
        const bool all = done.waiting == 0;
        const auto keep_from = all ? std::numeric_limits<std::int64_t>::max() : records[applied.count].offset;
        auto key = key_of(model_, place_, aggregate_);
        key.emplace_back(keep_from);
        transaction.run(
            "DELETE FROM projections.parked WHERE projection = $1 AND version = $2 AND context = $3 AND partition = $4"
            " AND aggregate = $5 AND \"offset\" < $6",
            key);
        if (!all) {
            key.emplace_back(done.reason.empty() ? "it waits to be applied" : done.reason);
            transaction.run(
                "UPDATE projections.parked SET first = true, reason = $7 WHERE projection = $1 AND version = $2"
                " AND context = $3 AND partition = $4 AND aggregate = $5 AND \"offset\" = $6",
                key);
        }
        transaction.run(
            "UPDATE projections.checkpoints SET interventions = interventions + 1 WHERE projection = $1"
            " AND version = $2 AND topic = $3 AND partition = $4",
            {model_.name(), model_.version(), events_topic(place_.context), place_.partition});
        note_(transaction, done);
        return done;
    }

    const ReadModel& model_;
    const Place& place_;
    const std::string& aggregate_;
    const bool leave_out_first_;
    const std::function<void(postgres::Transaction&, const Unparked&)>& note_;
    PostgresStore store_;
};

std::vector<events::Record> records_at(kafka::RecordFetcher& fetcher, const Place& place,
                                       const std::vector<std::int64_t>& offsets)
{
    std::vector<kafka::RecordPlace> places;
    for (const auto offset : offsets) places.push_back({{events_topic(place.context), place.partition}, offset});
    std::vector<events::Record> records;
    for (auto& record : fetcher.fetch(places, log_timeout)) {
        if (!record) throw kafka::Error("a parked event is not in the log", 0, false, false);
        records.push_back(std::move(*record));
    }
    return records;
}

bool is_about_data(const postgres::StatementError& error)
{
    return error.sqlstate().starts_with("22") || error.sqlstate().starts_with("23");
}

}  // namespace

std::vector<std::int64_t> parked_offsets(postgres::Session& session, const ReadModel& model, const Place& place,
                                         const std::string& aggregate)
{
    return offsets_in(session.query(offsets_sql, key_of(model, place, aggregate)));
}

Unparked unpark(const ReadModel& model, postgres::Session& session, kafka::RecordFetcher& fetcher, const Place& place,
                const std::string& aggregate, bool leave_out_first,
                const std::function<void(postgres::Transaction&, const Unparked&)>& note)
{
    std::size_t most = std::numeric_limits<std::size_t>::max();
    while (true) {
        const auto records = records_at(fetcher, place, parked_offsets(session, model, place, aggregate));
        if (records.empty()) return {};
        Unparking unparking(model, place, aggregate, leave_out_first, note);
        try {
            if (const auto done = unparking.run(session, records, most)) return *done;
        } catch (const postgres::StatementError& error) {
            if (!is_about_data(error)) throw;
            // The store refuses what one of them brings: those before it go in alone.
            const auto tried = std::min(most, records.size() - (leave_out_first ? 1 : 0));
            if (tried == 0) throw;
            if (tried == 1 && !leave_out_first) return {-1, 0, records.size(), error.what()};
            most = tried / 2;
        }
    }
}

}  // namespace jangteo::projections
