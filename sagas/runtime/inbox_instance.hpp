// An instance in the memory of its inbox. Only the inbox's own .cpp files include this.
#pragma once

#include "sagas/runtime/inbox.hpp"

#include <algorithm>

namespace jangteo::sagas {

struct Inbox::Instance {
    std::unique_ptr<ProcessState> state;
    std::vector<events::Uuid> seen;  ///< Ids of the inputs taken: a repeat changes nothing.
    events::Position position;       ///< What the process has written so far; its answers carry it.
    events::ReturnAddress caller;    ///< Who waits for the process to be settled.
    std::string traceparent;
    std::string parked_because;  ///< Not empty: the inputs below wait for an operator.
    std::vector<ParkedInput> parked;
    std::vector<Step> unanswered;
    std::vector<PushMade> pushes;
    events::Timestamp touched{};
    bool listed = false;

    [[nodiscard]] bool has_seen(const events::Uuid& id) const
    {
        return std::find(seen.begin(), seen.end(), id) != seen.end();
    }
};

}  // namespace jangteo::sagas
