#include "http-edge/server/usage.hpp"

#include <gtest/gtest.h>

namespace jangteo::edge {
namespace {

using std::chrono::seconds;

/// At the beginning of a minute.
const Usage::Time now{seconds(1'800'000'000)};
constexpr UsageKey alice = 1;
constexpr UsageKey bob = 2;

/// How many of `tries` are let in.
int admitted(Usage& usage, UsageKey key, int tries, std::int64_t limit, Usage::Time at = now)
{
    int count = 0;
    Allowance allowance;
    for (int i = 0; i < tries; ++i) count += usage.take(key, limit, at, allowance) ? 1 : 0;
    return count;
}

TEST(Usage, lets_in_as_many_as_the_limit_allows)  // SH-RL-04
{
    Usage usage;
    EXPECT_EQ(admitted(usage, alice, 150, 100), 100);
    EXPECT_EQ(admitted(usage, bob, 5, 100), 5) << "each has a limit of their own";
    EXPECT_EQ(admitted(usage, alice, 5, 100, now + seconds(59)), 0);
    EXPECT_EQ(admitted(usage, alice, 150, 100, now + seconds(60)), 100) << "another minute";
}

TEST(Usage, says_what_is_left_and_until_when)
{
    Usage usage;
    Allowance allowance;
    EXPECT_TRUE(usage.take(alice, 3, now + seconds(20), allowance));
    EXPECT_EQ(allowance.limit, 3);
    EXPECT_EQ(allowance.remaining, 2);
    EXPECT_EQ(allowance.resets_at, 1'800'000'060);
    admitted(usage, alice, 2, 3);
    EXPECT_FALSE(usage.take(alice, 3, now + seconds(30), allowance));
    EXPECT_EQ(allowance.remaining, 0);
}

TEST(Usage, is_one_count_on_several_edges)
{
    Usage here;
    Usage there;
    EXPECT_EQ(admitted(here, alice, 60, 100), 60);
    there.heard(usage_news_in(to_text(here.take_news())), now);
    EXPECT_EQ(admitted(there, alice, 60, 100), 40);
    here.heard(usage_news_in(to_text(there.take_news())), now);
    EXPECT_EQ(admitted(here, alice, 1, 100), 0);
    EXPECT_TRUE(here.take_news().empty()) << "what was heard is not told back";
}

TEST(Usage, hears_nothing_of_another_minute)
{
    Usage here;
    Usage late;
    admitted(here, alice, 60, 100);
    late.heard(here.take_news(), now + seconds(60));
    EXPECT_EQ(late.count(alice, now + seconds(60)), 0);
}

TEST(Usage, a_block_lasts_and_is_known_everywhere)
{
    Usage here;
    Usage there;
    here.block(alice, now + seconds(900));
    here.block(alice, now + seconds(100));
    EXPECT_EQ(here.blocked_until(alice, now), now + seconds(900)) << "a shorter one does not end it";
    there.heard(usage_news_in(to_text(here.take_news())), now);
    EXPECT_EQ(there.blocked_until(alice, now + seconds(899)), now + seconds(900));
    EXPECT_EQ(there.blocked_until(alice, now + seconds(900)), std::nullopt);
    EXPECT_EQ(there.blocked_until(bob, now), std::nullopt);
}

TEST(Usage, what_is_over_is_forgotten)
{
    Usage usage;
    admitted(usage, alice, 1, 100);
    usage.block(bob, now + seconds(90));
    usage.forget_old(now + seconds(59));
    EXPECT_EQ(usage.size(), 2U);
    usage.forget_old(now + seconds(60));
    EXPECT_EQ(usage.size(), 1U);
    usage.forget_old(now + seconds(90));
    EXPECT_EQ(usage.size(), 0U);
}

TEST(Usage, news_are_read_as_they_were_written_and_others_left_out)
{
    const std::vector<UsageNews> news{{alice, 30'000'000, 7, 0}, {~UsageKey{0}, 0, 0, 1'800'000'900}};
    EXPECT_EQ(usage_news_in(to_text(news)), news);
    EXPECT_TRUE(usage_news_in("nonsense").empty());
    EXPECT_TRUE(usage_news_in("1 2 3").empty());
    EXPECT_EQ(usage_news_in("1 2 3 0;4 x").size(), 1U);
}

TEST(Usage, an_address_is_not_to_be_seen_in_its_key)
{
    const auto key = usage_key("secret", "address", "203.0.113.7");
    EXPECT_EQ(key, usage_key("secret", "address", "203.0.113.7"));
    EXPECT_NE(key, usage_key("secret", "login", "203.0.113.7"));
    EXPECT_NE(key, usage_key("other", "address", "203.0.113.7"));
}

}  // namespace
}  // namespace jangteo::edge
