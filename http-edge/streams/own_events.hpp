// The small public shape of what happens to a person: which events an app is told of, under which name, and which of
// their members. What is not in the list is not shown.
#pragma once

#include "events/record.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace jangteo::edge::streams {

struct OwnEvent {
    std::string_view kind;  ///< `order`
    std::string json;       ///< `{"time":…,"kind":"order","what":"placed","orderId":…}`
};

/// The contexts that have any.
bool has_own_events(std::string_view context);
/// Whose it is: a person's, or an order's where the event does not name one.
struct Owner {
    std::optional<events::Uuid> user;
    std::optional<events::Uuid> order;
};
/// Empty for an event that no app is told of.
std::optional<Owner> owner_of(const events::Record& record);
/// Of an event that has an owner.
OwnEvent own_event(const events::Record& record);

}  // namespace jangteo::edge::streams
