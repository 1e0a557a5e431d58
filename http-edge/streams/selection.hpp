// Which events an analyst wants to see.
#pragma once

#include "events/record.hpp"
#include "http-edge/streams/position.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace jangteo::edge::streams {

/// By slot: whether it can hold anything of what is wanted.
using Slots = std::vector<bool>;

struct Selection {
    std::set<std::string> contexts{};  ///< Empty: all.
    std::set<std::string> types{};     ///< `StockHeld` or `jangteo.inventory.StockHeld`; empty: all.
    std::optional<std::string> aggregate{};
    std::optional<events::Uuid> correlation_id{};
    bool refusals = false;  ///< Commands that were refused as well.

    [[nodiscard]] bool matches(const std::string& context, const events::Envelope& says) const;
    /// An aggregate lives in one partition of its context.
    [[nodiscard]] Slots slots(const Layout& layout) const;
};

/// `jangteo.inventory.StockHeld` → `StockHeld`
std::string_view short_type(std::string_view type);

}  // namespace jangteo::edge::streams
