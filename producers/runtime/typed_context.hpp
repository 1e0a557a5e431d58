// Makes a Context of a Decider. Heavy: only the one `context.cpp` of each context includes it.
#pragma once

#include "events/codec.hpp"
#include "events/described_json.hpp"
#include "producers/runtime/context.hpp"
#include "producers/runtime/keyed.hpp"

#include <optional>
#include <type_traits>

namespace jangteo::events::described {

/// Entries are written beside the rest, those that have changed.
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
        // Of what is stored: the entries in the whole row, and in the layers over it.
        bool stored = false;
        std::size_t whole_entries = 0;
        std::size_t layered_entries = 0;
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

    /// A whole row once the layers hold as many entries as the whole one did: what is written in all stays within twice
    /// of what has changed, and what a load has to read within twice of what there is.
    state::StateRow collect(Aggregate& aggregate, std::string key, std::int64_t offset) const override
    {
        auto& held = static_cast<Held&>(aggregate);
        std::size_t entries = 0;
        each_keyed(held.state, [&](std::string_view, auto& keyed) {
            entries += keyed.size();
            held.layered_entries += keyed.drop_repeated_changes();
        });
        if (held.stored && held.layered_entries < held.whole_entries) {
            return {std::move(key), offset, false, layer_of(held.state)};
        }
        each_keyed(held.state, [](std::string_view, auto& keyed) { keyed.take_changed(); });
        held.stored = true;
        held.whole_entries = entries;
        held.layered_entries = 0;
        return {std::move(key), offset, true, to_text(aggregate)};
    }

    [[nodiscard]] std::string to_text(const Aggregate& aggregate) const override
    {
        const State& state = state_of(aggregate);
        std::string text = R"({"state":)";
        events::described::write(text, state);
        each_keyed(state, [&](std::string_view member, const auto& keyed) {
            std::vector<typename std::remove_cvref_t<decltype(keyed)>::key_type> keys;
            keys.reserve(keyed.size());
            for (const auto& [key, value] : keyed) keys.push_back(key);
            std::sort(keys.begin(), keys.end());
            write_entries(text, member, keys, keyed);
        });
        text += '}';
        return text;
    }

    void restore(Aggregate& aggregate, const state::StateRow& row) const override
    {
        auto& held = static_cast<Held&>(aggregate);
        const auto json = events::described::parse(row.state);
        const events::reading::Path root;
        const auto& members = json.as_object();
        events::described::read(members.at("state"), root, held.state);
        std::size_t entries = 0;
        each_keyed(held.state, [&](std::string_view member, auto& keyed) {
            const auto* list = members.if_contains(member);
            if (list == nullptr) return;
            const events::reading::Path path{&root, member};
            for (const auto& entry : list->as_array()) {
                ++entries;
                read_entry(entry.as_array(), path, keyed);
            }
        });
        held.stored = true;
        (row.whole ? held.whole_entries : held.layered_entries) += entries;
    }

    [[nodiscard]] std::size_t weight(const Aggregate& aggregate) const override { return weigh(state_of(aggregate)); }

private:
    static std::string layer_of(State& state)
    {
        std::string layer = R"({"state":)";
        events::described::write(layer, state);
        each_keyed(state, [&](std::string_view member, auto& keyed) {
            write_entries(layer, member, keyed.take_changed(), keyed);
        });
        layer += '}';
        return layer;
    }

    template <class StateOrConst, class Each>
    static void each_keyed(StateOrConst& state, Each each)
    {
        events::described::each_member<State>([&](std::string_view name, auto pointer) {
            if constexpr (events::described::omit<std::remove_cvref_t<decltype(state.*pointer)>>) {
                each(name, state.*pointer);
            }
        });
    }

    /// `,"holds":[["3f0c…",{…}],["7a11…",null]]`: an entry that is no more is null.
    template <class Keyed>
    static void write_entries(std::string& to, std::string_view member,
                              const std::vector<typename Keyed::key_type>& keys, const Keyed& keyed)
    {
        to += ',';
        events::append_json(to, member);
        to += ":[";
        for (bool first = true; const auto& key : keys) {
            to += first ? "[" : ",[";
            first = false;
            events::described::write(to, key);
            to += ',';
            const auto* value = keyed.find(key);
            value ? events::described::write(to, *value) : void(to += "null");
            to += ']';
        }
        to += ']';
    }

    template <class Keyed>
    static void read_entry(const boost::json::array& entry, const events::reading::Path& path, Keyed& keyed)
    {
        typename Keyed::key_type key{};
        events::described::read(entry.at(0), path, key);
        if (entry.at(1).is_null()) return keyed.restore_erased(key);
        typename Keyed::mapped_type value{};
        events::described::read(entry.at(1), path, value);
        keyed.restore(key, std::move(value));
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
            return sizeof(T) + value.heap_bytes();
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
