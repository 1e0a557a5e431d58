#include "infra/postgres/postgres_state_store.hpp"

#include "infra/postgres/array_text.hpp"

#include <algorithm>
#include <span>

namespace jangteo::postgres {

namespace {

/// Rows in one statement, at most.
constexpr std::size_t rows_at_once = 5'000;
constexpr std::size_t keys_at_once = 20'000;

/// A layer is named by its offset; the whole row lies below all of them.
std::int64_t layer_of(const state::StateRow& row)
{
    return row.whole ? 0 : row.offset;
}

/// The statements take an array for a handful of rows, so nothing here joins two of them.
void write_rows(Transaction& transaction, const std::string& space, std::int32_t partition,
                std::span<const state::StateRow> rows)
{
    ArrayText keys;
    ArrayText layers;
    ArrayText offsets;
    ArrayText states;
    ArrayText whole_keys;
    ArrayText whole_offsets;
    for (const auto& row : rows) {
        keys.add(row.key);
        layers.add(layer_of(row));
        offsets.add(row.offset);
        states.add(row.state);
        if (!row.whole) continue;
        whole_keys.add(row.key);
        whole_offsets.add(row.offset);
    }
    transaction.run(
        "INSERT INTO write_side.snapshots AS old (space, partition, key, layer, \"offset\", state)"
        " SELECT $1, $2, * FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::text[])"
        " ON CONFLICT (space, partition, key, layer)"
        " DO UPDATE SET \"offset\" = excluded.\"offset\", state = excluded.state"
        " WHERE old.\"offset\" <= excluded.\"offset\"",
        {space, partition, keys.take(), layers.take(), offsets.take(), states.take()});
    transaction.run(
        "DELETE FROM write_side.snapshots old USING unnest($3::text[], $4::bigint[]) AS whole (key, \"offset\")"
        " WHERE (old.space, old.partition, old.key) = ($1, $2, whole.key)"
        " AND old.layer > 0 AND old.layer <= whole.\"offset\"",
        {space, partition, whole_keys.take(), whole_offsets.take()});
}

void write_timers(Transaction& transaction, const std::vector<state::TimerRow>& timers)
{
    if (timers.empty()) return;
    ArrayText ids;
    ArrayText sagas;
    ArrayText correlation_ids;
    ArrayText names;
    ArrayText tokens;
    ArrayText due;
    for (const auto& timer : timers) {
        ids.add(timer.id);
        sagas.add(timer.saga);
        correlation_ids.add(timer.correlation_id);
        names.add(timer.name);
        tokens.add(timer.token);
        due.add(timer.due_at);
    }
    transaction.run(R"sql(
INSERT INTO sagas.timers (id, saga, correlation_id, name, token, due_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
ON CONFLICT DO NOTHING)sql",
                    {ids.take(), sagas.take(), correlation_ids.take(), names.take(), tokens.take(), due.take()});
}

/// Who waits, for operators; `gone` do no longer.
void write_waiting(Transaction& transaction, const std::string& space, std::int32_t partition,
                   const std::vector<state::WaitingRow>& waiting, const std::vector<std::string>& gone)
{
    if (!gone.empty()) {
        ArrayText keys;
        for (const auto& key : gone) keys.add(key);
        transaction.run("DELETE FROM sagas.waiting WHERE space = $1 AND key = ANY ($2::text[])", {space, keys.take()});
    }
    if (waiting.empty()) return;
    ArrayText sagas, keys, phases, since, steps, waits_for, parked, because;
    for (const auto& row : waiting) {
        sagas.add(row.saga);
        keys.add(row.key);
        phases.add(row.phase);
        since.add(row.since);
        steps.add(row.steps);
        waits_for.add(row.waits_for);
        parked.add(row.parked);
        because.add(row.parked_because);
    }
    transaction.run(R"sql(
INSERT INTO sagas.waiting (space, partition, saga, key, phase, since, steps, waits_for, parked, parked_because)
SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[], $8::text[],
    $9::bigint[], $10::text[])
ON CONFLICT (space, key) DO UPDATE SET partition = excluded.partition, phase = excluded.phase, since = excluded.since,
    steps = excluded.steps, waits_for = excluded.waits_for, parked = excluded.parked,
    parked_because = excluded.parked_because)sql",
                    {space, partition, sagas.take(), keys.take(), phases.take(), since.take(), steps.take(),
                     waits_for.take(), parked.take(), because.take()});
}

