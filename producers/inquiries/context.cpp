#include "events/inquiries.hpp"
#include "producers/contexts.hpp"
#include "producers/inquiries/decider.hpp"
#include "producers/runtime/typed_context.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_inquiries()
{
    return std::make_unique<TypedContext<inquiries::Decider>>(
        events::inquiries::context, events::inquiries::decode_command, events::inquiries::decode_event);
}

}  // namespace jangteo::producers
