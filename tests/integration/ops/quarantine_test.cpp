// Tasks that workers have given up: grouped by equal failure, put back or dropped, and written down.
#include "ops/quarantine/quarantine.hpp"

#include "infra/postgres/migrations.hpp"
#include "infra/rabbitmq/quarantine.hpp"
#include "infra/rabbitmq/targets.hpp"
#include "infra/rabbitmq/task_publisher.hpp"
#include "tests/integration/infra/database.hpp"
#include "tests/integration/infra/rabbitmq_server.hpp"

#include <sstream>

namespace jangteo::ops::quarantine {
namespace {

using namespace std::chrono_literals;
using Fate = rabbitmq::Quarantine::Fate;

class DeadTasks : public ::testing::Test {
protected:
    /// Three tasks of a target of ours, of which two have failed alike.
    void SetUp() override
    {
        postgres::migrate(session);
        rabbitmq::declare(server, target);
        empty();
        rabbitmq::TaskPublisher publisher(server, {.topologies = {target}});
        for (const auto* reason : {"HTTP 500 after 17 tries", "no such key", "HTTP 500 after 4 tries"}) {
            tasks.push_back(tests::task(static_cast<int>(tasks.size())));
            ASSERT_TRUE(publisher.publish(target.quarantine_queue(), tasks.back(), 0, reason));
        }
        while (publisher.in_flight() > 0) ASSERT_FALSE(publisher.poll(10s).empty());
    }
    void TearDown() override { empty(); }

    void empty() const
    {
        rabbitmq::Quarantine(server, target).sort([](const auto&) { return Fate::is_discarded; });
        while (!taken().empty()) {
        }
    }
    /// What waits in the main queue, in order; it is gone afterwards.
    [[nodiscard]] std::vector<events::Uuid> taken() const
    {
        std::vector<events::Uuid> ids;
        rabbitmq::Watchdog watchdog;
        rabbitmq::Connection connection(server, watchdog);
        while (const auto got = connection.get(target.main_queue())) {
            ids.push_back(got->message.task.id);
            connection.acknowledge(got->tag);
        }
        connection.close();
        return ids;
    }
    [[nodiscard]] Settings settings() const
    {
        return {tests::kafka_server(), database.settings(), server, std::chrono::seconds{0}};
    }
    [[nodiscard]] std::string listed() const
    {
        std::ostringstream out;
        list(settings(), "tasks", {}, out);
        return out.str();
    }
    /// What somebody has looked at is back a moment later.
    [[nodiscard]] bool lists(const std::string& text) const
    {
        return tests::becomes_true([&] { return listed().find(text) != std::string::npos; }, 10s);
    }
    /// The name of the group whose line has this in it.
    [[nodiscard]] std::string group_of(const std::string& reason) const
    {
        std::istringstream lines(listed());
        for (std::string line; std::getline(lines, line);) {
            if (line.find(reason) != std::string::npos) return line.substr(0, line.find(' '));
        }
        return {};
    }
    [[nodiscard]] Doing doing(Deed deed, const std::string& what, bool all_alike) const
    {
        return {.deed = deed, .target = what, .all_alike = all_alike, .who = "operator:kim", .reason = "a test"};
    }

    const rabbitmq::Settings server = tests::rabbitmq_server();
    const rabbitmq::Topology target = rabbitmq::all_targets().front();
    tests::Database database;
    postgres::Session session{database.settings()};
    std::vector<rabbitmq::Task> tasks;
};

TEST_F(DeadTasks, are_grouped_by_equal_failure)
{
    EXPECT_TRUE(lists("target " + target.target + ": 2 failed alike, 2 wait, since ?: HTTP … after … tries"));
    EXPECT_TRUE(lists("quarantine: 3 failed in 2 ways"));
    std::ostringstream out;
    const auto name = target.target + "/" + events::to_string(tasks[1].id);
    EXPECT_TRUE(tests::becomes_true([&] { return show(settings(), name, {}, out); }, 10s));
    EXPECT_NE(out.str().find("test.Do of " + events::to_string(tasks[1].correlation_id)), std::string::npos);
    EXPECT_FALSE(show(settings(), "01234567", {}, out));
}

TEST_F(DeadTasks, that_failed_alike_go_back_in_order)
{
    ASSERT_TRUE(lists("2 failed alike"));
    std::string group;
    ASSERT_TRUE(tests::becomes_true([&] { return !(group = group_of("2 failed alike")).empty(); }, 10s));
    std::ostringstream out;
    ASSERT_TRUE(lists("3 failed in 2 ways"));
    std::this_thread::sleep_for(200ms);
    EXPECT_THROW(act(settings(), doing(Deed::retry, group, false), out), std::invalid_argument);
    auto only_said = doing(Deed::retry, group, true);
    only_said.dry_run = true;
    ASSERT_TRUE(lists("3 failed in 2 ways"));
    std::this_thread::sleep_for(200ms);
    EXPECT_TRUE(act(settings(), only_said, out));
    EXPECT_TRUE(taken().empty());
    ASSERT_TRUE(lists("3 failed in 2 ways"));
    std::this_thread::sleep_for(200ms);
    EXPECT_TRUE(act(settings(), doing(Deed::retry, group, true), out)) << out.str();
    EXPECT_EQ(taken(), (std::vector{tasks[0].id, tasks[2].id}));
    EXPECT_TRUE(lists("quarantine: 1 failed in 1 ways"));
    const auto written = session.query("SELECT who, what, target, reason FROM operations.actions ORDER BY at");
    ASSERT_EQ(written.size(), 2U);
    EXPECT_EQ(written.text(0, 0), "operator:kim");
    EXPECT_EQ(written.text(0, 1), "retry");
    EXPECT_EQ(written.text(0, 2), "target " + target.target + "/" + events::to_string(tasks[0].id));
    EXPECT_EQ(written.text(0, 3), "a test");
}

TEST_F(DeadTasks, are_dropped_one_by_one_and_what_they_were_is_written_down)
{
    std::ostringstream out;
    const auto name = target.target + "/" + events::to_string(tasks[1].id);
    EXPECT_TRUE(act(settings(), doing(Deed::discard, name, false), out)) << out.str();
    EXPECT_TRUE(taken().empty());
    EXPECT_TRUE(lists("quarantine: 2 failed in 1 ways"));
    const auto written = session.query("SELECT what, details FROM operations.actions");
    ASSERT_EQ(written.size(), 1U);
    EXPECT_EQ(written.text(0, 0), "discard");
    EXPECT_NE(written.text(0, 1).find("no such key"), std::string_view::npos);
    EXPECT_FALSE(act(settings(), doing(Deed::discard, name, false), out)) << "it is gone";
}

}  // namespace
}  // namespace jangteo::ops::quarantine
