#include "ops/timeline/story.hpp"

#include "events/codec.hpp"
#include "ops/log/selection.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace jangteo::ops::timeline {

namespace {

/// Of one kind, an input calls forth so many at most; a saga's ids of timers and tasks derive from the input's.
constexpr int most_of_a_kind = 32;

struct Cause {
    std::size_t told = 0;
    By by = By::saga;
};

/// By the id that a command names as its cause: an event itself, or a timer or a task that was set for one.
std::map<events::Uuid, Cause> causes_in(std::span<const Told> story, std::span<const std::string> sagas)
{
    std::map<events::Uuid, Cause> causes;
    for (std::size_t i = 0; i < story.size(); ++i) {
        const auto& id = story[i].event.envelope.id;
        causes.try_emplace(id, Cause{i, By::saga});
        for (const auto& saga : sagas) {
            for (int n = 0; n < most_of_a_kind; ++n) {
                const auto number = std::to_string(n);
                causes.try_emplace(events::uuid_v5(id, saga + "/timer/" + number), Cause{i, By::timer});
                causes.try_emplace(events::uuid_v5(id, saga + "/task/" + number), Cause{i, By::task});
            }
        }
    }
    return causes;
}

std::string_view text_of(By by)
{
    switch (by) {
        case By::nobody: return "";
        case By::saga: return "saga";
        case By::timer: return "timer";
        case By::task: return "task";
    }
    return "";
}

auto order_of(const Told& told)
{
    const auto& event = told.event;
    return std::tie(event.envelope.time, event.topic, event.partition, event.offset);
}

class Tree {
public:
    Tree(std::span<const Told> story, std::span<const std::string> sagas) : story_(story)
    {
        const auto causes = causes_in(story, sagas);
        found_.resize(story.size());
        for (std::size_t i = 0; i < story.size(); ++i) {
            found_[i].told = i;
            const auto& command = story[i].command;
            if (!command || command->causation_id.is_nil() || command->causation_id == command->id) continue;
            const auto cause = causes.find(command->causation_id);
            found_[i].cause_missing = cause == causes.end();
            if (cause == causes.end() || cause->second.told == i) continue;
            found_[i].cause = cause->second.told;
            found_[i].by = cause->second.by;
        }
    }

    std::vector<Node> in_order()
    {
        add_below(std::nullopt, 0);
        return std::move(nodes_);
    }

private:
    void add_below(std::optional<std::size_t> cause, std::size_t depth)
    {
        std::vector<std::size_t> here;
        for (const auto& node : found_) {
            if (node.cause == cause) here.push_back(node.told);
        }
        std::ranges::sort(here, [this](auto a, auto b) { return order_of(story_[a]) < order_of(story_[b]); });
        for (const auto index : here) {
            nodes_.push_back(found_[index]);
            nodes_.back().depth = depth;
            add_below(index, depth + 1);
        }
    }

    std::span<const Told> story_;
    std::vector<Node> found_;
    std::vector<Node> nodes_;
};

/// What was refused, and why.
std::string refusal_in(const events::Record& event)
{
    try {
        const auto rejection = events::rejection_from_json(event.value);
        const auto command = events::rejected_command(event.value);
        return std::string(log::short_type(command)) + " refused: " + rejection.code + ' ' +
               events::details_to_json(rejection.details);
    } catch (const events::DecodeError&) {
        return "a command was refused";
    }
}

}  // namespace

std::vector<Node> tree_of(std::span<const Told> story, std::span<const std::string> sagas)
{
    return Tree(story, sagas).in_order();
}

std::string text_of(std::span<const Told> story, std::span<const Node> tree)
{
    std::string text;
    for (const auto& node : tree) {
        const auto& event = story[node.told].event;
        const auto& says = event.envelope;
        text += events::to_iso8601(says.time) + "  ";
        for (std::size_t i = 0; i < node.depth; ++i) text += "  ";
        text += std::string(log::context_of(event.topic)) + ' ';
        text += says.type == events::rejected_type ? refusal_in(event) : std::string(log::short_type(says.type));
        text += "  by " + (says.actor.empty() ? std::string("nobody named") : says.actor);
        if (node.by == By::timer || node.by == By::task) {
            text += " (";
            text += text_of(node.by);
            text += ')';
        }
        if (node.cause_missing) {
            text += " (called forth by " + events::to_string(story[node.told].command->causation_id) + ')';
        }
        text += "  " + event.topic + '[' + std::to_string(event.partition) + "]@" + std::to_string(event.offset) + '\n';
    }
    return text;
}

std::string json_of(std::span<const Told> story, std::span<const Node> tree)
{
    std::string json = "[";
    for (const auto& node : tree) {
        const auto& [event, command] = story[node.told];
        if (json.size() > 1) json += ',';
        std::string one = log::json_of(event, false);
        one.pop_back();
        one += R"(,"causedBy":)";
        if (node.cause) {
            events::append_json(one, story[*node.cause].event.envelope.id);
        } else {
            one += "null";
        }
        one += R"(,"depth":)" + std::to_string(node.depth);
        if (node.by != By::nobody) {
            one += R"(,"by":)";
            events::append_json(one, text_of(node.by));
        }
        if (node.cause_missing) {
            one += R"(,"calledForthBy":)";
            events::append_json(one, command->causation_id);
        }
        json += one + '}';
    }
    return json + ']';
}

std::optional<PlaceOfOrder> place_of_number(std::string_view order_number)
{
    constexpr std::string_view prefix = "ORD-";
    constexpr std::size_t day_length = 9;  // With its dash.
    constexpr std::size_t most_digits = 12;
    constexpr std::int64_t base = 36;
    constexpr std::int64_t partitions_at_most = 64;
    if (!order_number.starts_with(prefix) || order_number.size() <= prefix.size() + day_length) return std::nullopt;
    const auto digits = order_number.substr(prefix.size() + day_length);
    if (digits.size() > most_digits || order_number[prefix.size() + day_length - 1] != '-') return std::nullopt;
    std::int64_t place = 0;
    for (const char digit : digits) {
        const bool number = digit >= '0' && digit <= '9';
        if (!number && (digit < 'A' || digit > 'Z')) return std::nullopt;
        place = place * base + (number ? digit - '0' : digit - 'A' + 10);
    }
    return PlaceOfOrder{static_cast<std::int32_t>(place % partitions_at_most), place / partitions_at_most};
}

}  // namespace jangteo::ops::timeline
