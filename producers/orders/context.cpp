#include "events/orders.hpp"
#include "producers/contexts.hpp"
#include "producers/orders/decider.hpp"
#include "producers/runtime/typed_context.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_orders()
{
    return std::make_unique<TypedContext<orders::Decider>>(events::orders::context, events::orders::decode_command,
                                                           events::orders::decode_event);
}

}  // namespace jangteo::producers
