// What a context has to say to be run: one pure function that decides, one that folds. See design §2.
#pragma once

#include "events/ids.hpp"
#include "events/record.hpp"
#include "events/time.hpp"

#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

namespace jangteo::producers {

/// All that a decision may know besides the state and the command. Two owners that read the same command see the same
/// meta, so they reach the same outcome.
struct Meta {
    events::CommandId command_id;
    events::Timestamp time;  ///< The clock of the edge or saga that sent the command; never the owner's.
    std::string_view actor;
    std::int32_t partition = 0;  ///< Of the command's record.
    std::int64_t offset = 0;     ///< Of the command's record.
};

/// The aggregate's own state already has what the command asks for, or there is nothing left to do. Only repeats that
/// are older than the partition's window of command ids come this far; they change nothing.
struct Already {
    friend bool operator==(const Already&, const Already&) = default;
};

template <class Event>
using Decision = std::variant<Event, events::Rejection, Already>;

namespace detail {

template <class D, class Command>
concept Decides = requires(const Command& command, const typename D::State& state, const Meta& meta) {
    {
        D::decide(command, state, meta)
    } -> std::convertible_to<Decision<typename D::Event>>;
};
template <class D, class Event>
concept Evolves =
    requires(typename D::State& state, const Event& event, const Meta& meta) { D::evolve(state, event, meta); };

template <class D, class Variant>
inline constexpr bool decides_every = false;
template <class D, class... Commands>
inline constexpr bool decides_every<D, std::variant<Commands...>> = (Decides<D, Commands> && ...);

template <class D, class Variant>
inline constexpr bool evolves_every = false;
template <class D, class... Events>
inline constexpr bool evolves_every<D, std::variant<Events...>> = (Evolves<D, Events> && ...);

}  // namespace detail

/// A forgotten overload does not compile.
template <class D>
concept IsDecider = std::default_initializable<typename D::State> && detail::decides_every<D, typename D::Command> &&
                    detail::evolves_every<D, typename D::Event>;

}  // namespace jangteo::producers
