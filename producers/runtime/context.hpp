// A context behind one interface, so that the partition runner is compiled once and knows no aggregate by name.
#pragma once

#include "infra/state/state_store.hpp"
#include "producers/runtime/decider.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::producers {

/// State of one aggregate; only its context knows what is inside.
class Aggregate {
public:
    Aggregate() = default;
    Aggregate(const Aggregate&) = delete;
    Aggregate& operator=(const Aggregate&) = delete;
    virtual ~Aggregate() = default;
};

/// What a command came to, ready to be appended.
struct Outcome {
    bool rejected = false;
    std::string type;
    std::string schema;
    std::string value;
};

class Context {
public:
    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    virtual ~Context() = default;

    /// For instance `inventory`: the name of its topics, its folder and its snapshots.
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual std::unique_ptr<Aggregate> initial() const = 0;

    /// Decides one command and folds the outcome. A command that cannot be read is rejected with COMMON_400: one
    /// command, one outcome, whatever was sent.
    virtual Outcome decide(Aggregate& aggregate, std::string_view type, std::string_view json,
                           const Meta& meta) const = 0;
    /// Folds an event of the log. Throws `events::DecodeError` for one that this program does not know.
    virtual void evolve(Aggregate& aggregate, std::string_view type, std::string_view json, const Meta& meta) const = 0;

    /// What the snapshot has to be told: the whole state, or, of one with many entries (Keyed), those that have changed
    /// since the last call.
    virtual state::StateRow collect(Aggregate& aggregate, std::string key, std::int64_t offset) const = 0;
    /// Lays a row over what is there; the whole one comes first.
    virtual void restore(Aggregate& aggregate, const state::StateRow& row) const = 0;
    /// The whole state as JSON; the same for equal states.
    [[nodiscard]] virtual std::string to_text(const Aggregate& aggregate) const = 0;
    /// An estimate, in bytes, for the memory limit.
    [[nodiscard]] virtual std::size_t weight(const Aggregate& aggregate) const = 0;
};

}  // namespace jangteo::producers
