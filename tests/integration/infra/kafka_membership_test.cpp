#include "infra/kafka/admin.hpp"
#include "infra/kafka/membership.hpp"
#include "tests/integration/infra/servers.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <csignal>
#include <set>
#include <thread>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us.

namespace jangteo::kafka {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using tests::kafka_server;
using tests::name_of_its_own;

/// Another process in the group (member.cpp).
class Other {
public:
    Other(const std::string& brokers, const std::string& group, const std::string& topic)
    {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        std::array<std::string, 4> texts{JANGTEO_MEMBER, brokers, group, topic};
        std::array<char*, 5> arguments{texts[0].data(), texts[1].data(), texts[2].data(), texts[3].data(), nullptr};
        const int failed = posix_spawn(&pid_, JANGTEO_MEMBER, &actions, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        output_ = ends[0];
        fcntl(output_, F_SETFL, O_NONBLOCK);
        if (failed != 0) throw std::runtime_error("the member cannot be started: " + texts[0]);
    }
    Other(const Other&) = delete;
    Other& operator=(const Other&) = delete;
    ~Other()
    {
        kill(SIGKILL);
        waitpid(pid_, nullptr, 0);
        close(output_);
    }

    void kill(int signal) const { ::kill(pid_, signal); }

    /// What it owns by its own words so far.
    const std::set<std::int32_t>& owned()
    {
        std::array<char, 4'096> buffer;
        for (ssize_t size = 0; (size = read(output_, buffer.data(), buffer.size())) > 0;) {
            pending_.append(buffer.data(), static_cast<std::size_t>(size));
        }
        for (std::size_t end = 0; (end = pending_.find('\n')) != std::string::npos; pending_.erase(0, end + 1)) {
            const auto line = pending_.substr(0, end);
            const auto partition = std::stoi(line.substr(line.find(' ')));
            line.starts_with("gained") ? static_cast<void>(owned_.insert(partition))
                                       : static_cast<void>(owned_.erase(partition));
        }
        return owned_;
    }

private:
    pid_t pid_ = -1;
    int output_ = -1;
    std::string pending_;
    std::set<std::int32_t> owned_;
};

class Group : public ::testing::Test {
protected:
    void SetUp() override { Admin(settings).create_topics({{topic, 8}}); }

    /// Polls until `reached`, keeping `owned` by the reported changes. False: not in time.
    template <class Reached>
    bool poll(Membership& membership, std::set<std::int32_t>& owned, Reached reached, std::chrono::seconds limit = 20s)
    {
        const auto until = Clock::now() + limit;
        while (!reached()) {
            if (Clock::now() > until) return false;
            const auto change = membership.poll(20ms);
            if (!change) continue;
            for (const auto& lost : change->lost) EXPECT_EQ(owned.erase(lost.partition), 1U) << "lost, but not owned";
            for (const auto& gained : change->gained) {
                EXPECT_TRUE(owned.insert(gained.partition).second) << "gained twice";
                ++gains;
            }
        }
        return true;
    }

