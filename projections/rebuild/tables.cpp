#include "projections/rebuild/tables.hpp"

#include <chrono>
#include <thread>

namespace jangteo::projections::rebuild {

namespace {

constexpr std::chrono::seconds longest_farewell{2};

std::string text_of(Building::State state)
{
    switch (state) {
        case Building::State::filling: return "filling";
        case Building::State::indexing: return "indexing";
        case Building::State::following: break;
    }
    return "following";
}

Building::State state_of(std::string_view text)
{
    if (text == "filling") return Building::State::filling;
    return text == "indexing" ? Building::State::indexing : Building::State::following;
}

void rename_schema(postgres::Transaction& transaction, const std::string& from, const std::string& to)
{
    transaction.execute("ALTER SCHEMA " + quoted(from) + " RENAME TO " + quoted(to));
}

/// In everything that knows a set by its name.
void rename_set(postgres::Transaction& transaction, const TableSet& from, const TableSet& to)
{
    rename_schema(transaction, from.schema, to.schema);
    transaction.run("UPDATE projections.registry SET name = $2, schema_name = $3 WHERE name = $1",
                    {from.name, to.name, to.schema});
    transaction.run("UPDATE projections.checkpoints SET projection = $2 WHERE projection = $1", {from.name, to.name});
    transaction.run("UPDATE projections.parked SET projection = $2 WHERE projection = $1", {from.name, to.name});
}

}  // namespace

Guard::Guard(const Settings& settings)
    : session_({.conninfo = settings.postgres, .application_name = "jangteo rebuild guard"})
{
    const std::string model(settings.model->name());
    // PostgreSQL may notice a moment late that the one before has ended.
    for (const auto until = std::chrono::steady_clock::now() + longest_farewell;;) {
        const auto locked =
            session_.query("SELECT pg_try_advisory_lock(hashtext('jangteo.rebuild'), hashtext($1))", {model});
        if (locked.boolean(0, 0)) return;
        if (std::chrono::steady_clock::now() > until) break;
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    throw Refused("somebody else is rebuilding '" + model + "' at this moment: one at a time");
}

std::optional<Registered> registered(postgres::Transaction& transaction, const TableSet& set)
{
    const auto found = transaction.run(
        "SELECT version, definition FROM projections.registry WHERE name = $1 AND schema_name = $2 FOR UPDATE",
        {set.name, set.schema});
    if (found.empty()) return std::nullopt;
    return Registered{static_cast<int>(found.integer(0, 0)), std::string(found.text(0, 1))};
}

bool is_of(const ReadModel& model, const std::optional<Registered>& found)
{
    return found && found->version == model.version() && found->definition == PostgresStore::definition_of(model);
}

Building::State Building::claim(postgres::Session& session, bool anew)
{
    return session.transact([&](postgres::Transaction& transaction) {
        // Waits for what an interrupted builder's last transaction is still doing.
        const auto left =
            transaction.run("SELECT phase FROM projections.builds WHERE name = $1 FOR UPDATE", {set_.name});
        transaction.run(
            "INSERT INTO projections.builds (name, builder, phase) VALUES ($1, $2, 'filling')"
            " ON CONFLICT (name) DO UPDATE SET builder = excluded.builder, updated_at = now()",
            {set_.name, builder_});
        if (!left.empty() && !anew && is_of(model_, registered(transaction, set_))) return state_of(left.text(0, 0));
        drop_set(transaction, set_);
        create(transaction);
        advance(transaction, State::filling);
        return State::filling;
    });
}

void Building::claim_complete(postgres::Session& session)
{
    session.transact([&](postgres::Transaction& transaction) {
        transaction.run(
            "INSERT INTO projections.builds (name, builder, phase) VALUES ($1, $2, 'following')"
            " ON CONFLICT (name) DO UPDATE SET builder = excluded.builder, updated_at = now()",
            {set_.name, builder_});
    });
}

void Building::create(postgres::Transaction& transaction) const
{
    transaction.execute("CREATE SCHEMA " + quoted(set_.schema));
    for (const auto& table : model_.tables()) transaction.execute(bare_table_statement(table, set_.schema));
    transaction.run("INSERT INTO projections.registry (name, version, schema_name, definition) VALUES ($1, $2, $3, $4)",
                    {set_.name, model_.version(), set_.schema, PostgresStore::definition_of(model_)});
}

void Building::fence(postgres::Transaction& transaction) const
{
    const auto found = transaction.run("SELECT builder FROM projections.builds WHERE name = $1 FOR SHARE", {set_.name});
    if (found.empty() || found.uuid(0, 0) != builder_) {
        throw Refused("another rebuild has taken over from this one");
    }
}

void Building::advance(postgres::Transaction& transaction, State state) const
{
    transaction.run("UPDATE projections.builds SET phase = $2, updated_at = now() WHERE name = $1",
                    {set_.name, text_of(state)});
}

void Building::complete(postgres::Transaction& transaction) const
{
    // Should this process be killed, the server need not finish for nobody.
    transaction.execute("SET LOCAL client_connection_check_interval = '1s'; SET LOCAL maintenance_work_mem = '256MB'");
    for (const auto& table : model_.tables()) transaction.execute(completing_statements(table, set_.schema));
}

void Building::finish(postgres::Transaction& transaction) const
{
    transaction.run("DELETE FROM projections.builds WHERE name = $1", {set_.name});
}

void Building::take_the_place_of_live(postgres::Transaction& transaction) const
{
    const auto live = TableSet::live(model_.name());
    const auto aside = TableSet::beside(model_.name(), "aside");
    const bool there_are_live_ones = registered(transaction, live).has_value();
    if (there_are_live_ones) rename_set(transaction, live, aside);
    rename_set(transaction, set_, live);
    if (there_are_live_ones) rename_set(transaction, aside, TableSet::beside(model_.name(), "previous"));
    finish(transaction);
}

void drop_set(postgres::Transaction& transaction, const TableSet& set)
{
    transaction.execute("DROP SCHEMA IF EXISTS " + quoted(set.schema) + " CASCADE");
    transaction.run("DELETE FROM projections.registry WHERE name = $1", {set.name});
    transaction.run("DELETE FROM projections.checkpoints WHERE projection = $1", {set.name});
    transaction.run("DELETE FROM projections.parked WHERE projection = $1", {set.name});
}

std::map<Place, std::int64_t> positions(postgres::Transaction& transaction, const TableSet& set, bool locked)
{
    std::string sql =
        "SELECT topic, partition, next_offset FROM projections.checkpoints WHERE projection = $1"
        " ORDER BY topic, partition";
    if (locked) sql += " FOR UPDATE";
    const auto rows = transaction.run(sql, {set.name});
    std::map<Place, std::int64_t> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        found[{std::string(context_of(rows.text(i, 0))), static_cast<std::int32_t>(rows.integer(i, 1))}] =
            rows.integer(i, 2);
    }
    return found;
}

std::vector<Parked> parked_in(postgres::Transaction& transaction, const TableSet& set)
{
    const auto rows = transaction.run(
        "SELECT context, partition, \"offset\", aggregate, reason, event_time FROM projections.parked"
        " WHERE projection = $1 AND first ORDER BY 1, 2, 3",
        {set.name});
    std::vector<Parked> parked;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        parked.push_back({{std::string(rows.text(i, 0)), static_cast<std::int32_t>(rows.integer(i, 1))},
                          rows.integer(i, 2),
                          std::string(rows.text(i, 3)),
                          std::string(rows.text(i, 4)),
                          rows.timestamp(i, 5),
                          true});
    }
    return parked;
}

}  // namespace jangteo::projections::rebuild
