// Owners that die, sleep and hand over: processes, as they are in production.
#include "tests/integration/projections/world.hpp"

namespace jangteo::projections {
namespace {

class ProjectionsOwners : public World {
protected:
    [[nodiscard]] std::vector<std::string> arguments(std::vector<std::string> more = {}) const
    {
        std::vector<std::string> all = {tests::kafka_server().brokers, database.settings().conninfo, context, group};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
};

TEST_F(ProjectionsOwners, a_process_killed_at_any_step_loses_and_doubles_nothing)
{
    much_happens(500, 50);
    for (const auto step : {Step::locked, Step::folded, Step::written, Step::committed}) {
        much_happens(200, 50);
        // Another group: the next owner does not have to wait for the session of the dead one to end.
        group = tests::name_of_its_own("group");
        Process process(arguments({std::to_string(static_cast<int>(step)), step == Step::committed ? "2" : "1"}));
        std::this_thread::sleep_for(step == Step::committed ? 1'500ms : 0ms);
        much_happens(200, 50);
        ASSERT_EQ(process.wait(), 9);
    }
    group = tests::name_of_its_own("group");
    Process last(arguments());
    wait_until_applied();
    expect_rows_equal_replay();
}

TEST_F(ProjectionsOwners, share_partitions_and_take_over_from_the_dead)
{
    auto first = std::make_unique<Process>(arguments());
    Process second(arguments());
    for (int i = 0; i < 20; ++i) {
        much_happens(100, 60);
        std::this_thread::sleep_for(100ms);
    }
    wait_until_applied();
    first->send(SIGKILL);
    much_happens(300, 70);
    wait_until_applied(60s);
    Process third(arguments());
    for (int i = 0; i < 20; ++i) {
        much_happens(100, 80);
        std::this_thread::sleep_for(100ms);
    }
    wait_until_applied(60s);
    expect_rows_equal_replay();
}

TEST_F(ProjectionsOwners, one_that_slept_past_its_session_cannot_apply_twice)
{
    Process sleeper(arguments());
    much_happens(300, 40);
    wait_until_applied();
    sleeper.send(SIGSTOP);
    much_happens(300, 40);
    Process heir(arguments());
    wait_until_applied(60s);
    sleeper.send(SIGCONT);
    for (int i = 0; i < 10; ++i) {
        much_happens(100, 50);
        std::this_thread::sleep_for(50ms);
    }
    wait_until_applied(60s);
    expect_rows_equal_replay();
}

/// Two groups on one read model: both believe that they own everything, for ever. The worst case of the one above.
TEST_F(ProjectionsOwners, two_that_both_believe_to_own_everything_apply_once)
{
    Process one(arguments());
    group = tests::name_of_its_own("group");
    Process other(arguments());
    for (int i = 0; i < 30; ++i) {
        much_happens(100, 40);
        std::this_thread::sleep_for(30ms);
    }
    wait_until_applied(60s);
    expect_rows_equal_replay();
}

}  // namespace
}  // namespace jangteo::projections
