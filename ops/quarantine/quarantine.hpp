// `jangteo quarantine list|show|retry|discard`: what has failed and waits for somebody, of read models, processes and
// targets: alone or all that has failed alike, in the order of failing, paged.
#pragma once

#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"
#include "infra/rabbitmq/settings.hpp"
#include "ops/quarantine/failures.hpp"

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace jangteo::ops::quarantine {

struct Settings {
    kafka::Settings kafka;
    postgres::Settings postgres;
    rabbitmq::Settings rabbitmq;
    std::chrono::seconds clock_offset{0};
};

struct Page {
    std::int64_t most = 50;
    std::int64_t from = 0;  ///< So many are passed over.
    bool json = false;
};

/// The groups of what has failed alike; `of` is `read-models`, `sagas`, `tasks`, or empty for all.
void list(const Settings& settings, const std::string& of, const Page& page, std::ostream& out);
/// The members of a group, or one of them (`orders/3f0c…`) with everything that waits. False: there is none.
bool show(const Settings& settings, const std::string& target, const Page& page, std::ostream& out);

enum class Deed { retry, discard };

struct Doing {
    Deed deed = Deed::retry;
    std::string target;      ///< A group or a member.
    bool all_alike = false;  ///< Everything that has failed like it; a group needs this.
    std::string who;
    std::string reason;
    bool dry_run = false;
    bool json = false;
};
/// Says what it will touch, touches it, and says what came of each. Retry takes what waits again in order: events of a
/// read model in one transaction with its checkpoint's lock, inputs of a process by a push in its inbox, tasks by a
/// confirmed publish to their queue before they leave the quarantine. Discard leaves out the event or input that has
/// failed and takes what waits behind it; a task is dropped. Both are written down. False: there is none, or something
/// still waits.
bool act(const Settings& settings, const Doing& doing, std::ostream& out);

}  // namespace jangteo::ops::quarantine
