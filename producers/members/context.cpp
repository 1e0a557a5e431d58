#include "events/members.hpp"
#include "producers/contexts.hpp"
#include "producers/members/decider.hpp"
#include "producers/runtime/typed_context.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_members()
{
    return std::make_unique<TypedContext<members::Decider>>(events::members::context, events::members::decode_command,
                                                            events::members::decode_event);
}

}  // namespace jangteo::producers
