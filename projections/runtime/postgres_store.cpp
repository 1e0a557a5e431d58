#include "projections/runtime/postgres_store.hpp"

#include "events/seeded_bugs.hpp"
#include "infra/postgres/array_text.hpp"

#include <utility>

namespace jangteo::projections {

namespace {

using postgres::ArrayText;

constexpr std::uint32_t columns_with_nulls = 1;

/// Arrays of the given columns' values in PostgreSQL's binary form, cut from images of these columns.
std::vector<std::string> arrays_of(const TableDefinition& table, const std::vector<std::size_t>& columns,
                                   const RowImages& rows)
{
    std::vector<std::string> arrays(columns.size());
    constexpr std::size_t flags_at = 4;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto& array = arrays[i];
        array.reserve(rows.bytes.size() / columns.size());
        append_big_endian(array, 1);  // Dimensions.
        append_big_endian(array, 0);  // Set below when there is a null.
        append_big_endian(array, table.columns[columns[i]].type.oid);
        append_big_endian(array, static_cast<std::uint32_t>(rows.count));
        append_big_endian(array, 1);  // The first index.
    }
    std::string_view rest = rows.bytes;
    for (std::size_t row = 0; row < rows.count; ++row) {
        for (auto& array : arrays) {
            const auto start = rest;
            if (!next_value(rest)) array[flags_at + 3] = static_cast<char>(columns_with_nulls);
            array.append(start.substr(0, start.size() - rest.size()));
        }
    }
    return arrays;
}

/// What `record_send` wrote: the number of columns, and for each its type, length and bytes. An image has no types.
std::string image_of(std::string_view record)
{
    std::string image;
    image.reserve(record.size());
    record.remove_prefix(4);
    while (!record.empty()) {
        record.remove_prefix(4);
        const auto start = record;
        next_value(record);
        image.append(start.substr(0, start.size() - record.size()));
    }
    return image;
}

struct PlaceArrays {
    ArrayText topics;
    ArrayText partitions;

    void add(const Place& place)
    {
        topics.add(events_topic(place.context));
        partitions.add(place.partition);
    }
};

}  // namespace

TableSet TableSet::live(std::string_view model)
{
    return {std::string(model), "read_" + std::string(model)};
}

TableSet TableSet::beside(std::string_view model, std::string_view which)
{
    auto set = live(model);
    set.name.append(":").append(which);
    set.schema.append("_").append(which);
    return set;
}

PostgresStore::PostgresStore(const ReadModel& model, TableSet set) : model_(model), set_(std::move(set))
{
    for (const auto& table : model.tables()) {
        statements_[std::string(table.name)] = {write_statement(table, set_.schema),
                                                load_statement(table, set_.schema)};
    }
}

std::string PostgresStore::definition_of(const ReadModel& model)
{
    std::string text;
    for (const auto& table : model.tables()) text += create_statements(table, TableSet::live(model.name()).schema);
    return text;
}

const PostgresStore::Statements& PostgresStore::statements_of(const TableDefinition& table) const
{
    return statements_.find(table.name)->second;
}

void PostgresStore::prepare(postgres::Session& session)
{
    session.transact([&](postgres::Transaction& transaction) {
        // Two processes may start at once.
        transaction.run("SELECT pg_advisory_xact_lock(hashtext('jangteo.projections'), hashtext($1))", {set_.name});
        const auto found =
            transaction.run("SELECT version, definition FROM projections.registry WHERE name = $1 AND schema_name = $2",
                            {set_.name, set_.schema});
        if (found.empty()) return create(transaction);
        const auto version = found.integer(0, 0);
        if (version != model_.version()) {
            throw WrongVersion("the tables in " + set_.schema + " are version " + std::to_string(version) +
                               " of the read model '" + set_.name + "', and this program writes version " +
                               std::to_string(model_.version()) + ": rebuild it (jangteo rebuild " + set_.name + ")");
        }
        if (found.text(0, 1) != definition_of(model_)) {
            throw WrongVersion("the definition of the read model '" + set_.name +
                               "' has changed, but its version has not: raise it in projections/" + set_.name +
                               ".hpp and rebuild it (jangteo rebuild " + set_.name + ")");
        }
    });
}