/// Locks the partition's watermark, which is there afterwards. Returns how far it reaches; -1 for a new one.
std::int64_t lock_watermark(Transaction& transaction, const std::string& space, std::int32_t partition)
{
    constexpr std::string_view lock =
        "SELECT next_offset FROM write_side.watermarks WHERE space = $1 AND partition = $2 FOR UPDATE";
    if (const Rows found = transaction.run(lock, {space, partition}); !found.empty()) return found.integer(0, 0);
    transaction.run(
        "INSERT INTO write_side.watermarks (space, partition, next_offset, writer, command_offset, sequence,"
        " answered_below) VALUES ($1, $2, -1, '00000000-0000-0000-0000-000000000000', -1, 0, 0)"
        " ON CONFLICT DO NOTHING",
        {space, partition});
    return transaction.run(lock, {space, partition}).integer(0, 0);
}

}  // namespace

std::optional<state::Watermark> PostgresStateStore::watermark(const std::string& space, std::int32_t partition)
{
    const Rows rows = session_.query(
        "SELECT next_offset, writer, command_offset, sequence, answered_below FROM write_side.watermarks"
        " WHERE space = $1 AND partition = $2",
        {space, partition});
    if (rows.empty()) return std::nullopt;
    return state::Watermark{rows.integer(0, 0), rows.uuid(0, 1), rows.integer(0, 2), rows.integer(0, 3),
                            rows.integer(0, 4)};
}

std::vector<std::string> PostgresStateStore::outcomes(const std::string& space, std::int32_t partition)
{
    const Rows rows = session_.query(
        "SELECT piece FROM write_side.outcomes WHERE space = $1 AND partition = $2 ORDER BY first_offset",
        {space, partition});
    std::vector<std::string> pieces;
    pieces.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) pieces.push_back(rows.bytes(i, 0));
    return pieces;
}

std::vector<state::StateRow> PostgresStateStore::load(const std::string& space, std::int32_t partition,
                                                      const std::vector<std::string>& keys)
{
    std::vector<state::StateRow> loaded;
    if (keys.empty()) return loaded;
    ArrayText wanted;
    for (const auto& key : keys) wanted.add(key);
    const Rows rows = session_.query(
        "SELECT key, layer, \"offset\", state FROM write_side.snapshots"
        " WHERE space = $1 AND partition = $2 AND key = ANY ($3::text[]) ORDER BY key, layer",
        {space, partition, wanted.take()});
    loaded.reserve(rows.size());
    std::int64_t whole_offset = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool whole = rows.integer(i, 1) == 0;
        const std::int64_t offset = rows.integer(i, 2);
        if (whole) whole_offset = offset;
        // A former owner may have written a layer that this whole row covers, after the owner had looked.
        if (!whole && offset <= whole_offset) continue;
        loaded.push_back({std::string(rows.text(i, 0)), offset, whole, std::string(rows.text(i, 3))});
    }
    return loaded;
}

void PostgresStateStore::each_key(const std::string& space, std::int32_t partition,
                                  const std::function<void(std::string_view)>& see)
{
    std::string last;
    while (true) {
        const Rows rows = session_.query(
            "SELECT key FROM write_side.snapshots WHERE space = $1 AND partition = $2 AND key > $3 AND layer = 0"
            " ORDER BY key LIMIT $4::bigint",
            {space, partition, last, keys_at_once});
        for (std::size_t i = 0; i < rows.size(); ++i) see(rows.text(i, 0));
        if (rows.size() < keys_at_once) return;
        last = rows.text(rows.size() - 1, 0);
    }
}

void PostgresStateStore::write(const std::string& space, std::int32_t partition, const state::Flush& flush)
{
    session_.transact([&](Transaction& transaction) {
        const auto& mark = flush.watermark;
        if (lock_watermark(transaction, space, partition) >= mark.next_offset) return;
        for (std::size_t from = 0; from < flush.rows.size(); from += rows_at_once) {
            const auto count = std::min(rows_at_once, flush.rows.size() - from);
            write_rows(transaction, space, partition, std::span(flush.rows).subspan(from, count));
        }
        write_timers(transaction, flush.timers);
        write_waiting(transaction, space, partition, flush.waiting, flush.no_longer_waiting);
        if (!flush.outcomes.empty()) {
            transaction.run(
                "INSERT INTO write_side.outcomes (space, partition, first_offset, next_offset, piece)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (space, partition, first_offset)"
                " DO UPDATE SET next_offset = excluded.next_offset, piece = excluded.piece",
                {space, partition, flush.outcomes_first_offset, mark.next_offset, bytes(flush.outcomes)});
        }
        transaction.run("DELETE FROM write_side.outcomes WHERE space = $1 AND partition = $2 AND next_offset <= $3",
                        {space, partition, flush.keep_outcomes_from});
        transaction.run(
            "UPDATE write_side.watermarks SET next_offset = $3, writer = $4, command_offset = $5, sequence = $6,"
            " answered_below = $7, updated_at = now() WHERE space = $1 AND partition = $2",
            {space, partition, mark.next_offset, mark.writer, mark.command_offset, mark.sequence, mark.answered_below});
    });
}

}  // namespace jangteo::postgres
