#include "events/inventory.hpp"
#include "producers/contexts.hpp"
#include "producers/inventory/decider.hpp"
#include "producers/runtime/typed_context.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_inventory()
{
    return std::make_unique<TypedContext<inventory::Decider>>(
        events::inventory::context, events::inventory::decode_command, events::inventory::decode_event);
}

}  // namespace jangteo::producers
