// From a checked request to a command in the log and its outcome: what the handlers of all commands share.
#pragma once

#include "events/record.hpp"
#include "http-edge/server/body.hpp"
#include "http-edge/server/exchange.hpp"
#include "http-edge/server/services.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace jangteo::edge {

/// The actor of commands whose sender does not have to say who they are.
inline constexpr std::string_view nobody = "anonymous";

/// A command before it has a body: who sends it, and by which id it is known.
struct CommandHead {
    events::CommandId id;           ///< From the Idempotency-Key, or drawn.
    std::uint64_t fingerprint = 0;  ///< 0 without a key: then nothing can repeat it.
};
/// Throws Problem for a malformed key.
CommandHead head_of(const Exchange& x, const BodyReader& body);
/// Where nobody has to say who they are: `who` is what the request is about, so that one key of two people is two keys.
CommandHead head_of(const Exchange& x, const BodyReader& body, const events::Uuid& who);
/// For what would be done once more if an app sent it again without a key (SH-API-09): ordering, and moving money or points.
/// Notes in `body` that there is none.
void demand_key(const Exchange& x, BodyReader& body);

/// The record of a command. `subject` is the aggregate's id; `correlation` the process that it belongs to.
template <class Command>
events::Record command_record(const Exchange& x, const CommandHead& head, std::string_view context,
                              const Command& command, std::string subject, const events::Uuid& correlation)
{
    events::Record record;
    record.topic = std::string(context) + ".commands";
    auto& envelope = record.envelope;
    envelope.id = head.id.value;
    envelope.type = Command::type;
    envelope.source = "/jangteo/edge";
    envelope.subject = std::move(subject);
    envelope.time = x.services.now();
    envelope.schema = Command::schema;
    envelope.correlation_id = correlation;
    envelope.causation_id = head.id.value;
    envelope.traceparent = x.trace.traceparent;
    envelope.actor = x.member ? x.member->actor() : std::string(nobody);
    envelope.fingerprint = head.fingerprint;
    record.value = to_json(command);
    return record;
}

/// Turns the event that a command became into its answer. The value is that of the event's type.
using Render = std::function<Response(Exchange& x, const Answer& answer)>;

/// Sends the command and answers with its outcome: `render` for an event, the refusal for a `CommandRejected`, 202 with
/// the address to ask at when it is not settled in time, 422 for a key used before, 503 when nobody knows. Sets the
/// exchange's position.
Awaitable<Response> settle(Exchange& x, events::Record command, Render render);

/// Waits until `model` has what this caller wrote, or names in X-Position. Throws Problem COMMON_503 when it takes too
/// long.
Awaitable<void> catch_up(Exchange& x, ReadModel model);

/// `jangteo.orders.OrderAccepted` → true for OrderAccepted.
template <class Message>
bool is(const Answer& answer)
{
    return answer.type == Message::type;
}
/// The event of an answer. Throws events::DecodeError.
template <class Message>
Message read(const Answer& answer)
{
    Message message;
    from_json(answer.value, message);
    return message;
}

}  // namespace jangteo::edge
