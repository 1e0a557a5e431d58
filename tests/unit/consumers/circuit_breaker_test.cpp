#include "consumers/runtime/circuit_breaker.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::consumers {
namespace {

using namespace std::chrono_literals;
using enum CircuitBreaker::State;
using Time = CircuitBreaker::Time;

enum class Step {
    success,  ///< Asks for leave, calls, and the call succeeds.
    failure,
    withdrawal,
    refusal,  ///< Asks for leave and gets none.
};
using enum Step;

struct Row {
    std::chrono::milliseconds at;
    Step step;
    CircuitBreaker::State then;
    int consecutive_failures;
    std::uint64_t times_opened;
};

const Time start{24h};

void run(const std::vector<Row>& table)
{
    CircuitBreaker breaker{BreakerSettings{}};
    int number = 0;
    for (const auto& row : table) {
        SCOPED_TRACE("row " + std::to_string(++number));
        const auto now = start + row.at;
        const auto pass = breaker.admit(now);
        ASSERT_EQ(pass.has_value(), row.step != refusal);
        switch (row.step) {
            case success: breaker.succeeded(*pass); break;
            case failure: breaker.failed(*pass, now); break;
            case withdrawal: breaker.withdrawn(*pass); break;
            case refusal: break;
        }
        EXPECT_EQ(breaker.state(), row.then);
        EXPECT_EQ(breaker.consecutive_failures(), row.consecutive_failures);
        EXPECT_EQ(breaker.times_opened(), row.times_opened);
    }
}

TEST(CircuitBreaker, EXT_RULE_01_opens_after_five_failures_in_a_row)
{
    run({
        {0s, failure, closed, 1, 0},
        {1s, failure, closed, 2, 0},
        {2s, failure, closed, 3, 0},
        {3s, failure, closed, 4, 0},
        {4s, success, closed, 0, 0},  // Not in a row.
        {5s, failure, closed, 1, 0},
        {6s, failure, closed, 2, 0},
        {7s, withdrawal, closed, 2, 0},  // Says nothing.
        {8s, failure, closed, 3, 0},
        {9s, failure, closed, 4, 0},
        {10s, failure, open, 5, 1},
        {10s, refusal, open, 5, 1},
    });
}

TEST(CircuitBreaker, EXT_RULE_01_tries_again_after_thirty_seconds)
{
    run({
        {0s, failure, closed, 1, 0},
        {0s, failure, closed, 2, 0},
        {0s, failure, closed, 3, 0},
        {0s, failure, closed, 4, 0},
        {0s, failure, open, 5, 1},
        {29'999ms, refusal, open, 5, 1},
        {30s, failure, open, 6, 2},  // The probe fails: thirty seconds more.
        {59'999ms, refusal, open, 6, 2},
        {60s, withdrawal, half_open, 6, 2},  // This was no probe: the next one is.
        {60s, success, closed, 0, 2},
        {60s, failure, closed, 1, 2},  // And everything from the beginning.
        {60s, failure, closed, 2, 2},
        {60s, failure, closed, 3, 2},
        {60s, failure, closed, 4, 2},
        {60s, failure, open, 5, 3},
    });
}

class OpenCircuit : public ::testing::Test {
protected:
    OpenCircuit()
    {
        for (int i = 0; i < 5; ++i) breaker.failed(*breaker.admit(start), start);
    }
    CircuitBreaker breaker{BreakerSettings{}};
};

TEST_F(OpenCircuit, lets_one_probe_through_at_a_time)
{
    const auto probe = breaker.admit(start + 30s);
    ASSERT_TRUE(probe);
    EXPECT_EQ(breaker.state(), half_open);
    EXPECT_FALSE(breaker.admit(start + 30s));
    EXPECT_FALSE(breaker.admit(start + 1h));
    breaker.succeeded(*probe);
    EXPECT_TRUE(breaker.admit(start + 1h));
    EXPECT_TRUE(breaker.admit(start + 1h));
}

TEST_F(OpenCircuit, says_since_when_and_until_when)
{
    EXPECT_EQ(breaker.opened_at(), start);
    EXPECT_EQ(breaker.next_try(start + 1s), start + 30s);
    ASSERT_TRUE(breaker.admit(start + 31s));
    EXPECT_EQ(breaker.next_try(start + 32s), start + 32s);
}

/// A call that began before the circuit opened and ends at some time after it.
class CallFromBefore : public ::testing::Test {
protected:
    void open()
    {
        for (int i = 0; i < 5; ++i) breaker.failed(*breaker.admit(start), start);
    }
    CircuitBreaker breaker{BreakerSettings{}};
    CircuitBreaker::Pass slow = *breaker.admit(start);
};

TEST_F(CallFromBefore, neither_closes_the_circuit_nor_keeps_it_open_for_longer)
{
    open();
    breaker.succeeded(slow);
    EXPECT_EQ(breaker.state(), CircuitBreaker::State::open);
    breaker.failed(slow, start + 20s);
    EXPECT_EQ(breaker.next_try(start), start + 30s);
    EXPECT_EQ(breaker.consecutive_failures(), 5);
    EXPECT_EQ(breaker.times_opened(), 1);
}

TEST_F(CallFromBefore, does_not_stand_for_the_probe)
{
    open();
    const auto probe = breaker.admit(start + 30s);
    breaker.succeeded(slow);
    breaker.withdrawn(slow);
    EXPECT_EQ(breaker.state(), half_open);
    EXPECT_FALSE(breaker.admit(start + 30s));
    breaker.failed(slow, start + 30s);
    EXPECT_EQ(breaker.state(), half_open);
    breaker.succeeded(*probe);
    EXPECT_EQ(breaker.state(), closed);
}

}  // namespace
}  // namespace jangteo::consumers
