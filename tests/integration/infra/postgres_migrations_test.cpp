#include "infra/postgres/migrations.hpp"
#include "tests/integration/infra/database.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <thread>

namespace jangteo::postgres {
namespace {

class Migrations : public ::testing::Test {
protected:
    std::int64_t applied() { return session.query("SELECT count(*) FROM migrations.applied").integer(0, 0); }

    tests::Database database;
    Session session{database.settings()};
    std::vector<Migration> two{
        {1, "0001_first", "a", "CREATE TABLE first (id bigint)"},
        {2, "0002_second", "b", "CREATE TABLE second (id bigint); INSERT INTO second VALUES (1)"}};
};

TEST_F(Migrations, of_this_program_are_applied_once)
{
    EXPECT_EQ(migrate(session), static_cast<int>(migrations().size()));
    EXPECT_EQ(migrate(session), 0);
    EXPECT_EQ(applied(), static_cast<std::int64_t>(migrations().size()));
    for (const auto* table : {"write_side.watermarks", "write_side.snapshots", "write_side.outcomes", "sagas.timers",
                              "projections.checkpoints"}) {
        EXPECT_NO_THROW(session.query(std::string("SELECT FROM ") + table)) << table;
    }
}

TEST_F(Migrations, are_applied_by_one_process_at_a_time)
{
    std::atomic<int> sum{0};
    std::vector<std::thread> processes;
    for (int i = 0; i < 6; ++i) {
        processes.emplace_back([&] {
            Session own(database.settings());
            sum += migrate(own);
        });
    }
    for (auto& process : processes) process.join();
    EXPECT_EQ(sum, static_cast<int>(migrations().size()));
}

TEST_F(Migrations, that_were_changed_after_they_were_applied_are_told)
{
    migrate(session, two);
    two[0].checksum = "other";
    try {
        migrate(session, two);
        FAIL();
    } catch (const MigrationError& error) {
        EXPECT_NE(std::string(error.what()).find("0001_first has been changed after it was applied"),
                  std::string::npos);
    }
}

TEST_F(Migrations, that_fail_leave_nothing_behind)
{
    two.push_back({3, "0003_third", "c", "CREATE TABLE third (id bigint); SELECT nothing FROM nowhere"});
    EXPECT_THROW(migrate(session, two), StatementError);
    EXPECT_THROW(session.query("SELECT FROM first"), StatementError);
    two.pop_back();
    EXPECT_EQ(migrate(session, two), 2);
    EXPECT_EQ(session.query("SELECT count(*) FROM second").integer(0, 0), 1);
}

TEST_F(Migrations, come_in_order_and_only_at_the_end)
{
    migrate(session, {two[1]});
    EXPECT_THROW(migrate(session, two), MigrationError);
    EXPECT_THROW(migrate(session, {two[1], two[0]}), MigrationError);
}

TEST_F(Migrations, of_a_later_program_do_not_hinder_an_older_one)
{
    migrate(session, two);
    EXPECT_EQ(migrate(session, {two[0]}), 0);
}

}  // namespace
}  // namespace jangteo::postgres
