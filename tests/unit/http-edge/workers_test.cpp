#include "http-edge/server/workers.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <stdexcept>

namespace jangteo::edge {
namespace {

using namespace std::chrono_literals;

TEST(Workers, run_beside_the_io_thread_and_bring_back_what_came_of_it)
{
    boost::asio::io_context io{1};
    Workers workers(io, 2, 8);
    int result = 0;
    std::string failure;
    std::thread::id where;
    auto session = [&]() -> Awaitable<void> {
        auto work = [&where](std::size_t thread) {
            where = std::this_thread::get_id();
            return static_cast<int>(thread) + 40;
        };
        result = co_await workers.run(work);
        auto failing = [](std::size_t) -> int { throw std::runtime_error("away"); };
        try {
            co_await workers.run(failing);
        } catch (const std::runtime_error& error) {
            failure = error.what();
        }
    };
    boost::asio::co_spawn(io, session(), boost::asio::detached);
    io.run();
    EXPECT_GE(result, 40);
    EXPECT_NE(where, std::this_thread::get_id());
    EXPECT_EQ(failure, "away");
}

TEST(Workers, turn_away_what_would_wait_too_long)
{
    boost::asio::io_context io{1};
    Workers workers(io, 1, 2);
    std::atomic<bool> go = false;
    int done = 0;
    int turned_away = 0;
    auto session = [&]() -> Awaitable<void> {
        auto work = [&go](std::size_t) {
            while (!go) std::this_thread::sleep_for(1ms);
            return 1;
        };
        try {
            done += co_await workers.run(work);
        } catch (const Problem& problem) {
            EXPECT_EQ(problem.code(), "COMMON_503");
            ++turned_away;
            go = true;
        }
    };
    for (int i = 0; i < 10; ++i) boost::asio::co_spawn(io, session(), boost::asio::detached);
    io.run();
    EXPECT_GE(turned_away, 1);  // How many more depends on how soon the thread sees that it may go on.
    EXPECT_EQ(done + turned_away, 10);
}

}  // namespace
}  // namespace jangteo::edge
