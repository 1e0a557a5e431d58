#include "infra/postgres/postgres_state_store.hpp"

#include "infra/postgres/array_text.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <unordered_set>

namespace jangteo::postgres {

namespace {

/// Rows in one statement, at most.
constexpr std::size_t rows_at_once = 5'000;
constexpr std::size_t keys_at_once = 20'000;

using Row = const state::StateRow*;

/// One statement for many rows. The planner takes an array for a handful of rows, so nothing here joins two of them.
class Rowwise {
public:
    void add(const state::StateRow& row)
    {
        keys_.add(row.key);
        parts_.add(row.part);
        offsets_.add(row.offset);
        if (row.state) states_.add(*row.state);
        ++count_;
    }
    [[nodiscard]] std::size_t count() const { return count_; }

    Rows upsert(Transaction& transaction, const std::string& space, std::int32_t partition, std::string_view condition)
    {
        const std::string sql =
            std::string(
                "INSERT INTO write_side.snapshots AS old (space, partition, key, part, \"offset\", state)"
                " SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[])"
                " ON CONFLICT (space, partition, key, part)"
                " DO UPDATE SET \"offset\" = excluded.\"offset\", state = excluded.state ") +
            std::string(condition);
        return transaction.run(sql, {space, partition, keys_.take(), parts_.take(), offsets_.take(), states_.take()});
    }

    void erase_parts(Transaction& transaction, const std::string& space, std::int32_t partition)
    {
        transaction.run(
            "DELETE FROM write_side.snapshots old USING unnest($3::text[], $4::text[]) AS gone (key, part)"
            " WHERE (old.space, old.partition, old.key, old.part) = ($1, $2, gone.key, gone.part)",
            {space, partition, keys_.take(), parts_.take()});
    }

private:
    ArrayText keys_;
    ArrayText parts_;
    ArrayText offsets_;
    ArrayText states_;
    std::size_t count_ = 0;
};

/// An aggregate that is no more goes with its parts, unless what is stored is newer.
void erase_aggregate(Transaction& transaction, const std::string& space, std::int32_t partition,
                     const state::StateRow& root)
{
    transaction.run(
        "DELETE FROM write_side.snapshots WHERE space = $1 AND partition = $2 AND key = $3 AND EXISTS"
        " (SELECT FROM write_side.snapshots root WHERE root.space = $1 AND root.partition = $2 AND root.key = $3"
        " AND root.part = '' AND root.\"offset\" < $4)",
        {space, partition, root.key, root.offset});
}

/// Roots first, and only forward; then the parts of the roots that were taken. Rows come by key, and an aggregate's rows
/// come together.
void write_rows(Transaction& transaction, const std::string& space, std::int32_t partition, std::span<const Row> rows)
{
    Rowwise roots;
    for (const Row row : rows) {
        if (!row->part.empty()) continue;
        if (row->state)
            roots.add(*row);
        else
            erase_aggregate(transaction, space, partition, *row);
    }
    if (roots.count() == 0) return;
    const Rows taken_rows =
        roots.upsert(transaction, space, partition, "WHERE old.\"offset\" < excluded.\"offset\" RETURNING key");
    std::unordered_set<std::string_view> taken;
    for (std::size_t i = 0; i < taken_rows.size(); ++i) taken.insert(taken_rows.text(i, 0));

    Rowwise parts;
    Rowwise erased;
    for (const Row row : rows) {
        if (row->part.empty() || !taken.contains(row->key)) continue;
        (row->state ? parts : erased).add(*row);
    }
    if (parts.count() > 0) parts.upsert(transaction, space, partition, "");
    if (erased.count() > 0) erased.erase_parts(transaction, space, partition);
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
    std::vector<Row> rows;
    rows.reserve(flush.rows.size());
    for (const auto& row : flush.rows) rows.push_back(&row);
    std::sort(rows.begin(), rows.end(),
              [](Row a, Row b) { return std::tie(a->key, a->part) < std::tie(b->key, b->part); });

    session_.transact([&](Transaction& transaction) {
        const auto& mark = flush.watermark;
        if (lock_watermark(transaction, space, partition) >= mark.next_offset) return;
        for (std::size_t from = 0; from < rows.size();) {
            std::size_t to = std::min(from + rows_at_once, rows.size());
            // An aggregate is written whole: its parts are taken with its root.
            while (to < rows.size() && rows[to]->key == rows[to - 1]->key) ++to;
            write_rows(transaction, space, partition, std::span(rows).subspan(from, to - from));
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
        transaction.run("DELETE FROM write_side.outcomes WHERE space = $1 AND partition = $2 AND next_offset <= $3",
                        {space, partition, flush.keep_outcomes_from});
        transaction.run(
            "UPDATE write_side.watermarks SET next_offset = $3, writer = $4, command_offset = $5, sequence = $6,"
            " answered_below = $7, updated_at = now() WHERE space = $1 AND partition = $2",
            {space, partition, mark.next_offset, mark.writer, mark.command_offset, mark.sequence, mark.answered_below});
    });
}

}  // namespace jangteo::postgres
