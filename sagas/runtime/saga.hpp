// What a saga has to say: a state, how an input changes it (`evolve`), and what follows (`react`, on the state after
// the input). All pure. See design §3.
#pragma once

#include "events/codec.hpp"
#include "events/ids.hpp"
#include "events/record.hpp"
#include "events/time.hpp"

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace jangteo::sagas {

/// All that a saga may know besides its state and the input.
struct Meta {
    events::Uuid correlation_id{};
    events::Timestamp time{};  ///< When the edge (or the timer) set off what led here; never this process's clock.
};

/// The refusal of a command that the saga sent.
struct Refused {
    std::string command;  ///< The command's type, for instance `jangteo.inventory.HoldStock`.
    std::string subject;  ///< The aggregate that refused.
    events::Rejection rejection;

    static constexpr std::string_view type = events::rejected_type;
    /// Was it this command?
    template <class Command>
    [[nodiscard]] bool is() const
    {
        return command == Command::type;
    }
};

/// A command on its way to a context.
struct CommandOut {
    std::string type;
    std::string schema;
    std::string subject;
    std::string value;
    bool settles = false;  ///< Its event is the answer that the caller of the process waits for.
};

/// Something to be done outside, on its way to the workers of a target.
struct TaskOut {
    std::string target;  ///< For instance `payments.toss`; see infra/rabbitmq/targets.hpp.
    std::string type;
    std::string value;
    bool settles = false;  ///< The event of what comes of it answers the caller of the input.
};

struct TimerOut {
    std::string name;
    std::string token;
    events::Timestamp due_at;
};

/// What follows from one input. Each command and task gets its id from the input and its place in here: sent again after
/// a crash, it is the same one.
class Outputs {
public:
    template <class Command>
    Outputs& send(const Command& command)
    {
        commands.push_back(
            {std::string(Command::type), std::string(Command::schema), subject_of(command), to_json(command), false});
        return *this;
    }
    /// Sends a command whose event answers the caller.
    template <class Command>
    Outputs& settle(const Command& command)
    {
        send(command);
        commands.back().settles = true;
        return *this;
    }
    /// Has something done outside, at least once. What comes of it returns as a command of the workers.
    template <class Task>
    Outputs& ask(std::string target, const Task& task)
    {
        tasks.push_back({std::move(target), std::string(Task::type), to_json(task), false});
        return *this;
    }
    /// The same, and whoever waits for the input is answered by what comes of it.
    template <class Task>
    Outputs& ask_and_settle(std::string target, const Task& task)
    {
        ask(std::move(target), task);
        tasks.back().settles = true;
        return *this;
    }
    /// Asks for a `TimerFired` with this name and token at or after `due_at`. A timer is not taken back: when it fires
    /// and the state has moved on, the saga does nothing.
    Outputs& remind(std::string name, std::string token, events::Timestamp due_at)
    {
        timers.push_back({std::move(name), std::move(token), due_at});
        return *this;
    }

    std::vector<CommandOut> commands;
    std::vector<TaskOut> tasks;
    std::vector<TimerOut> timers;
};

/// Something outside that an instance waits for, as operators see it (`waits_for`). A saga that asks for tasks says so;
/// of commands the runtime knows by itself which have no answer.
struct Waiting {
    std::string step;  ///< The id by which an operator names it.
    std::string what;
};

/// An event that the saga wants to hear, though it did not send the command.
struct Listens {
    std::string_view event_type;
    bool takes_over_the_answer = false;  ///< This event begins a process that answers the caller when it is settled.
};

namespace detail {

template <class S, class Input>
concept Handles = requires(const S& saga, typename S::State& state, const Input& input, const Meta& meta) {
    S::evolve(state, input, meta);
    {
        saga.react(std::as_const(state), input, meta)
    } -> std::same_as<Outputs>;
};
template <class S, class Variant>
inline constexpr bool handles_every = false;
template <class S, class... Inputs>
inline constexpr bool handles_every<S, std::variant<Inputs...>> = (Handles<S, Inputs> && ...);

}  // namespace detail

/// A forgotten overload does not compile.
template <class S>
concept IsSaga = std::default_initializable<typename S::State> && detail::handles_every<S, typename S::Input> &&
                 requires(const typename S::State& state) {
                     {
                         S::name
                     } -> std::convertible_to<std::string_view>;
                     {
                         S::phase(state)
                     } -> std::convertible_to<std::string_view>;
                 };

}  // namespace jangteo::sagas