void PostgresStore::create(postgres::Transaction& transaction)
{
    transaction.execute("CREATE SCHEMA " + quoted(set_.schema));
    for (const auto& table : model_.tables()) transaction.execute(create_statements(table, set_.schema));
    transaction.run("INSERT INTO projections.registry (name, version, schema_name, definition) VALUES ($1, $2, $3, $4)",
                    {set_.name, model_.version(), set_.schema, definition_of(model_)});
    // Empty tables contain nothing of the log, whatever a former set of them had come to.
    for (const auto* table : {"checkpoints", "parked"}) {
        transaction.run(std::string("DELETE FROM projections.") + table + " WHERE projection = $1 AND version = $2",
                        {set_.name, model_.version()});
    }
}

std::map<Place, PostgresStore::Stored> PostgresStore::open(postgres::Session& session, const std::vector<Place>& places)
{
    return session.transact([&](postgres::Transaction& transaction) { return open(transaction, places); });
}

std::map<Place, PostgresStore::Stored> PostgresStore::open(postgres::Transaction& transaction,
                                                           const std::vector<Place>& places)
{
    // Held to the end, so that no switch of tables comes between.
    const auto registered = transaction.run(
        "SELECT tables FROM projections.registry WHERE name = $1 AND version = $2 AND schema_name = $3 FOR SHARE",
        {set_.name, model_.version(), set_.schema});
    if (registered.empty()) {
        throw WrongVersion("there is no version " + std::to_string(model_.version()) + " of the read model '" +
                           set_.name + "' in " + set_.schema + " (any more)");
    }
    const auto tables = registered.uuid(0, 0);
    if (tables_ && *tables_ != tables) {
        tables_.reset();
        throw OtherTables("other tables have taken the place of those in " + set_.schema);
    }
    tables_ = tables;

    PlaceArrays wanted;
    for (const auto& place : places) wanted.add(place);
    const auto topics = wanted.topics.take();
    const auto partitions = wanted.partitions.take();
    transaction.run(
        "INSERT INTO projections.checkpoints"
        " (projection, version, topic, partition, next_offset, writer, command_offset, sequence)"
        " SELECT $1, $2, topic, partition, 0, '00000000-0000-0000-0000-000000000000', -1, 0"
        " FROM unnest($3::text[], $4::integer[]) AS wanted(topic, partition)"
        " ORDER BY topic, partition ON CONFLICT DO NOTHING",
        {set_.name, model_.version(), topics, partitions});

    std::map<Place, Stored> stored;
    const auto rows = transaction.run(
        "SELECT topic, partition, next_offset, writer, command_offset, sequence, aggregates, interventions"
        " FROM projections.checkpoints"
        " WHERE projection = $1 AND version = $2"
        " AND (topic, partition) IN (SELECT * FROM unnest($3::text[], $4::integer[]))",
        {set_.name, model_.version(), topics, partitions});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Place place{std::string(context_of(rows.text(i, 0))), static_cast<std::int32_t>(rows.integer(i, 1))};
        stored[place].progress = {rows.integer(i, 2), rows.uuid(i, 3),    rows.integer(i, 4),
                                  rows.integer(i, 5), rows.integer(i, 6), rows.integer(i, 7)};
    }
    const auto parked = transaction.run(
        "SELECT DISTINCT context, partition, aggregate FROM projections.parked WHERE projection = $1 AND version = "
        "$2"
        " AND (context || '.events', partition) IN (SELECT * FROM unnest($3::text[], $4::integer[]))",
        {set_.name, model_.version(), topics, partitions});
    for (std::size_t i = 0; i < parked.size(); ++i) {
        const Place place{std::string(parked.text(i, 0)), static_cast<std::int32_t>(parked.integer(i, 1))};
        stored[place].parked.emplace(parked.text(i, 2));
    }
    return stored;
}

std::map<Place, std::int64_t> PostgresStore::interventions(postgres::Session& session)
{
    const auto rows = session.query(
        "SELECT topic, partition, interventions FROM projections.checkpoints WHERE projection = $1 AND version = $2",
        {set_.name, model_.version()});
    std::map<Place, std::int64_t> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        found[{std::string(context_of(rows.text(i, 0))), static_cast<std::int32_t>(rows.integer(i, 1))}] =
            rows.integer(i, 2);
    }
    return found;
}

