#include "events/identity.hpp"
#include "producers/contexts.hpp"
#include "producers/identity/decider.hpp"
#include "producers/runtime/typed_context.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_identity()
{
    return std::make_unique<TypedContext<identity::Decider>>(
        events::identity::context, events::identity::decode_command, events::identity::decode_event);
}

}  // namespace jangteo::producers
