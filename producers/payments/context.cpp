#include "events/payments.hpp"
#include "producers/contexts.hpp"
#include "producers/payments/decider.hpp"
#include "producers/runtime/typed_context.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_payments()
{
    return std::make_unique<TypedContext<payments::Decider>>(
        events::payments::context, events::payments::decode_command, events::payments::decode_event);
}

}  // namespace jangteo::producers
