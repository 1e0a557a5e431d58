// A small world in which the real runner, saga and snapshots run over a simulated log, clock, network and store. One
// seed is one history: which step comes next, what is delayed, who hangs, who dies, all come from it.
#pragma once

#include "events/record.hpp"
#include "infra/state/state_store.hpp"
#include "sagas/runtime/inbox.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::simulation {

using Place = std::pair<std::string, std::int32_t>;  ///< Topic and partition.

inline constexpr std::int32_t partitions = 2;

/// The state store as PostgreSQL keeps it: whole transactions, forward only.
class Store final : public state::StateStore {
public:
    std::optional<state::Watermark> watermark(const std::string& space, std::int32_t partition) override;
    std::vector<std::string> outcomes(const std::string& space, std::int32_t partition) override;
    std::vector<state::StateRow> load(const std::string& space, std::int32_t partition,
                                      const std::vector<std::string>& keys) override;
    void each_key(const std::string& space, std::int32_t partition,
                  const std::function<void(std::string_view)>& see) override;
    void write(const std::string& space, std::int32_t partition, const state::Flush& flush) override;

    std::map<events::Uuid, state::TimerRow> timers;

private:
    struct Kept {
        std::optional<state::Watermark> watermark;
        std::map<std::int64_t, std::string> outcomes;
        std::map<std::string, std::map<std::int64_t, state::StateRow>> rows;  ///< By key, then layer.
    };
    std::map<std::pair<std::string, std::int32_t>, Kept> kept_;
};

/// What a publisher has taken and the network has not delivered yet.
struct Unsent {
    events::Record record;
    std::function<void(bool ok, std::int64_t offset)> done;  ///< Empty: its sender is dead.
};

class World {
public:
    explicit World(std::uint64_t seed) : random(seed) {}

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); }
    bool chance(double probability) { return std::uniform_real_distribution<>(0, 1)(random) < probability; }
    events::Uuid draw_uuid();
    /// Appends at the end of its partition, which its key names unless it is given. Returns the offset.
    std::int64_t append(events::Record record);
    const std::vector<events::Record>& log(const Place& place) { return logs[place]; }
    static std::int32_t partition_of(const events::Record& record);

    std::mt19937_64 random;
    events::Timestamp now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}};
    std::map<Place, std::vector<events::Record>> logs;
    std::vector<sagas::Errand> tasks;  ///< In queues, in no order.
    Store store;
};

/// Runs one history and checks it. Empty: everything held; else what did not.
std::string run_history(std::uint64_t seed);

}  // namespace jangteo::simulation
