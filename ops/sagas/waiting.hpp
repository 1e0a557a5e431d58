// `jangteo sagas list|show|retry|skip|compensate` and `jangteo timers`: which instances do not go on by themselves, why,
// and what an operator does about it.
#pragma once

#include "ops/sagas/push.hpp"

#include <chrono>
#include <ostream>

namespace jangteo::ops::sagas {

struct Listed {
    std::string saga;   ///< Empty: of all processes.
    std::string phase;  ///< Empty: of all.
    std::chrono::seconds older_than{60};
    bool parked = false;  ///< Only those that are parked.
    std::string failure;  ///< Only those whose failure or whose awaited answer contains this.
    std::int64_t most = 50;
    std::string after;  ///< Where the page before has ended.
    bool json = false;
};

/// The oldest first, each with what it waits for and what is known about why that does not come.
void list(const Settings& settings, const Listed& listed, std::ostream& out);

/// Its state, what it waits for, what is parked, and who has pushed it. False: there is none.
bool show(const Settings& settings, const std::string& saga, const events::Uuid& correlation_id, bool json,
          std::ostream& out);

struct Pushing {
    events::sagas::InstancePushed push;
    bool dry_run = false;
    bool json = false;
    std::chrono::milliseconds patience{10'000};
};

/// Says what it will do, does it, and says what came of it. False: there is no such instance, or it did nothing.
bool push_one(const Settings& settings, const Pushing& pushing, std::ostream& out);

struct Timers {
    std::string saga;  ///< Empty: all.
    bool overdue = false;
    std::int64_t most = 50;
    bool json = false;
};
/// What is due next, and how much is overdue.
void timers(const Settings& settings, const Timers& wanted, std::ostream& out);

}  // namespace jangteo::ops::sagas
