// A saga behind one interface, so that the inbox runner is compiled once and knows no saga by name.
#pragma once

#include "sagas/runtime/saga.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::sagas {

/// State of one instance; only its saga knows what is inside.
class ProcessState {
public:
    ProcessState() = default;
    ProcessState(const ProcessState&) = delete;
    ProcessState& operator=(const ProcessState&) = delete;
    virtual ~ProcessState() = default;
};

class Process {
public:
    Process() = default;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    virtual ~Process() = default;

    /// For instance `order_fulfilment`: the name of its file, its inbox topic and its snapshots.
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual const std::vector<Listens>& listens_to() const = 0;
    [[nodiscard]] virtual std::unique_ptr<ProcessState> initial() const = 0;

    /// Folds the input and says what follows; an input of a type that the saga does not know changes nothing. Throws
    /// when the input cannot be read or breaks what the saga takes for impossible; then the state is as before.
    virtual Outputs take(ProcessState& state, std::string_view type, std::string_view subject, std::string_view json,
                         const Meta& meta) const = 0;

    [[nodiscard]] virtual std::string to_text(const ProcessState& state) const = 0;
    virtual void from_text(ProcessState& state, std::string_view json) const = 0;
    /// Where the instance stands, in one word, for operators.
    [[nodiscard]] virtual std::string_view phase(const ProcessState& state) const = 0;

    // ---- What operators may do to it. A saga says so by optional members of the same names, and takes pushes when
    // events::sagas::InstancePushed is among its inputs.
    /// Beside commands without an answer.
    [[nodiscard]] virtual std::vector<Waiting> waits_for(const ProcessState& state) const = 0;
    /// May the answer of such a command be done without?
    [[nodiscard]] virtual bool may_skip(const ProcessState& state, std::string_view command_type) const = 0;
    [[nodiscard]] virtual bool takes_pushes() const = 0;
};

}  // namespace jangteo::sagas
