#include "consumers/runtime/outbound.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <deque>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace jangteo::consumers {
namespace {

using namespace std::chrono_literals;
using enum Repeatable;
using State = CircuitBreaker::State;
using Pauses = std::vector<std::chrono::milliseconds>;

Outbound::Once answer(int status, std::optional<std::chrono::seconds> retry_after = {})
{
    return [=] { return HttpResponse{status, "body", retry_after}; };
}
HttpResponse not_sent()
{
    throw NotSent("refused");
}
HttpResponse no_answer()
{
    throw NoAnswer("timed out");
}

/// A target that does what it is told, in a world where time passes only by pauses.
class OutboundPolicyTest : public ::testing::Test {
protected:
    HttpResponse call(std::deque<Outbound::Once> target, Repeatable repeatable)
    {
        tries = 0;
        return outbound.call(
            [&] {
                ++tries;
                if (target.empty()) throw std::logic_error("called more often than the test expects");
                const auto once = std::move(target.front());
                target.pop_front();
                return once();
            },
            repeatable);
    }
    void open_the_circuit()
    {
        for (int i = 0; i < 5; ++i) EXPECT_EQ(call({answer(500)}, no).status, 500);
        ASSERT_EQ(outbound.status().circuit, State::open);
    }
    template <class Exception, class Call>
    static std::string what_is_thrown(Call&& of)
    {
        try {
            of();
        } catch (const Exception& error) {
            return error.what();
        }
        ADD_FAILURE() << "nothing was thrown";
        return {};
    }

