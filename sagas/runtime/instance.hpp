// What the runtime keeps of an instance beside the saga's own state, as its snapshot has it. Described (Boost.Describe),
// so that what operators look at is what the inbox goes on from.
#pragma once

#include "events/codec.hpp"
#include "events/ids.hpp"
#include "events/time.hpp"

#include <boost/describe/class.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace jangteo::sagas {

/// A command that was sent and whose answer has not come: all that is needed to send it again, the same.
struct Step {
    events::Uuid id{};
    std::string type;
    std::string schema;
    std::string subject;
    events::Json value;
    events::Uuid cause{};      ///< The input that it followed from.
    events::Timestamp time{};  ///< That input's.
    bool settles = false;
};
BOOST_DESCRIBE_STRUCT(Step, (), (id, type, schema, subject, value, cause, time, settles))

/// An input that waits for an operator, whole: it is taken again without reading the log.
struct ParkedInput {
    std::int64_t offset = 0;
    events::Uuid id{};
    std::string type;
    std::string subject;
    std::string value;
    events::Timestamp time{};
    events::Uuid causation_id{};
    std::string traceparent;
    std::string reply_to;
    std::string position;
};
BOOST_DESCRIBE_STRUCT(ParkedInput, (),
                      (offset, id, type, subject, value, time, causation_id, traceparent, reply_to, position))

/// A push, and what came of it.
struct PushMade {
    events::Uuid id{};
    events::Timestamp time{};
    std::string push;
    std::string actor;
    std::string reason;
    std::string outcome;
};
BOOST_DESCRIBE_STRUCT(PushMade, (), (id, time, push, actor, reason, outcome))

inline constexpr std::size_t most_pushes_kept = 20;

/// An instance as its snapshot has it.
struct StoredInstance {
    std::string phase;
    std::vector<events::Uuid> seen;  ///< Ids of the inputs taken: a repeat changes nothing.
    std::string position;
    std::string caller;
    std::string traceparent;
    std::string parked_because;              ///< Not empty: the inputs below wait for an operator.
    std::vector<ParkedInput> parked_inputs;  ///< In the order in which they came.
    std::vector<Step> unanswered;            ///< In the order in which they were sent.
    std::vector<PushMade> pushes;            ///< The last ones.
    events::Timestamp touched{};             ///< The last input's.
    bool listed = false;                     ///< It is among those that wait (sagas.waiting).
    events::Json state;                      ///< The saga's own.
};
BOOST_DESCRIBE_STRUCT(StoredInstance, (),
                      (phase, seen, position, caller, traceparent, parked_because, parked_inputs, unanswered, pushes,
                       touched, listed, state))

}  // namespace jangteo::sagas
