// Makes a Process of a saga. Heavy: only the one .cpp of each saga includes it.
#pragma once

#include "events/described_json.hpp"
#include "events/sagas.hpp"
#include "sagas/runtime/process.hpp"

#include <optional>

namespace jangteo::sagas {

template <IsSaga Saga>
class TypedProcess final : public Process {
    using State = typename Saga::State;
    using Input = typename Saga::Input;

    struct Held final : ProcessState {
        State state;
    };
    static State& state_of(ProcessState& state) { return static_cast<Held&>(state).state; }
    static const State& state_of(const ProcessState& state) { return static_cast<const Held&>(state).state; }

public:
    TypedProcess(Saga saga, std::vector<Listens> listens_to)
        : saga_(std::move(saga)), listens_to_(std::move(listens_to))
    {}

    [[nodiscard]] std::string_view name() const override { return Saga::name; }
    [[nodiscard]] const std::vector<Listens>& listens_to() const override { return listens_to_; }
    [[nodiscard]] std::unique_ptr<ProcessState> initial() const override { return std::make_unique<Held>(); }

    Outputs take(ProcessState& state, std::string_view type, std::string_view subject, std::string_view json,
                 const Meta& meta) const override
    {
        const auto input = decode(type, subject, json, static_cast<Input*>(nullptr));
        if (!input) return {};
        // On a copy: an input that throws is taken again one day, and must not have changed half of the state.
        State next = state_of(state);
        auto outputs = std::visit(
            [&](const auto& what) {
                Saga::evolve(next, what, meta);
                return saga_.react(next, what, meta);
            },
            *input);
        state_of(state) = std::move(next);
        return outputs;
    }

    [[nodiscard]] std::string to_text(const ProcessState& state) const override
    {
        return events::described::to_text(state_of(state));
    }
    void from_text(ProcessState& state, std::string_view json) const override
    {
        events::described::from_text(json, state_of(state));
    }
    [[nodiscard]] std::string_view phase(const ProcessState& state) const override
    {
        return Saga::phase(state_of(state));
    }

    [[nodiscard]] std::vector<Waiting> waits_for(const ProcessState& state) const override
    {
        if constexpr (requires { Saga::waits_for(state_of(state)); }) {
            return Saga::waits_for(state_of(state));
        } else {
            return {};
        }
    }
    [[nodiscard]] bool may_skip(const ProcessState& state, std::string_view command_type) const override
    {
        if constexpr (requires { Saga::may_skip(state_of(state), command_type); }) {
            return Saga::may_skip(state_of(state), command_type);
        } else {
            return true;
        }
    }
    [[nodiscard]] bool takes_pushes() const override { return takes_pushes_as(static_cast<Input*>(nullptr)); }

private:
    template <class... Inputs>
    static constexpr bool takes_pushes_as(std::variant<Inputs...>*)
    {
        return (std::same_as<Inputs, events::sagas::InstancePushed> || ...);
    }

    template <class... Inputs>
    static std::optional<Input> decode(std::string_view type, std::string_view subject, std::string_view json,
                                       std::variant<Inputs...>*)
    {
        std::optional<Input> input;
        static_cast<void>(((type == Inputs::type && (input.emplace(decode_one<Inputs>(subject, json)), true)) || ...));
        return input;
    }

    template <class One>
    static One decode_one(std::string_view subject, std::string_view json)
    {
        if constexpr (std::same_as<One, Refused>) {
            return {.command = events::rejected_command(json),
                    .subject = std::string(subject),
                    .rejection = events::rejection_from_json(json)};
        } else {
            One input{};
            from_json(json, input);
            return input;
        }
    }

    const Saga saga_;
    const std::vector<Listens> listens_to_;
};

}  // namespace jangteo::sagas
