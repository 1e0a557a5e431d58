// Which records of the log an operator wants to see.
#pragma once

#include "events/record.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace jangteo::ops::log {

struct Selection {
    std::set<std::string> contexts;  ///< Empty: all.
    std::set<std::string> types;     ///< `StockHeld` or `jangteo.inventory.StockHeld`; empty: all.
    std::optional<std::string> aggregate;
    std::optional<events::Uuid> correlation_id;
    bool refusals = true;  ///< Commands that were refused as well.
    bool dead = false;     ///< What the readers' rule skips as well, and take-overs.

    [[nodiscard]] bool has_context(std::string_view context) const
    {
        return contexts.empty() || contexts.contains(std::string(context));
    }
    [[nodiscard]] bool matches(const events::Record& record) const;
};

/// `jangteo.inventory.StockHeld` → `StockHeld`
std::string_view short_type(std::string_view type);
/// `inventory.events` → `inventory`
std::string_view context_of(std::string_view topic);

/// One line for a person. `dead`: marked as such.
std::string line_of(const events::Record& record, bool dead);
/// The record whole, as one line of JSON.
std::string json_of(const events::Record& record, bool dead);

}  // namespace jangteo::ops::log
