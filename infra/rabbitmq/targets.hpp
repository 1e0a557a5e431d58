// Every target of tasks there is: who acts outside for us. One each, so that one that is down holds up no other.
#pragma once

#include "infra/rabbitmq/topology.hpp"

#include <vector>

namespace jangteo::rabbitmq {

inline std::vector<Topology> all_targets()
{
    using std::chrono::seconds;
    // Money waits for its answer: it is asked for again soon, and never later than within half a minute.
    const std::vector<std::chrono::milliseconds> soon{seconds{1}, seconds{3}, seconds{10}, seconds{20}};
    return {{.target = "payments.toss", .steps = soon}, {.target = "payments.inicis", .steps = soon}};
}

}  // namespace jangteo::rabbitmq
