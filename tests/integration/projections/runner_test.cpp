// Exactly once, whatever goes wrong inside or outside.
#include "tests/integration/projections/world.hpp"

#include <atomic>
#include <random>

namespace jangteo::projections {
namespace {

class ProjectionsRunner : public World {};

TEST_F(ProjectionsRunner, applies_what_happened_once)
{
    much_happens(2'000, 100);
    Running running(config());
    wait_until_applied();
    much_happens(500, 150);
    wait_until_applied();
    expect_rows_equal_replay();
    EXPECT_EQ(session.query("SELECT count(*) FROM read_stock.movements WHERE reason = 'too late'").integer(0, 0), 0);
}

TEST_F(ProjectionsRunner, goes_on_from_its_checkpoint_after_a_stop)
{
    for (int i = 0; i < 3; ++i) {
        much_happens(300, 40);
        Running running(config());
        wait_until_applied();
    }
    expect_rows_equal_replay();
}

TEST_F(ProjectionsRunner, a_failure_at_any_step_loses_and_doubles_nothing)
{
    much_happens(1'000, 50);
    auto failing = config();
    failing.batch_records = 100;
    std::atomic<int> failures = 0;
    failing.on_step = [&failures, random = std::minstd_rand(7)](std::string_view, Step) mutable {
        if (random() % 6 != 0) return;
        ++failures;
        throw std::runtime_error("a test's failure");
    };
    failing.last_retry = 50ms;
    Running running(failing);
    wait_until_applied();
    much_happens(1'000, 60);
    wait_until_applied();
    EXPECT_GT(failures, 5);
    expect_rows_equal_replay();
}

TEST_F(ProjectionsRunner, a_connection_that_is_terminated_loses_and_doubles_nothing)
{
    auto often = config();
    often.batch_records = 200;
    Running running(often);
    for (int i = 0; i < 20; ++i) {
        much_happens(200, 80);
        session.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1"
            " AND datname = current_database()",
            {"jangteo projection stock"});
        std::this_thread::sleep_for(std::chrono::milliseconds(i * 7 % 50));
    }
    wait_until_applied();
    expect_rows_equal_replay();
}

TEST_F(ProjectionsRunner, an_event_that_cannot_be_read_parks_its_aggregate_and_no_other)
{
    received(1, 10);
    happened(1, "jangteo.inventory.StockStolen", "{}");
    received(1, 20);
    received(5, 7);  // In the same partition.
    received(2, 8);
    flush();
    {
        Running running(config());
        wait_until_applied();
        const auto status = running.runner.status().at(0);
        EXPECT_EQ(status.parked, 2u);
        std::size_t parked_aggregates = 0;
        for (const auto& partition : status.partitions) parked_aggregates += partition.parked_aggregates;
        EXPECT_EQ(parked_aggregates, 1u);
    }
    const auto parked = session.query(
        "SELECT aggregate, context, partition, \"offset\", first, reason FROM projections.parked ORDER BY \"offset\"");
    ASSERT_EQ(parked.size(), 2u);
    EXPECT_EQ(parked.text(0, 0), product(1).text());
    EXPECT_EQ(parked.text(0, 1), context);
    EXPECT_EQ(parked.integer(0, 2), 1);
    EXPECT_EQ(parked.integer(0, 3), 2);
    EXPECT_TRUE(parked.boolean(0, 4));
    EXPECT_NE(parked.text(0, 5).find("StockStolen"), std::string_view::npos);
    EXPECT_FALSE(parked.boolean(1, 4));

    received(1, 30);  // It waits after a restart, too.
    flush();
    Running running(config());
    wait_until_applied();
    expect_rows_equal_replay();
    EXPECT_EQ(session.query("SELECT on_hand FROM read_stock.stock WHERE product_id = $1", {product(1)}).integer(0, 0),
              10);
    EXPECT_EQ(session.query("SELECT on_hand FROM read_stock.stock WHERE product_id = $1", {product(5)}).integer(0, 0),
              7);
}

TEST_F(ProjectionsRunner, a_value_that_postgres_refuses_parks_its_aggregate_and_no_other)
{
    much_happens(200, 20);
    received(3, 1, std::string("a NUL\0here", 10));
    received(7, 5);
    much_happens(200, 20);
    Running running(config());
    wait_until_applied();
    const auto parked = session.query("SELECT DISTINCT aggregate FROM projections.parked");
    ASSERT_EQ(parked.size(), 1u);
    EXPECT_EQ(parked.text(0, 0), product(3).text());
    EXPECT_EQ(session.query("SELECT count(*) FROM projections.parked WHERE first").integer(0, 0), 1);
    EXPECT_EQ(session.query("SELECT count(*) FROM read_stock.stock").integer(0, 0), 20);
    EXPECT_GT(running.runner.status().at(0).troubles, 0u);
}

TEST_F(ProjectionsRunner, past_a_share_of_parked_aggregates_the_partition_stops_and_others_go_on)
{
    for (int i = 0; i < 10; ++i) happened(i * partitions, "jangteo.inventory.StockStolen", "{}");
    received(999 * partitions, 1);
    flush();
    auto strict = config();
    strict.parking = {.at_least = 3, .share = 0.1};
    strict.batch_records = 5;
    Running running(strict);
    std::this_thread::sleep_for(100ms);
    received(1, 5);
    flush();
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    bool stopped = false;
    bool other_goes_on = false;
    while (std::chrono::steady_clock::now() < deadline && !(stopped && other_goes_on)) {
        const auto status = running.runner.status().at(0);
        for (const auto& partition : status.partitions) {
            if (partition.place.partition == 0) stopped = partition.stopped;
            if (partition.place.partition == 1) other_goes_on = partition.next_offset == 2 && !partition.stopped;
        }
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(other_goes_on);
    EXPECT_LT(session.query("SELECT next_offset FROM projections.checkpoints WHERE partition = 0").integer(0, 0), 12);
}

TEST_F(ProjectionsRunner, tells_how_far_behind_it_is_by_kafkas_own_offsets)
{
    auto held = config();
    std::atomic<bool> hold = true;
    held.on_step = [&hold](std::string_view, Step step) {
        while (step == Step::locked && hold) std::this_thread::sleep_for(5ms);
    };
    Running running(held);
    much_happens(400, 10);
    const auto total = [&](auto of) {
        std::int64_t sum = 0;
        const auto status = running.runner.status().at(0);
        for (const auto& partition : status.partitions) sum += of(partition);
        return sum;
    };
    const auto lag = [](const PartitionStatus& p) { return p.lag(); };
    const auto age = [](const PartitionStatus& p) { return p.age.count(); };
    std::int64_t records = 0;
    for (const auto& log : logs) records += static_cast<std::int64_t>(log.records.size());
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (total(lag) != records && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(20ms);
    EXPECT_EQ(total(lag), records);
    const auto before = total(age);
    std::this_thread::sleep_for(50ms);
    EXPECT_GT(total(age), before);

    hold = false;
    wait_until_applied();
    while (total(lag) != 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(20ms);
    EXPECT_EQ(total(lag), 0);
    EXPECT_EQ(total(age), 0);
}

TEST_F(ProjectionsRunner, says_what_can_be_asked_after_it_can_be_asked)
{
    std::mutex mutex;
    std::map<std::int32_t, std::int64_t> told;
    auto listening = config();
    listening.applied = [&](const Applied& applied) {
        const std::lock_guard lock(mutex);
        told[applied.partition] = applied.next_offset;
    };
    Running running(listening);
    received(2, 42);
    flush();
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < deadline) {
        {
            const std::lock_guard lock(mutex);
            if (told[2] == 2) break;
        }
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(session.query("SELECT on_hand FROM read_stock.stock WHERE product_id = $1", {product(2)}).integer(0, 0),
              42);
}

TEST_F(ProjectionsRunner, stops_at_once)
{
    std::chrono::steady_clock::time_point stopped_at;
    {
        Running running(config());
        much_happens(100, 10);
        wait_until_applied();
        stopped_at = std::chrono::steady_clock::now();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - stopped_at, 3s);
}

}  // namespace
}  // namespace jangteo::projections
