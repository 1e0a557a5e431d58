#include "events/points.hpp"
#include "producers/contexts.hpp"
#include "producers/points/decider.hpp"
#include "producers/runtime/typed_context.hpp"

namespace jangteo::producers {

std::unique_ptr<Context> make_points()
{
    return std::make_unique<TypedContext<points::Decider>>(events::points::context, events::points::decode_command,
                                                           events::points::decode_event);
}

}  // namespace jangteo::producers
