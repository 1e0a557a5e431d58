#include "infra/loop/background.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace jangteo::loop {
namespace {

using namespace std::chrono_literals;

/// A thread whose results are delivered by whoever waits for something.
class BackgroundThread : public ::testing::Test {
protected:
    template <class Holds>
    bool wait_until(Holds holds)
    {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!holds() && std::chrono::steady_clock::now() < deadline) {
            background.deliver();
            std::this_thread::sleep_for(1ms);
        }
        return holds();
    }
    Background::Work noting(int number)
    {
        return [this, number] { return [this, number] { done.push_back(number); }; };
    }

    std::vector<int> done;
    Background background{"test", {}, [] {}};
};

TEST_F(BackgroundThread, works_in_the_order_of_the_calls)
{
    for (int i = 0; i < 10; ++i) background.add("count", noting(i));
    EXPECT_TRUE(wait_until([&] { return done.size() == 10; }));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
}

TEST_F(BackgroundThread, tries_again_what_fails_and_lets_nothing_overtake_it)
{
    std::atomic<int> tries = 0;
    background.add("fail twice", [&]() -> std::function<void()> {
        if (++tries < 3) throw std::runtime_error("not yet");
        return [&] { done.push_back(1); };
    });
    background.add("count", noting(2));
    EXPECT_TRUE(wait_until([&] { return done.size() == 2; }));
    EXPECT_EQ(done, (std::vector<int>{1, 2}));
    EXPECT_EQ(tries, 3);
}

TEST_F(BackgroundThread, leaves_for_last_what_nobody_waits_for)
{
    std::atomic<bool> go = false;
    background.add("hold the thread", [&]() -> std::function<void()> {
        while (!go) std::this_thread::sleep_for(1ms);
        return {};
    });
    background.add_idle("idle", noting(9));
    background.add("count", noting(1));
    background.add("count", noting(2));
    go = true;
    EXPECT_TRUE(wait_until([&] { return done.size() == 3; }));
    EXPECT_EQ(done, (std::vector<int>{1, 2, 9}));
}

TEST_F(BackgroundThread, comes_to_what_nobody_waits_for_though_there_is_always_something_else)
{
    // Each job calls for the next, so that the line is never empty.
    std::atomic<bool> stop = false;
    std::atomic<bool> idle_done = false;
    std::atomic<bool> last_one_over = false;
    std::function<std::function<void()>()> again = [&]() -> std::function<void()> {
        stop ? void(last_one_over = true) : background.add("again", again);
        return {};
    };
    background.add("again", again);
    background.add_idle("idle", [&]() -> std::function<void()> {
        idle_done = true;
        return {};
    });
    EXPECT_TRUE(wait_until([&] { return idle_done.load(); }));
    stop = true;
    // What the jobs refer to is gone when the test is.
    EXPECT_TRUE(wait_until([&] { return last_one_over.load(); }));
}

}  // namespace
}  // namespace jangteo::loop