    const Settings settings = kafka_server();
    const std::string topic = name_of_its_own("infra-group");
    const std::string group = name_of_its_own("group");
    const std::set<std::int32_t> all{0, 1, 2, 3, 4, 5, 6, 7};
    int gains = 0;
};

TEST_F(Group, a_single_member_owns_everything_within_two_seconds)
{
    const auto begun = Clock::now();
    Membership membership(settings, group, {topic});
    std::set<std::int32_t> owned;
    ASSERT_TRUE(poll(membership, owned, [&] { return owned == all; }));
    EXPECT_LT(Clock::now() - begun, 5s);
    RecordProperty("join_ms", static_cast<int>((Clock::now() - begun) / 1ms));
    EXPECT_EQ(membership.owned().size(), 8U);
}

TEST_F(Group, what_stays_is_never_interrupted_when_another_joins_and_leaves)
{
    Membership first(settings, group, {topic});
    std::set<std::int32_t> owned;
    ASSERT_TRUE(poll(first, owned, [&] { return owned == all; }));
    const int gains_alone = gains;
    {
        Membership second(settings, group, {topic});
        std::set<std::int32_t> seconds;
        const auto until = Clock::now() + 20s;
        while (owned.size() + seconds.size() != 8 || seconds.empty()) {
            ASSERT_LT(Clock::now(), until);
            poll(first, owned, [ended = Clock::now() + 50ms] { return Clock::now() >= ended; });
            if (const auto change = second.poll(50ms)) {
                for (const auto& gained : change->gained) seconds.insert(gained.partition);
                for (const auto& lost : change->lost) seconds.erase(lost.partition);
            }
        }
        EXPECT_EQ(owned.size(), 4U);
        EXPECT_EQ(gains, gains_alone) << "a partition that stayed was lost and gained";
        const auto left = Clock::now();
        second.leave();
        EXPECT_TRUE(second.owned().empty() || !second.poll(0ms)->lost.empty());
        ASSERT_TRUE(poll(first, owned, [&] { return owned == all; }));
        EXPECT_LT(Clock::now() - left, 2500ms) << "a member that leaves is replaced before its session would end";
        RecordProperty("handover_after_leave_ms", static_cast<int>((Clock::now() - left) / 1ms));
    }
    EXPECT_EQ(gains, gains_alone + 4);
}

TEST_F(Group, a_killed_member_is_replaced_within_its_session_and_a_second)
{
    Membership membership(settings, group, {topic});
    std::set<std::int32_t> owned;
    ASSERT_TRUE(poll(membership, owned, [&] { return owned == all; }));
    Other other(settings.brokers, group, topic);
    ASSERT_TRUE(poll(membership, owned, [&] { return owned.size() == 4 && other.owned().size() == 4; }));
    other.kill(SIGKILL);
    const auto killed = Clock::now();
    ASSERT_TRUE(poll(membership, owned, [&] { return owned == all; }));
    const auto took = Clock::now() - killed;
    RecordProperty("handover_after_kill_ms", static_cast<int>(took / 1ms));
    EXPECT_LT(took, 4500ms);
}

TEST_F(Group, a_stopped_member_hears_of_its_loss_when_it_goes_on)
{
    Membership membership(settings, group, {topic});
    std::set<std::int32_t> owned;
    ASSERT_TRUE(poll(membership, owned, [&] { return owned == all; }));
    Other other(settings.brokers, group, topic);
    ASSERT_TRUE(poll(membership, owned, [&] { return owned.size() == 4 && other.owned().size() == 4; }));
    const auto before = other.owned();
    other.kill(SIGSTOP);
    ASSERT_TRUE(poll(membership, owned, [&] { return owned == all; }));
    other.kill(SIGCONT);
    // It comes back as a new member, and nothing is owned by two or by nobody in the end.
    std::set<std::int32_t> of_both;
    ASSERT_TRUE(poll(membership, owned, [&] {
        of_both = other.owned();
        of_both.insert(owned.begin(), owned.end());
        return owned.size() == 4 && other.owned().size() == 4 && of_both == all;
    }));
}

TEST_F(Group, two_topics_with_as_many_partitions_are_dealt_alike)
{
    const auto second_topic = topic + "-second";
    Admin(settings).create_topics({{second_topic, 8}});
    Membership a(settings, group, {topic, second_topic});
    Membership b(settings, group, {topic, second_topic});
    const auto until = Clock::now() + 20s;
    while (a.owned().size() != 8 || b.owned().size() != 8) {
        ASSERT_LT(Clock::now(), until);
        a.poll(50ms);
        b.poll(50ms);
    }
    std::map<std::string, std::set<std::int32_t>> by_topic;
    for (const auto& [name, partition] : a.owned()) by_topic[name].insert(partition);
    EXPECT_EQ(by_topic[topic], by_topic[second_topic]);
}

}  // namespace
}  // namespace jangteo::kafka
