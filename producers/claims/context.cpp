#include "events/claims.hpp"
#include "producers/claims/decider.hpp"
#include "producers/contexts.hpp"
#include "producers/runtime/typed_context.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_claims()
{
    return std::make_unique<TypedContext<claims::Decider>>(events::claims::context, events::claims::decode_command,
                                                           events::claims::decode_event);
}

}  // namespace jangteo::producers
