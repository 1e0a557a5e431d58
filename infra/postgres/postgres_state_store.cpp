#include "infra/postgres/postgres_state_store.hpp"

#include "infra/postgres/array_text.hpp"

#include <algorithm>
#include <tuple>

namespace jangteo::postgres {

namespace {

/// Rows in one statement, at most.
constexpr std::size_t rows_at_once = 5'000;
constexpr std::size_t keys_at_once = 20'000;

/// Roots first, and only forward; then the parts of the roots that were taken. The same row never comes twice.
constexpr std::string_view write_rows = R"sql(
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[]) AS row (key, part, "offset", state)
), roots AS (
    INSERT INTO write_side.snapshots AS old (space, partition, key, part, "offset", state)
    SELECT $1, $2, key, '', "offset", state FROM given WHERE part = '' AND state IS NOT NULL ORDER BY key
    ON CONFLICT (space, partition, key, part) DO UPDATE SET "offset" = excluded."offset", state = excluded.state
    WHERE old."offset" < excluded."offset"
    RETURNING key
), parts AS (
    INSERT INTO write_side.snapshots (space, partition, key, part, "offset", state)
    SELECT $1, $2, key, part, "offset", state FROM given JOIN roots USING (key)
    WHERE part <> '' AND state IS NOT NULL ORDER BY key, part
    ON CONFLICT (space, partition, key, part) DO UPDATE SET "offset" = excluded."offset", state = excluded.state
), erased_parts AS (
    DELETE FROM write_side.snapshots old USING given, roots
    WHERE roots.key = given.key AND given.part <> '' AND given.state IS NULL
      AND (old.space, old.partition, old.key, old.part) = ($1, $2, given.key, given.part)
)
DELETE FROM write_side.snapshots old USING given, write_side.snapshots root
WHERE given.part = '' AND given.state IS NULL
  AND (root.space, root.partition, root.key, root.part) = ($1, $2, given.key, '') AND root."offset" < given."offset"
  AND (old.space, old.partition, old.key) = ($1, $2, given.key))sql";

void write_rows_of(Transaction& transaction, const std::string& space, std::int32_t partition,
                   std::vector<const state::StateRow*>::const_iterator from,
                   std::vector<const state::StateRow*>::const_iterator to)
{
    ArrayText keys;
    ArrayText parts;
    ArrayText offsets;
    ArrayText states;
    for (auto row = from; row != to; ++row) {
        keys.add((*row)->key);
        parts.add((*row)->part);
        offsets.add((*row)->offset);
        states.add((*row)->state);
    }
    transaction.run(write_rows, {space, partition, keys.take(), parts.take(), offsets.take(), states.take()});
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
        "SELECT key, part, \"offset\", state FROM write_side.snapshots"
        " WHERE space = $1 AND partition = $2 AND key = ANY ($3::text[]) ORDER BY key, part",
        {space, partition, wanted.take()});
    loaded.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        loaded.push_back({std::string(rows.text(i, 0)), std::string(rows.text(i, 1)), rows.integer(i, 2),
                          std::string(rows.text(i, 3))});
    }
    return loaded;
}

void PostgresStateStore::each_key(const std::string& space, std::int32_t partition,
                                  const std::function<void(std::string_view)>& see)
{
    std::string last;
    while (true) {
        const Rows rows = session_.query(
            "SELECT key FROM write_side.snapshots WHERE space = $1 AND partition = $2 AND key > $3 AND part = ''"
            " ORDER BY key LIMIT $4::bigint",
            {space, partition, last, keys_at_once});
        for (std::size_t i = 0; i < rows.size(); ++i) see(rows.text(i, 0));
        if (rows.size() < keys_at_once) return;
        last = rows.text(rows.size() - 1, 0);
    }
}

void PostgresStateStore::write(const std::string& space, std::int32_t partition, const state::Flush& flush)
{
    // By key, so that an aggregate's root and parts stand together and two writers never lock rows crosswise.
    std::vector<const state::StateRow*> rows;
    rows.reserve(flush.rows.size());
    for (const auto& row : flush.rows) rows.push_back(&row);
    std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
        return std::tie(a->key, a->part) < std::tie(b->key, b->part);
    });

    session_.transact([&](Transaction& transaction) {
        const auto& mark = flush.watermark;
        if (lock_watermark(transaction, space, partition) >= mark.next_offset) return;
        for (auto from = rows.cbegin(); from != rows.cend();) {
            auto to = rows.cend() - from > static_cast<std::ptrdiff_t>(rows_at_once) ? from + rows_at_once : rows.cend();
            // An aggregate is written whole: its parts are taken with its root.
            while (to != rows.cend() && (*to)->key == (*(to - 1))->key) ++to;
            write_rows_of(transaction, space, partition, from, to);
            from = to;
        }
        write_timers(transaction, flush.timers);
        if (!flush.outcomes.empty()) {
            transaction.run(
                "INSERT INTO write_side.outcomes (space, partition, first_offset, next_offset, piece)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (space, partition, first_offset)"
                " DO UPDATE SET next_offset = excluded.next_offset, piece = excluded.piece",
                {space, partition, flush.outcomes_first_offset, mark.next_offset, bytes(flush.outcomes)});
        }
        transaction.run(
            "DELETE FROM write_side.outcomes WHERE space = $1 AND partition = $2 AND next_offset <= $3",
            {space, partition, flush.keep_outcomes_from});
        transaction.run(
            "UPDATE write_side.watermarks SET next_offset = $3, writer = $4, command_offset = $5, sequence = $6,"
            " answered_below = $7, updated_at = now() WHERE space = $1 AND partition = $2",
            {space, partition, mark.next_offset, mark.writer, mark.command_offset, mark.sequence,
             mark.answered_below});
    });
}

}  // namespace jangteo::postgres
