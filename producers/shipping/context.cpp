#include "events/shipping.hpp"
#include "producers/contexts.hpp"
#include "producers/runtime/typed_context.hpp"
#include "producers/shipping/decider.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_shipping()
{
    return std::make_unique<TypedContext<shipping::Decider>>(
        events::shipping::context, events::shipping::decode_command, events::shipping::decode_event);
}

}  // namespace jangteo::producers
