#include "events/settlement.hpp"
#include "producers/contexts.hpp"
#include "producers/runtime/typed_context.hpp"
#include "producers/settlement/decider.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_settlement()
{
    return std::make_unique<TypedContext<settlement::Decider>>(
        events::settlement::context, events::settlement::decode_command, events::settlement::decode_event);
}

}  // namespace jangteo::producers
