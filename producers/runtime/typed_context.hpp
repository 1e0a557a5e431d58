// Makes a Context of a Decider. Heavy: only the one `context.cpp` of each context includes it.
#pragma once

#include "events/codec.hpp"
#include "events/described_json.hpp"
#include "producers/runtime/context.hpp"
#include "producers/runtime/keyed.hpp"

#include <optional>
#include <type_traits>

namespace jangteo::events::described {

/// Keyed parts have rows of their own.
template <class Key, class Value>
inline constexpr bool omit<producers::Keyed<Key, Value>> = true;

}  // namespace jangteo::events::described

namespace jangteo::producers {

template <IsDecider Decider>
class TypedContext final : public Context {
    using State = typename Decider::State;
    using Event = typename Decider::Event;
    using Command = typename Decider::Command;

    struct Held final : Aggregate {
        State state;
    };
    static State& state_of(Aggregate& aggregate) { return static_cast<Held&>(aggregate).state; }
    static const State& state_of(const Aggregate& aggregate) { return static_cast<const Held&>(aggregate).state; }

public:
    using DecodeCommand = Command (*)(std::string_view type, std::string_view json);
    using DecodeEvent = Event (*)(std::string_view type, std::string_view json);

    TypedContext(std::string_view name, DecodeCommand decode_command, DecodeEvent decode_event)
        : name_(name), decode_command_(decode_command), decode_event_(decode_event)
    {}

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::unique_ptr<Aggregate> initial() const override { return std::make_unique<Held>(); }

    Outcome decide(Aggregate& aggregate, std::string_view type, std::string_view json, const Meta& meta) const override
    {
        State& state = state_of(aggregate);
        std::optional<Command> command;
        try {
            command = decode_command_(type, json);
        } catch (const events::DecodeError& error) {
            return rejection(type, {"COMMON_400", {{"field", error.path()}, {"reason", error.problem()}}});
        }
        auto decision =
            std::visit([&](const auto& c) -> Decision<Event> { return Decider::decide(c, state, meta); }, *command);
        if (auto* refused = std::get_if<events::Rejection>(&decision)) return rejection(type, *refused);
        if (std::holds_alternative<Already>(decision))
            return rejection(type, {"COMMON_409", {{"reason", "already done"}}});
        const auto& event = std::get<Event>(decision);
        std::visit([&](const auto& e) { Decider::evolve(state, e, meta); }, event);
        return {.rejected = false,
                .type = std::string(type_of(event)),
                .schema = std::string(schema_of(event)),
                .value = to_json(event)};
    }

    void evolve(Aggregate& aggregate, std::string_view type, std::string_view json, const Meta& meta) const override
    {
        std::visit([&](const auto& event) { Decider::evolve(state_of(aggregate), event, meta); },
                   decode_event_(type, json));
    }

    void collect(Aggregate& aggregate, const std::string& key, std::int64_t offset,
                 std::vector<state::StateRow>& rows) const override
    {
        State& state = state_of(aggregate);
        rows.push_back({key, "", offset, events::described::to_text(state)});
        each_keyed(state, [&](std::string_view member, auto& keyed) {
            auto changed = keyed.take_changed();
            std::sort(changed.begin(), changed.end());
            changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
            for (const auto& part : changed) {
                const auto* value = keyed.find(part);
                rows.push_back({key, part_name(member, part), offset,
                                value ? std::optional(events::described::to_text(*value)) : std::nullopt});
            }
        });
    }

    void restore(Aggregate& aggregate, const state::StateRow& row) const override
    {
        State& state = state_of(aggregate);
        if (!row.state) return;
        if (row.part.empty()) return events::described::from_text(*row.state, state);
        const auto slash = row.part.find('/');
        const auto member_of_row = std::string_view(row.part).substr(0, slash);
        each_keyed(state, [&](std::string_view member, auto& keyed) {
            if (member != member_of_row) return;
            using Keyed = std::remove_reference_t<decltype(keyed)>;
            typename Keyed::key_type part{};
            typename Keyed::mapped_type value{};
            events::described::from_text(std::string_view(row.part).substr(slash + 1), part);
            events::described::from_text(*row.state, value);
            keyed.restore(part, std::move(value));
        });
    }

    [[nodiscard]] std::size_t weight(const Aggregate& aggregate) const override { return weigh(state_of(aggregate)); }

private:
    template <class Each>
    static void each_keyed(State& state, Each each)
    {
        events::described::each_member<State>([&](std::string_view name, auto pointer) {
            if constexpr (events::described::omit<std::remove_cvref_t<decltype(state.*pointer)>>) {
                each(name, state.*pointer);
            }
        });
    }

    /// `holds/"3f0c…"`: the key as JSON, so that any described key will do.
    template <class Key>
    static std::string part_name(std::string_view member, const Key& key)
    {
        std::string name(member);
        name += '/';
        events::described::write(name, key);
        return name;
    }

    static Outcome rejection(std::string_view command_type, const events::Rejection& refused)
    {
        return {.rejected = true,
                .type = std::string(events::rejected_type),
                .schema = "/schemas/shared/CommandRejected.event.v1.json",
                .value = events::rejection_to_json(refused, command_type)};
    }

    template <class T>
    static std::size_t weigh(const T& value)
    {
        using events::described::is_list;
        if constexpr (std::same_as<T, std::string>) {
            return sizeof(T) + (value.capacity() > 15 ? value.capacity() + 1 : 0);
        } else if constexpr (events::described::is_optional<T>) {
            return sizeof(T) + (value ? weigh(*value) - sizeof(*value) : 0);
        } else if constexpr (events::described::omit<T>) {
            return sizeof(T) + value.size() * (sizeof(typename T::key_type) + sizeof(typename T::mapped_type) + 8);
        } else if constexpr (is_list<T> || events::described::is_set<T>) {
            std::size_t bytes = sizeof(T);
            for (const auto& item : value) bytes += weigh(item);
            return bytes;
        } else if constexpr (events::described::Struct<T>) {
            std::size_t bytes = 0;
            events::described::each_member<T>([&](std::string_view, auto pointer) { bytes += weigh(value.*pointer); });
            return bytes;
        } else {
            return sizeof(T);
        }
    }

    const std::string_view name_;
    const DecodeCommand decode_command_;
    const DecodeEvent decode_event_;
};

}  // namespace jangteo::producers
