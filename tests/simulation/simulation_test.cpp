#include "tests/simulation/world.hpp"

#include <gtest/gtest.h>
#include <cstdlib>

namespace jangteo::simulation {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise)
{
    const char* text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// JANGTEO_SEEDS histories from JANGTEO_FIRST_SEED on. A failure prints its seed: the same seed is the same history.
TEST(Simulation, every_history_ends_with_everything_accounted_for)
{
    const std::uint64_t first = number_from("JANGTEO_FIRST_SEED", 1);
    const std::uint64_t seeds = number_from("JANGTEO_SEEDS", 10'000);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const std::string wrong = run_history(seed);
        ASSERT_EQ(wrong, "") << "seed " << seed << " (JANGTEO_FIRST_SEED=" << seed << " JANGTEO_SEEDS=1)";
    }
}

}  // namespace
}  // namespace jangteo::simulation
