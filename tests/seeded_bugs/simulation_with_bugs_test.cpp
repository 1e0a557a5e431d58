#include "tests/simulation/world.hpp"

#include <gtest/gtest.h>
#include <cstdlib>
#include <iostream>
#include <string>

namespace jangteo::simulation {
namespace {

constexpr std::uint64_t seeds = 300;

/// The first seed whose history shows the bug; 0 when none does.
std::uint64_t first_seed_that_notices(const std::string& bug)
{
    ::setenv("JANGTEO_SEEDED_BUG", bug.c_str(), 1);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const std::string wrong = run_history(seed);
        if (wrong.empty()) continue;
        std::cout << bug << ": seed " << seed << ": " << wrong.substr(0, 160) << '\n';
        return seed;
    }
    return 0;
}

class SeededBugs : public testing::TestWithParam<const char*> {};

TEST_P(SeededBugs, is_noticed)
{
    EXPECT_NE(first_seed_that_notices(GetParam()), 0) << "no history of " << seeds << " notices it";
}

INSTANTIATE_TEST_SUITE_P(Simulation, SeededBugs,
                         testing::Values("dedupe off", "marker ignored", "reply before acknowledgement",
                                         "wrong lot order"),
                         [](const auto& bug) {
                             std::string name = bug.param;
                             for (char& c : name) c = c == ' ' ? '_' : c;
                             return name;
                         });

TEST(SeededBugs, no_bug_is_not_noticed)
{
    EXPECT_EQ(first_seed_that_notices(""), 0);
}

}  // namespace
}  // namespace jangteo::simulation
