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

/// JANGTEO_SEEDS histories from JANGTEO_FIRST_SEED on, on every core. A failure prints its seed: the same seed is the
/// same history.
TEST(Simulation, every_history_ends_with_everything_accounted_for)
{
    const std::uint64_t first = number_from("JANGTEO_FIRST_SEED", 1);
    const std::uint64_t end = first + number_from("JANGTEO_SEEDS", 10'000);
    std::atomic<std::uint64_t> next = first;
    std::atomic<std::uint64_t> failed = 0;
    std::mutex mutex;
    std::string wrong;
    const auto work = [&] {
        for (std::uint64_t seed = next++; seed < end && failed == 0; seed = next++) {
            std::string found = run_history(seed);
            if (found.empty()) continue;
            const std::lock_guard lock(mutex);
            failed = seed;
            wrong = std::move(found);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, "") << "seed " << failed << " (JANGTEO_FIRST_SEED=" << failed << " JANGTEO_SEEDS=1)";
    EXPECT_GE(next, end) << "not every history was tried";
}

}  // namespace
}  // namespace jangteo::simulation