bool PostgresStore::lock(postgres::Transaction& transaction, const std::map<Place, Progress>& expected)
{
    PlaceArrays wanted;
    for (const auto& [place, progress] : expected) wanted.add(place);
    const auto rows = transaction.run(
        "SELECT topic, partition, next_offset, writer, command_offset, sequence, interventions, tables"
        " FROM projections.checkpoints c JOIN projections.registry r ON r.name = c.projection AND r.version = c.version"
        " WHERE projection = $1 AND c.version = $2"
        " AND (topic, partition) IN (SELECT * FROM unnest($3::text[], $4::integer[]))"
        " ORDER BY topic, partition FOR UPDATE OF c",
        {set_.name, model_.version(), wanted.topics.take(), wanted.partitions.take()});
    if (rows.size() != expected.size()) return false;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Place place{std::string(context_of(rows.text(i, 0))), static_cast<std::int32_t>(rows.integer(i, 1))};
        const auto found = expected.find(place);
        if (found == expected.end()) return false;
        const auto& progress = found->second;
        if (rows.integer(i, 2) != progress.next_offset || rows.uuid(i, 3) != progress.writer ||
            rows.integer(i, 4) != progress.command_offset || rows.integer(i, 5) != progress.sequence ||
            rows.integer(i, 6) != progress.interventions || rows.uuid(i, 7) != tables_) {
            return false;
        }
    }
    return true;
}

void PostgresStore::write(postgres::Transaction& transaction, const Batch& batch)
{
    for (const auto& changes : batch.tables) {
        transaction.run_binary(statements_of(*changes.table).write,
                               arrays_of(*changes.table, all_columns(*changes.table), changes.rows));
    }

    if (!batch.parked.empty()) {
        ArrayText contexts, partitions, offsets, aggregates, first, reasons, times;
        for (const auto& parked : batch.parked) {
            contexts.add(parked.place.context);
            partitions.add(parked.place.partition);
            offsets.add(parked.offset);
            aggregates.add(parked.aggregate);
            first.add(parked.first);
            reasons.add(parked.reason);
            times.add(parked.time);
        }
        transaction.run(
            "INSERT INTO projections.parked"
            " (projection, version, context, partition, \"offset\", aggregate, first, reason, event_time)"
            " SELECT $1, $2, * FROM unnest($3::text[], $4::integer[], $5::bigint[], $6::text[], $7::boolean[],"
            " $8::text[], $9::timestamptz[])",
            {set_.name, model_.version(), contexts.take(), partitions.take(), offsets.take(), aggregates.take(),
             first.take(), reasons.take(), times.take()});
    }
    if (!seeded("checkpoint outside the transaction")) write_checkpoints(transaction, batch);
}

void PostgresStore::write_checkpoints(postgres::Transaction& transaction, const Batch& batch)
{
    PlaceArrays places;
    ArrayText next_offsets, writers, command_offsets, sequences, aggregates;
    for (const auto& moved : batch.moved) {
        places.add(moved.place);
        next_offsets.add(moved.after.next_offset);
        writers.add(moved.after.writer);
        command_offsets.add(moved.after.command_offset);
        sequences.add(moved.after.sequence);
        aggregates.add(moved.after.aggregates);
    }
    transaction.run(
        "UPDATE projections.checkpoints c SET next_offset = n.next_offset, writer = n.writer,"
        " command_offset = n.command_offset, sequence = n.sequence, aggregates = n.aggregates, updated_at = now()"
        " FROM unnest($3::text[], $4::integer[], $5::bigint[], $6::uuid[], $7::bigint[], $8::bigint[], $9::bigint[])"
        " AS n(topic, partition, next_offset, writer, command_offset, sequence, aggregates)"
        " WHERE c.projection = $1 AND c.version = $2 AND c.topic = n.topic AND c.partition = n.partition",
        {set_.name, model_.version(), places.topics.take(), places.partitions.take(), next_offsets.take(),
         writers.take(), command_offsets.take(), sequences.take(), aggregates.take()});
}

std::size_t PostgresStore::delete_old(postgres::Session& session, std::size_t most)
{
    std::size_t deleted = 0;
    for (const auto& table : model_.tables()) {
        if (!table.retention) continue;
        deleted += session.transact([&](postgres::Transaction& transaction) {
            return transaction.run(delete_old_statement(table, set_.schema), {static_cast<std::int64_t>(most)})
                .affected();
        });
    }
    return deleted;
}

void PostgresStore::Source::load(const TableDefinition& table, const RowImages& keys,
                                 const std::function<void(std::string_view image)>& see)
{
    const auto rows = transaction_.run_binary(store_.statements_of(table).load, arrays_of(table, table.key, keys));
    for (std::size_t i = 0; i < rows.size(); ++i) see(image_of(rows.bytes(i, 0)));
}

}  // namespace jangteo::projections
