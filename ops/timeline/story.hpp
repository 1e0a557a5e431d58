// What happened to an order, as a tree: what called forth what.
#pragma once

#include "events/record.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::ops::timeline {

/// An event, and the command that it is the outcome of.
struct Told {
    events::Record event;
    std::optional<events::Envelope> command{};  ///< Empty: it could not be read.
};

/// How the command came about, when it was not sent straight for what is above it.
enum class By { nobody, saga, timer, task };

struct Node {
    std::size_t told = 0;                ///< Which one.
    std::size_t depth = 0;               ///< Below how many it is.
    std::optional<std::size_t> cause{};  ///< The one above it.
    By by = By::nobody;
    bool cause_missing = false;  ///< There is a cause, but it is not among what was found.
};

/// From the first to the last, each below its cause. `sagas` are the names of the processes whose commands, timers and
/// tasks may stand between an event and the command that follows from it.
std::vector<Node> tree_of(std::span<const Told> story, std::span<const std::string> sagas);

/// For a person: a line each.
std::string text_of(std::span<const Told> story, std::span<const Node> tree);
/// An array of the events, each with its cause.
std::string json_of(std::span<const Told> story, std::span<const Node> tree);

/// `ORD-20260118-00A1` names the place of the placing command in `orders.commands`; empty for another text.
struct PlaceOfOrder {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    friend bool operator==(const PlaceOfOrder&, const PlaceOfOrder&) = default;
};
std::optional<PlaceOfOrder> place_of_number(std::string_view order_number);

}  // namespace jangteo::ops::timeline
