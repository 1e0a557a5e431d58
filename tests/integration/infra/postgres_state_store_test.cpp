#include "infra/postgres/postgres_state_store.hpp"
#include "infra/postgres/migrations.hpp"
#include "tests/integration/infra/database.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <map>
#include <set>
#include <thread>

namespace jangteo::postgres {
namespace {

using state::Flush;
using state::StateRow;

class StateStoreInPostgres : public ::testing::Test {
protected:
    void SetUp() override
    {
        Session session(database.settings());
        migrate(session);
    }

    /// What is stored of these keys: for each its rows in order, `=` for whole and `+` for a layer, offset and state.
    std::map<std::string, std::vector<std::string>> stored(const std::vector<std::string>& keys)
    {
        std::map<std::string, std::vector<std::string>> rows;
        for (const auto& row : store.load(space, 3, keys)) {
            rows[row.key].push_back((row.whole ? "=" : "+") + std::to_string(row.offset) + " " + row.state);
        }
        return rows;
    }
    using Stored = std::map<std::string, std::vector<std::string>>;

    static Flush flush(std::int64_t next_offset, std::vector<StateRow> rows)
    {
        Flush made;
        made.rows = std::move(rows);
        made.watermark = {next_offset, {}, next_offset - 1, next_offset, 0};
        return made;
    }

