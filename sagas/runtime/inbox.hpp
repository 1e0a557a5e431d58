// One partition of a saga's inbox: inputs in, commands and timers out (design §3). The inbox topic is the instances'
// stream, so nothing has to be fenced: whoever reads the same inputs sends the same commands with the same ids, and the
// contexts take each id once. No I/O, no clock and no thread in here, as in producers/runtime/partition.hpp.
#pragma once

#include "events/record.hpp"
#include "events/sagas.hpp"
#include "infra/state/resident.hpp"
#include "infra/state/state_store.hpp"
#include "sagas/runtime/instance.hpp"
#include "sagas/runtime/process.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::sagas {

/// A task as it leaves for the outside.
struct Errand {
    std::string target;
    events::Uuid id{};  ///< The same when it is sent again.
    std::string type;
    std::string value;
    events::Uuid correlation_id{};
    std::string traceparent;
    events::ReturnAddress settles;  ///< Who is answered by what comes of it; empty: nobody.
};

/// What an inbox asks for beside its store; results come back through its `on_…`.
class InboxPorts : public state::StorePorts {
public:
    /// Sends a command → on_sent with the same input offset once it is acknowledged.
    virtual void send(std::uint64_t epoch, std::int64_t input_offset, const events::Record& command) = 0;
    /// Puts a task into its target's queue → on_sent with the same input offset once it is safe there.
    virtual void ask(std::uint64_t epoch, std::int64_t input_offset, const Errand& errand) = 0;
    /// → on_input for every record from `offset` on, until stop_inputs.
    virtual void read_inputs(std::int64_t offset) = 0;
    virtual void stop_inputs() = 0;
};

struct InboxLimits {
    std::int64_t flush_after_inputs = 20'000;  ///< Well within the producers' window of outcomes (design §2.6).
    std::chrono::milliseconds flush_interval{1'000};
    std::size_t unsent = 8'192;  ///< Commands and tasks sent and not yet acknowledged.
    std::size_t queue = 16'384;
    std::size_t load_batch = 1'000;
};

struct InboxCounters {
    std::uint64_t inputs = 0;
    std::uint64_t repeats = 0;
    std::uint64_t commands = 0;
    std::uint64_t tasks = 0;
    std::uint64_t timers = 0;
    std::uint64_t parked = 0;
    std::uint64_t loaded = 0;
    std::uint64_t evicted = 0;
    std::uint64_t flushes = 0;
};

class Inbox {
public:
    enum class Phase { idle, reading_snapshot, running };

    Inbox(const Process& process, std::int32_t partition, const InboxLimits& limits, state::MemoryBudget& memory,
          InboxPorts& ports);
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;
    ~Inbox();

    /// Begins at the watermark, from whatever state it is in.
    void take_over();
    /// Lets go of everything and does nothing until the next take-over.
    void stall(const std::string& why);

    void on_snapshot(std::uint64_t epoch, const state::Snapshot& snapshot);
    void on_known_keys(std::uint64_t epoch, const std::vector<std::uint64_t>& fingerprints);
    void on_input(events::Record record);
    void on_sent(std::uint64_t epoch, std::int64_t input_offset, bool delivered);
    void on_loaded(std::uint64_t epoch, const std::vector<std::string>& keys, const std::vector<state::StateRow>& rows);
    void on_written(std::uint64_t epoch);
    void tick();

    [[nodiscard]] bool hungry() const { return inputs_.size() < limits_.queue; }
    [[nodiscard]] Phase phase() const { return phase_; }
    [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
    [[nodiscard]] std::int32_t number() const { return partition_; }
    [[nodiscard]] const Process& process() const { return process_; }
    [[nodiscard]] const InboxCounters& counters() const { return counters_; }
    [[nodiscard]] std::size_t instances() const { return instances_.size(); }
    [[nodiscard]] const std::string& last_trouble() const { return last_trouble_; }
    [[nodiscard]] bool settled() const { return unsent_.empty() && inputs_.empty(); }

private:
    /// What the runner keeps of an instance beside the saga's own state.
    struct Instance;
    using Instances = state::Resident<std::unique_ptr<Instance>>;
    using Slot = Instances::Slot;
    /// An input whose commands and tasks are on their way.
    struct Unsent {
        std::int64_t input_offset;  ///< Of a parked one that is taken again: the push's.
        std::int32_t outstanding;
    };

    void pump();
    void take(const events::Record& input, Slot& slot);
    bool act_on(const events::Record& input, std::int64_t offset, Instance& instance);
    void park(const events::Record& input, Instance& instance, const std::string& why);
    void send(const events::Record& input, std::int64_t offset, Instance& instance, Outputs outputs);
    void expect_sent(std::int64_t offset, std::size_t count);
    void send_command(const Step& step, std::int64_t offset, const events::Uuid& correlation_id,
                      const Instance& instance);
    void push(const events::Record& input, Instance& instance);
    std::string push_one_that_is_parked(const events::Record& input, const events::sagas::InstancePushed& pushed,
                                        Instance& instance);
    std::string push_one_that_waits(const events::Record& input, const events::sagas::InstancePushed& pushed,
                                    Instance& instance);
    void list(const std::string& key, Instance& instance, state::Flush& flush) const;
    [[nodiscard]] Errand errand_of(const events::Record& input, const Instance& instance, const TaskOut& out,
                                   std::size_t place) const;
    Slot& insert(const std::string& key);
    void weigh(Slot& slot);
    void begin_flush();
    void try_flush();
    void drop_state();

    const Process& process_;
    const std::int32_t partition_;
    const InboxLimits limits_;
    InboxPorts& ports_;
    const std::string topic_;
    const std::string source_;
    const std::string actor_;

    Phase phase_ = Phase::idle;
    std::uint64_t epoch_ = 0;
    std::int64_t next_input_ = 0;
    std::int64_t watermark_ = 0;
    Instances instances_;
    bool loading_ = false;
    std::deque<events::Record> inputs_;
    std::deque<Unsent> unsent_;
    std::size_t outputs_unsent_ = 0;
    std::vector<state::TimerRow> timers_;

    struct PendingFlush {
        state::Flush flush;
        std::int64_t next_input;
        bool written = false;
    };
    std::optional<PendingFlush> flush_;
    events::Timestamp last_flush_{};
    InboxCounters counters_;
    std::string last_trouble_;
};

}  // namespace jangteo::sagas
