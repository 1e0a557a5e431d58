#include "http-edge/streams/selection.hpp"

#include "infra/kafka/settings.hpp"

namespace jangteo::edge::streams {

std::string_view short_type(std::string_view type)
{
    const auto dot = type.rfind('.');
    return dot == std::string_view::npos ? type : type.substr(dot + 1);
}

bool Selection::matches(const std::string& context, const events::Envelope& says) const
{
    if (!refusals && says.type == events::rejected_type) return false;
    if (!contexts.empty() && !contexts.contains(context)) return false;
    if (aggregate && says.subject != *aggregate) return false;
    if (correlation_id && says.correlation_id != *correlation_id) return false;
    return types.empty() || types.contains(says.type) || types.contains(std::string(short_type(says.type)));
}

Slots Selection::slots(const Layout& layout) const
{
    Slots wanted(layout.slots(), false);
    for (std::size_t slot = 0; slot < wanted.size(); ++slot) {
        const bool context = contexts.empty() || contexts.contains(layout.context(slot));
        const bool partition =
            !aggregate || kafka::partition_of(*aggregate, layout.partitions()) == layout.partition(slot);
        wanted[slot] = context && partition;
    }
    return wanted;
}

}  // namespace jangteo::edge::streams
