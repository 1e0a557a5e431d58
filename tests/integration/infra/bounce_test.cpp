// What happens to those who use a server that goes away and comes back.
#include "infra/kafka/admin.hpp"
#include "infra/kafka/membership.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/publisher.hpp"
#include "tests/integration/infra/database.hpp"
#include "tests/integration/infra/servers.hpp"

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us.

namespace jangteo {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// `up`, `stop` or `kill` for one server of the stack that this test uses.
void stack(const std::string& command, const std::string& service)
{
    std::string script = tests::from_environment("JANGTEO_TEST_STACK");
    std::string name = tests::from_environment("JANGTEO_TEST_STACK_NAME");
    std::string verb = command;
    std::string which = service;
    char* const arguments[] = {script.data(), verb.data(), name.data(), which.data(), nullptr};
    pid_t pid = -1;
    ASSERT_EQ(posix_spawn(&pid, script.c_str(), nullptr, nullptr, arguments, environ), 0) << script;
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    ASSERT_EQ(status, 0) << command << " " << service;
}

/// The server is up again whatever the test comes to.
struct UpAgain {
    std::string service;
    ~UpAgain() { stack("up", service); }
};

TEST(Bounce, a_killed_broker_costs_no_record_and_no_order)
{
    const auto settings = tests::kafka_server();
    const auto topic = tests::name_of_its_own("infra-bounce");
    kafka::Admin(settings).create_topics({{topic, 1}});

    std::vector<std::int64_t> acknowledged;
    kafka::Publisher publisher(settings, {}, [&](std::uint64_t token, bool ok, std::int64_t offset) {
        ASSERT_TRUE(ok);
        ASSERT_EQ(token, acknowledged.size());
        acknowledged.push_back(offset);
    });
    kafka::PartitionReader reader(settings);
    reader.start({topic, 0}, 0);
    kafka::Membership membership(settings, tests::name_of_its_own("group"), {topic});
    events::Record record;
    record.topic = topic;
    record.partition = 0;
    std::uint64_t published = 0;
    std::uint64_t read = 0;
    const auto work_for = [&](Clock::duration time) {
        const auto until = Clock::now() + time;
        while (Clock::now() < until) {
            record.value = std::to_string(published);
            if (published < read + 20'000 && publisher.publish(record, published)) ++published;
            publisher.poll(0ms);
            reader.poll(1ms, 1'000, [&](events::Record&& seen) {
                ASSERT_EQ(seen.offset, static_cast<std::int64_t>(read));
                ASSERT_EQ(seen.value, std::to_string(read));
                ++read;
            });
            membership.poll(0ms);
        }
    };
    work_for(3s);
    ASSERT_GT(read, 0U);
    ASSERT_EQ(membership.owned().size(), 1U);
    {
        const UpAgain up_again{"kafka"};
        stack("kill", "kafka");
        const auto killed = Clock::now();
        work_for(6s);
        EXPECT_TRUE(membership.owned().empty()) << "a session that cannot be kept up is lost";
        EXPECT_GE(Clock::now() - killed, 6s);
    }
    const auto read_before = read;
    const auto until = Clock::now() + 60s;
    while ((read == read_before || membership.owned().empty()) && Clock::now() < until) work_for(100ms);
    work_for(1s);
    ASSERT_TRUE(publisher.flush(60s));
    while (read < published) {
        ASSERT_GT(reader.poll(10s, 10'000,
                              [&](events::Record&& seen) {
                                  ASSERT_EQ(seen.value, std::to_string(read));
                                  ++read;
                              }),
                  0U);
    }
    EXPECT_EQ(membership.owned().size(), 1U);
    EXPECT_EQ(acknowledged.size(), published);
    for (std::size_t i = 0; i < acknowledged.size(); ++i) {
        ASSERT_TRUE(acknowledged[i] == static_cast<std::int64_t>(i) || acknowledged[i] == -1) << i;
    }
    EXPECT_EQ(reader.end_offset({topic, 0}), static_cast<std::int64_t>(published));
}

TEST(Bounce, a_killed_database_is_unavailable_until_it_is_back)
{
    tests::Database database;
    postgres::Session session(database.settings());
    session.transact(
        [](postgres::Transaction& transaction) { transaction.execute("CREATE TABLE entries (id bigint)"); });
    session.query("INSERT INTO entries VALUES (1)");
    {
        const UpAgain up_again{"postgres"};
        stack("kill", "postgres");
        const auto begun = Clock::now();
        // A backend outlives its killed parent by a moment.
        const auto away = [&] {
            try {
                session.query("SELECT count(*) FROM entries");
                return false;
            } catch (const postgres::Unavailable&) {
                return true;
            }
        };
        bool noticed = away();
        while (!noticed && Clock::now() - begun < 10s) noticed = away();
        EXPECT_TRUE(noticed);
        EXPECT_THROW(session.transact(
                         [](postgres::Transaction& transaction) { transaction.run("INSERT INTO entries VALUES (2)"); }),
                     postgres::Unavailable);
        EXPECT_LT(Clock::now() - begun, 20s);
    }
    EXPECT_EQ(session.query("SELECT count(*) FROM entries").integer(0, 0), 1);
}

}  // namespace
}  // namespace jangteo
