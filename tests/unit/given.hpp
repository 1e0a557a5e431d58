// given(what has happened).when(a command).then(its outcome): how a rule of a decider is told.
#pragma once

#include "events/codec.hpp"
#include "producers/runtime/decider.hpp"

#include <gtest/gtest.h>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace jangteo::events {

inline void PrintTo(const Rejection& rejection, std::ostream* to)
{
    *to << rejection_to_json(rejection, "refused");
}

}  // namespace jangteo::events

namespace jangteo::producers {

inline void PrintTo(const Already&, std::ostream* to)
{
    *to << "already";
}

/// The same id each time a number is given: `id<OrderId>(1)`.
template <class Id>
Id id(std::uint64_t number)
{
    return Id{events::uuid_v5(events::url_namespace, "test:" + std::to_string(number))};
}

/// `moment("2026-01-18T14:30:00Z")`
inline events::Timestamp moment(std::string_view text)
{
    return events::parse_iso8601(text).value();
}

inline const events::Timestamp usual_time = moment("2026-01-18T14:30:00Z");

inline Meta meta_at(events::Timestamp time, std::uint64_t command = 1)
{
    return {.command_id = id<events::CommandId>(1'000'000 + command), .time = time, .actor = "test", .offset = 7};
}

template <IsDecider Decider>
class When {
    using Event = typename Decider::Event;
    using Command = typename Decider::Command;
    using State = typename Decider::State;

public:
    When(State state, Command command, const Meta& meta)
        : state_(std::move(state)), command_(std::move(command)), meta_(meta), outcome_(decide())
    {
        if (const auto* event = std::get_if<Event>(&outcome_)) fold(*event);
    }

    const When& then(const Event& event) const { return expect(event); }
    const When& then(const events::Rejection& rejection) const { return expect(rejection); }
    const When& then(Already already) const { return expect(already); }
    /// Only that it was refused, and with which code; for rules whose details are told elsewhere.
    const When& then_refused(std::string_view code) const
    {
        const auto* rejection = std::get_if<events::Rejection>(&outcome_);
        if (rejection == nullptr) {
            ADD_FAILURE() << "not refused but " << text();
        } else {
            EXPECT_EQ(rejection->code, code);
        }
        return *this;
    }

    /// The same command once more, after its outcome, as an old repeat that the runner no longer knows.
    [[nodiscard]] When again() const { return When(state_, command_, meta_); }

    [[nodiscard]] const State& state() const { return state_; }
    template <class Message>
    [[nodiscard]] const Message& event() const
    {
        return std::get<Message>(std::get<Event>(outcome_));
    }

private:
    Decision<Event> decide() const
    {
        return std::visit(
            [&](const auto& command) -> Decision<Event> { return Decider::decide(command, state_, meta_); }, command_);
    }

    void fold(const Event& event)
    {
        std::visit(
            [&](const auto& one) {
                // Whatever a decider says must be within the event's own schema.
                std::remove_cvref_t<decltype(one)> read;
                from_json(to_json(one), read);
                EXPECT_EQ(read, one);
                Decider::evolve(state_, one, meta_);
            },
            event);
    }

    const When& expect(const Decision<Event>& outcome) const
    {
        EXPECT_TRUE(outcome_ == outcome) << "expected " << text_of(outcome) << "\n     got " << text();
        return *this;
    }

    [[nodiscard]] std::string text() const { return text_of(outcome_); }
    static std::string text_of(const Decision<Event>& outcome)
    {
        if (const auto* event = std::get_if<Event>(&outcome)) return std::string(type_of(*event)) + to_json(*event);
        if (const auto* no = std::get_if<events::Rejection>(&outcome)) return rejection_to_json(*no, "refused");
        return "already";
    }

    State state_;
    Command command_;
    Meta meta_;
    Decision<Event> outcome_;
};

template <IsDecider Decider>
class Given {
public:
    explicit Given(const std::vector<typename Decider::Event>& history)
    {
        for (const auto& event : history) {
            std::visit([&](const auto& one) { Decider::evolve(state_, one, meta_at(usual_time)); }, event);
        }
    }

    [[nodiscard]] When<Decider> when(typename Decider::Command command, const Meta& meta = meta_at(usual_time)) const
    {
        return When<Decider>(state_, std::move(command), meta);
    }
    [[nodiscard]] const typename Decider::State& state() const { return state_; }

private:
    typename Decider::State state_;
};

template <IsDecider Decider>
Given<Decider> given(const std::vector<typename Decider::Event>& history)
{
    return Given<Decider>(history);
}

}  // namespace jangteo::producers