    CircuitBreaker::Time now{24h};
    double drawn = 0.5;
    bool stopping = false;
    Pauses pauses;
    int tries = 0;
    Outbound outbound{{.target = "payments.toss", .first_delay = 200ms, .longest_retry_after = 5s},
                      {.now = [this] { return now; },
                       .pause =
                           [this](std::chrono::milliseconds time) {
                               pauses.push_back(time);
                               now += time;
                               return !stopping;
                           },
                       .draw = [this] { return drawn; }}};
};

TEST_F(OutboundPolicyTest, an_answer_is_the_callers_business)
{
    for (const int status : {200, 202, 302, 400, 401, 404, 409, 422}) {
        EXPECT_EQ(call({answer(status)}, yes).status, status);
        EXPECT_EQ(call({answer(status)}, no).status, status);
    }
    EXPECT_TRUE(pauses.empty());
    EXPECT_EQ(outbound.status().failures, 0);
    EXPECT_EQ(outbound.status().calls, 16);
}

TEST_F(OutboundPolicyTest, what_was_not_sent_is_tried_again_in_any_case)
{
    for (const auto repeatable : {no, yes}) {
        EXPECT_EQ(call({not_sent, not_sent, not_sent, answer(200)}, repeatable).status, 200);
        EXPECT_EQ(tries, 4);
    }
}

TEST_F(OutboundPolicyTest, EXT_RULE_01_has_three_retries)
{
    EXPECT_THROW(call({not_sent, not_sent, not_sent, not_sent}, no), NotSent);
    EXPECT_EQ(tries, 4);
    EXPECT_EQ(outbound.status().retries, 3);
    EXPECT_EQ(outbound.status().calls, 1);
    EXPECT_EQ(outbound.status().failures, 4);
}

TEST_F(OutboundPolicyTest, what_may_have_been_done_is_not_tried_again_unless_that_is_harmless)
{
    EXPECT_THROW(call({no_answer}, no), NoAnswer);
    EXPECT_EQ(call({answer(500)}, no).status, 500);
    EXPECT_EQ(call({answer(429)}, no).status, 429);
    EXPECT_EQ(call({answer(200)}, no).status, 200);
    EXPECT_TRUE(pauses.empty());

    EXPECT_EQ(call({no_answer, answer(503), answer(429), answer(200)}, yes).status, 200);
    EXPECT_EQ(pauses.size(), 3);
}

TEST_F(OutboundPolicyTest, the_caller_gets_the_last_failure)
{
    EXPECT_EQ(call({answer(500), answer(500), no_answer, answer(502)}, yes).status, 502);
    EXPECT_EQ(call({answer(200)}, yes).status, 200);
    EXPECT_THROW(call({answer(500), answer(500), answer(502), no_answer}, yes), NoAnswer);
    EXPECT_EQ(call({answer(200)}, yes).status, 200);
    EXPECT_EQ(call({not_sent, answer(429), not_sent, answer(429)}, yes).status, 429);
}

TEST_F(OutboundPolicyTest, a_try_in_doubt_is_not_forgotten_over_later_ones_that_did_nothing)
{
    const auto text = what_is_thrown<NoAnswer>([&] { call({no_answer, not_sent, not_sent, not_sent}, yes); });
    EXPECT_EQ(text, "refused; before that: timed out");
    EXPECT_EQ(call({answer(200)}, yes).status, 200);
    EXPECT_THROW(call({not_sent, answer(502), not_sent, answer(429)}, yes), NoAnswer);
    EXPECT_EQ(call({answer(200)}, yes).status, 200);
    EXPECT_THROW(call({answer(429), answer(429), answer(429), not_sent}, yes), NotSent);
}

TEST_F(OutboundPolicyTest, delays_are_random_parts_of_growing_times)
{
    const std::deque<Outbound::Once> failing{not_sent, not_sent, not_sent, answer(200)};
    drawn = 0;
    call(failing, no);
    EXPECT_EQ(pauses, (Pauses{0ms, 0ms, 0ms}));
    pauses.clear();
    drawn = 0.5;
    call(failing, no);
    EXPECT_EQ(pauses, (Pauses{100ms, 200ms, 400ms}));
    pauses.clear();
    drawn = 0.999'999;
    call(failing, no);
    EXPECT_EQ(pauses, (Pauses{199ms, 399ms, 799ms}));
}

TEST_F(OutboundPolicyTest, waits_as_long_as_the_target_asks_for)
{
    EXPECT_EQ(call({answer(429, 1s), answer(503, 5s), answer(200)}, yes).status, 200);
    EXPECT_EQ(pauses, (Pauses{1'100ms, 5'200ms}));
}

TEST_F(OutboundPolicyTest, a_target_that_asks_for_too_long_gets_no_retry)
{
    const auto response = call({answer(429, 6s)}, yes);
    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(response.retry_after, 6s);
    EXPECT_TRUE(pauses.empty());
}

TEST_F(OutboundPolicyTest, EXT_RULE_01_an_open_circuit_makes_no_call)
{
    open_the_circuit();
    now += 12s;
    const auto text = what_is_thrown<CircuitOpen>([&] { call({}, yes); });
    EXPECT_EQ(text, "payments.toss: circuit open for 12 s, will be tried in 18 s; last trouble: status 500");
    EXPECT_EQ(tries, 0);
    try {
        call({}, yes);
    } catch (const CircuitOpen& refused) {
        EXPECT_EQ(refused.since(), now - 12s);
        EXPECT_EQ(refused.next_try(), now + 18s);
    }
    EXPECT_EQ(outbound.status().refused, 2);
    EXPECT_EQ(outbound.status().calls, 5);
}

TEST_F(OutboundPolicyTest, the_fifth_failure_ends_a_call_that_has_retries_left)
{
    EXPECT_THROW(call({not_sent, not_sent, not_sent, not_sent}, no), NotSent);
    pauses.clear();
    EXPECT_THROW(call({not_sent}, no), NotSent);
    EXPECT_EQ(tries, 1);
    EXPECT_TRUE(pauses.empty());
    EXPECT_THROW(call({}, no), CircuitOpen);
}

TEST_F(OutboundPolicyTest, EXT_RULE_01_after_thirty_seconds_one_probe_decides)
{
    open_the_circuit();
    now += 30s;
    EXPECT_THROW(call({not_sent}, no), NotSent);
    EXPECT_EQ(tries, 1);
    EXPECT_EQ(outbound.status().circuit, State::open);
    EXPECT_EQ(outbound.status().times_opened, 2);
    EXPECT_THROW(call({}, no), CircuitOpen);

    now += 30s;
    const auto others_meanwhile = [&] {
        EXPECT_EQ(outbound.status().circuit, State::half_open);
        const auto text = what_is_thrown<CircuitOpen>([&] { outbound.call(answer(200), yes); });
        EXPECT_EQ(text, "payments.toss: circuit open for 30 s, is being tried; last trouble: refused");
        return HttpResponse{200};
    };
    EXPECT_EQ(call({others_meanwhile}, no).status, 200);
    EXPECT_EQ(outbound.status().circuit, State::closed);
    EXPECT_EQ(outbound.status().consecutive_failures, 0);
    EXPECT_EQ(call({answer(200)}, no).status, 200);
}

TEST_F(OutboundPolicyTest, a_probe_that_could_not_be_made_leaves_room_for_the_next)
{
    open_the_circuit();
    now += 30s;
    EXPECT_THROW(call({[]() -> HttpResponse { throw std::invalid_argument("no URL"); }}, no), std::invalid_argument);
    EXPECT_EQ(call({answer(200)}, no).status, 200);
    EXPECT_EQ(outbound.status().circuit, State::closed);
}

TEST_F(OutboundPolicyTest, a_circuit_that_others_open_during_the_pause_ends_the_call)
{
    Outbound* shared = nullptr;
    Outbound with_others{{.target = "maps"},
                         {.now = [this] { return now; },
                          .pause =
                              [&](auto) {
                                  for (int i = 0; i < 4; ++i) shared->call(answer(500), no);
                                  return true;
                              },
                          .draw = [] { return 0.0; }}};
    shared = &with_others;
    int calls = 0;
    EXPECT_THROW(with_others.call(
                     [&]() -> HttpResponse {
                         ++calls;
                         throw NoAnswer("timed out");
                     },
                     yes),
                 NoAnswer);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(with_others.status().retries, 0);
}

TEST_F(OutboundPolicyTest, a_stop_ends_the_retries_and_the_caller_hears_what_happened)
{
    stopping = true;
    EXPECT_THROW(call({no_answer}, yes), NoAnswer);
    EXPECT_THROW(call({not_sent}, yes), NotSent);
    EXPECT_EQ(call({answer(503)}, yes).status, 503);
}

TEST_F(OutboundPolicyTest, status_says_what_happened)
{
    call({not_sent, answer(200)}, no);
    EXPECT_THROW(call({no_answer}, no), NoAnswer);
    const auto status = outbound.status();
    EXPECT_EQ(status.target, "payments.toss");
    EXPECT_EQ(status.circuit, State::closed);
    EXPECT_EQ(status.consecutive_failures, 1);
    EXPECT_EQ(status.calls, 2);
    EXPECT_EQ(status.retries, 1);
    EXPECT_EQ(status.failures, 2);
    EXPECT_EQ(status.times_opened, 0);
    EXPECT_EQ(status.trouble, "timed out");
}

TEST(RealSurroundings, a_pause_ends_when_the_program_stops)
{
    std::stop_source source;
    const auto real = Surroundings::real(source.get_token());
    EXPECT_TRUE(real.pause(1ms));
    const std::jthread stopper([&] {
        std::this_thread::sleep_for(20ms);
        source.request_stop();
    });
    const auto began = real.now();
    EXPECT_FALSE(real.pause(1h));
    EXPECT_FALSE(real.pause(1h));
    EXPECT_LT(real.now() - began, 30s);
}

TEST(RealSurroundings, draws_parts)
{
    const auto real = Surroundings::real({});
    double least = 1;
    double most = 0;
    for (int i = 0; i < 1'000; ++i) {
        const auto drawn = real.draw();
        least = std::min(least, drawn);
        most = std::max(most, drawn);
    }
    EXPECT_GE(least, 0);
    EXPECT_LT(least, 0.1);
    EXPECT_GT(most, 0.9);
    EXPECT_LT(most, 1);
}

TEST(OutboundOnThreads, is_shared_by_all_that_call_the_target)
{
    Outbound outbound({.target = "maps", .first_delay = 0ms, .breaker = {.failures_to_open = 1'000'000}},
                      Surroundings::real({}));
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 200; ++n) outbound.call(answer(n % 2 == 0 ? 200 : 503), no);
        });
    }
    while (outbound.status().calls < 800) std::this_thread::yield();
    threads.clear();
    EXPECT_EQ(outbound.status().failures, 400);
}

}  // namespace
}  // namespace jangteo::consumers