    const std::string space = "producers/test";
    tests::Database database;
    PostgresStateStore store{database.settings()};
};

TEST_F(StateStoreInPostgres, knows_nothing_at_first)
{
    EXPECT_FALSE(store.watermark(space, 3));
    EXPECT_TRUE(store.outcomes(space, 3).empty());
    EXPECT_TRUE(store.load(space, 3, {"a"}).empty());
    EXPECT_TRUE(store.load(space, 3, {}).empty());
    store.each_key(space, 3, [](std::string_view) { ADD_FAILURE(); });
}

TEST_F(StateStoreInPostgres, gives_back_what_was_written)
{
    auto written = flush(10, {{"a", 7, true, R"({"name":"it's \"a\" \\"})"}, {"b", 9, true, "{}"}});
    written.watermark = {10, events::random_uuid(), 20, 30, 15};
    written.outcomes = std::string("\0\xff\\ 1", 5);
    store.write(space, 3, written);
    const auto mark = store.watermark(space, 3);
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->next_offset, 10);
    EXPECT_EQ(mark->writer, written.watermark.writer);
    EXPECT_EQ(mark->command_offset, 20);
    EXPECT_EQ(mark->sequence, 30);
    EXPECT_EQ(mark->answered_below, 15);
    EXPECT_EQ(store.outcomes(space, 3), std::vector<std::string>{written.outcomes});
    EXPECT_EQ(stored({"a", "b", "c"}), (Stored{{"a", {R"(=7 {"name":"it's \"a\" \\"})"}}, {"b", {"=9 {}"}}}));
    EXPECT_FALSE(store.watermark(space, 4)) << "another partition";
    EXPECT_FALSE(store.watermark("sagas/test", 3)) << "another space";
    EXPECT_TRUE(store.load("sagas/test", 3, {"a"}).empty());
}

TEST_F(StateStoreInPostgres, what_comes_late_changes_nothing)
{
    auto newer = flush(10, {{"a", 9, true, "new"}});
    newer.outcomes = "new";
    store.write(space, 3, newer);
    auto late = flush(10, {{"a", 98, true, "late"}, {"a", 99, false, "late"}, {"b", 99, true, "late"}});
    late.outcomes = "late";
    late.keep_outcomes_from = 1'000;
    late.timers.push_back({events::random_uuid(), "saga", events::random_uuid(), "late", "t", events::Timestamp{}});
    store.write(space, 3, late);
    late.watermark.next_offset = 5;
    store.write(space, 3, late);
    EXPECT_EQ(stored({"a", "b"}), (Stored{{"a", {"=9 new"}}}));
    EXPECT_EQ(store.outcomes(space, 3), std::vector<std::string>{"new"});
    EXPECT_EQ(store.watermark(space, 3)->next_offset, 10);
    EXPECT_EQ(Session(database.settings()).query("SELECT count(*) FROM sagas.timers").integer(0, 0), 0);
}

TEST_F(StateStoreInPostgres, layers_lie_over_the_whole_row_until_the_next_one_covers_them)
{
    store.write(space, 3, flush(10, {{"a", 9, true, "9"}, {"b", 8, true, "8"}}));
    store.write(space, 3, flush(20, {{"a", 19, false, "19"}}));
    store.write(space, 3, flush(1'000, {{"a", 999, false, "999"}, {"b", 500, false, "500"}}));
    EXPECT_EQ(stored({"a", "b"}), (Stored{{"a", {"=9 9", "+19 19", "+999 999"}}, {"b", {"=8 8", "+500 500"}}}));
    store.write(space, 3, flush(2'000, {{"a", 1'500, true, "1500"}}));
    EXPECT_EQ(stored({"a", "b"}), (Stored{{"a", {"=1500 1500"}}, {"b", {"=8 8", "+500 500"}}}));
    EXPECT_EQ(Session(database.settings()).query("SELECT count(*) FROM write_side.snapshots").integer(0, 0), 3)
        << "what is covered is gone";
}

TEST_F(StateStoreInPostgres, a_state_goes_only_forward)
{
    store.write(space, 3, flush(10, {{"a", 9, true, "9"}, {"b", 3, true, "3"}}));
    // Beyond the watermark, but with older states of `a`.
    store.write(space, 3, flush(11, {{"a", 8, true, "8"}, {"b", 10, true, "10"}}));
    store.write(space, 3, flush(12, {{"a", 7, false, "7"}}));
    EXPECT_EQ(stored({"a", "b"}), (Stored{{"a", {"=9 9"}}, {"b", {"=10 10"}}}));
}

TEST_F(StateStoreInPostgres, a_layer_up_to_the_whole_rows_own_event_adds_nothing)
{
    // A former owner wrote the whole row while the new one was replaying up to the same event.
    store.write(space, 3, flush(10, {{"a", 9, true, "9"}}));
    store.write(space, 3, flush(11, {{"a", 9, false, "since 5"}}));
    EXPECT_EQ(stored({"a"}), (Stored{{"a", {"=9 9"}}}));
}

TEST_F(StateStoreInPostgres, pieces_of_the_window_come_oldest_first_and_leave_when_no_longer_kept)
{
    for (std::int64_t piece = 0; piece < 12; ++piece) {
        auto written = flush((piece + 1) * 100, {});
        written.outcomes = "piece " + std::to_string(piece);
        written.outcomes_first_offset = piece * 100;
        written.keep_outcomes_from = 950;
        store.write(space, 3, written);
    }
    EXPECT_EQ(store.outcomes(space, 3), (std::vector<std::string>{"piece 9", "piece 10", "piece 11"}));
    auto again = flush(1'300, {});
    again.outcomes = "piece 11 and more";
    again.outcomes_first_offset = 1'100;
    store.write(space, 3, again);
    EXPECT_EQ(store.outcomes(space, 3), (std::vector<std::string>{"piece 9", "piece 10", "piece 11 and more"}));
}

TEST_F(StateStoreInPostgres, a_timer_written_twice_is_one)
{
    const auto due = *events::parse_iso8601("2026-01-18T14:30:00.5Z");
    auto written = flush(10, {});
    written.timers = {{events::random_uuid(), "order_fulfilment", events::random_uuid(), "unpaid", "t'\"\\", due},
                      {events::random_uuid(), "order_fulfilment", events::random_uuid(), "unpaid", "", due}};
    store.write(space, 3, written);
    written.watermark.next_offset = 11;
    store.write(space, 3, written);
    const Rows rows = Session(database.settings())
                          .query("SELECT saga, correlation_id, name, token, due_at FROM sagas.timers WHERE id = $1",
                                 {written.timers[0].id});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.text(0, 0), "order_fulfilment");
    EXPECT_EQ(rows.uuid(0, 1), written.timers[0].correlation_id);
    EXPECT_EQ(rows.text(0, 2), "unpaid");
    EXPECT_EQ(rows.text(0, 3), "t'\"\\");
    EXPECT_EQ(rows.timestamp(0, 4), due);
}

TEST_F(StateStoreInPostgres, many_rows_are_written_whole_and_every_key_is_listed)
{
    constexpr int aggregates = 25'000;
    std::vector<StateRow> rows;
    for (int i = 0; i < aggregates; ++i) {
        const auto key = events::to_string(events::random_uuid());
        rows.push_back({key, i, true, std::to_string(i)});
    }
    store.write(space, 3, flush(aggregates, rows));
    std::set<std::string, std::less<>> keys;
    store.each_key(space, 3, [&](std::string_view key) { EXPECT_TRUE(keys.emplace(key).second); });
    EXPECT_EQ(keys.size(), static_cast<std::size_t>(aggregates));
    EXPECT_EQ(store.load(space, 3, std::vector<std::string>(keys.begin(), keys.end())).size(), rows.size());
}

TEST_F(StateStoreInPostgres, two_owners_that_write_at_once_leave_the_state_of_the_furthest)
{
    std::vector<std::thread> owners;
    for (int owner = 0; owner < 4; ++owner) {
        owners.emplace_back([&, owner] {
            PostgresStateStore own(database.settings());
            for (std::int64_t next = 1 + owner; next <= 100; next += 4) {
                auto written = flush(next, {{"a", next, next % 10 == 0, std::to_string(next)}});
                written.outcomes = std::to_string(next);
                own.write(space, 3, written);
            }
        });
    }
    for (auto& owner : owners) owner.join();
    EXPECT_EQ(store.watermark(space, 3)->next_offset, 100);
    EXPECT_EQ(stored({"a"}), (Stored{{"a", {"=100 100"}}}));
    EXPECT_EQ(store.outcomes(space, 3), std::vector<std::string>{"100"});
}

}  // namespace
}  // namespace jangteo::postgres
