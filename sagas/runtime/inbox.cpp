#include "sagas/runtime/inbox.hpp"

#include "events/described_json.hpp"
#include "sagas/runtime/inbox_instance.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace jangteo::sagas {

using events::Record;

namespace {

ParkedInput parked_of(const Record& input)
{
    const auto& says = input.envelope;
    return {.offset = input.offset,
            .id = says.id,
            .type = says.type,
            .subject = says.subject,
            .value = input.value,
            .time = says.time,
            .causation_id = says.causation_id,
            .traceparent = says.traceparent,
            .reply_to = says.reply_to.text(),
            .position = says.position.text()};
}

}  // namespace

Inbox::Inbox(const Process& process, std::int32_t partition, const InboxLimits& limits, state::MemoryBudget& memory,
             InboxPorts& ports)
    : process_(process),
      partition_(partition),
      limits_(limits),
      ports_(ports),
      topic_(std::string(process.name()) + ".inbox"),
      source_("/jangteo/sagas/" + std::string(process.name())),
      actor_("saga:" + std::string(process.name())),
      instances_(memory)
{}

Inbox::~Inbox() = default;

void Inbox::stall(const std::string& why)
{
    if (phase_ == Phase::running) ports_.stop_inputs();
    drop_state();
    ++epoch_;
    phase_ = Phase::idle;
    last_trouble_ = why;
}

void Inbox::take_over()
{
    stall(last_trouble_);
    phase_ = Phase::reading_snapshot;
    ports_.read_snapshot(epoch_);
}

void Inbox::drop_state()
{
    instances_.clear();
    loading_ = false;
    inputs_.clear();
    unsent_.clear();
    outputs_unsent_ = 0;
    timers_.clear();
    flush_.reset();
    next_input_ = watermark_ = 0;
}

void Inbox::on_snapshot(std::uint64_t epoch, const state::Snapshot& snapshot)
{
    if (epoch != epoch_ || phase_ != Phase::reading_snapshot) return;
    if (!snapshot.watermark) instances_.know_all_stored({});
    watermark_ = next_input_ = snapshot.watermark ? snapshot.watermark->next_offset : 0;
    last_flush_ = ports_.now();
    phase_ = Phase::running;
    ports_.read_inputs(next_input_);
}

void Inbox::on_known_keys(std::uint64_t epoch, const std::vector<std::uint64_t>& fingerprints)
{
    if (epoch == epoch_) instances_.know_all_stored(fingerprints);
}

void Inbox::on_input(Record record)
{
    if (phase_ != Phase::running) return;
    inputs_.push_back(std::move(record));
    pump();
}

void Inbox::pump()
{
    while (!inputs_.empty() && !loading_ && outputs_unsent_ < limits_.unsent) {
        const Record& input = inputs_.front();
        if (input.offset >= next_input_) {
            const std::string key = events::to_string(input.envelope.correlation_id);
            Slot* slot = instances_.find(key);
            if (slot == nullptr && instances_.may_be_stored(key)) {
                std::vector<std::string> keys;
                for (const auto& waiting : inputs_) {
                    if (keys.size() == limits_.load_batch) break;
                    std::string cold = events::to_string(waiting.envelope.correlation_id);
                    if (!instances_.contains(cold) && instances_.may_be_stored(cold)) keys.push_back(std::move(cold));
                }
                std::sort(keys.begin(), keys.end());
                keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
                loading_ = true;
                ports_.load(epoch_, std::move(keys));
                return;
            }
            next_input_ = input.offset + 1;
            take(input, slot != nullptr ? *slot : insert(key));
        }
        inputs_.pop_front();
    }
}

void Inbox::take(const Record& input, Slot& slot)
{
    if (slot.offset >= input.offset) return;  // The snapshot has it, and all that followed from it was sent.
    Instance& instance = *slot.value;
    ++counters_.inputs;
    if (instance.has_seen(input.envelope.id)) {
        ++counters_.repeats;
        return;
    }
    instances_.changed(slot, input.offset);
    instance.touched = input.envelope.time;
    if (input.envelope.type == events::sagas::InstancePushed::type) return push(input, instance);
    if (!instance.parked_because.empty()) return park(input, instance, instance.parked_because);
    act_on(input, input.offset, instance);
}

/// What follows is acknowledged under `offset`: the input's own, or that of the push which takes a parked one again.
/// False: it is parked.
bool Inbox::act_on(const Record& input, std::int64_t offset, Instance& instance)
{
    // What another process began is nobody's question: whoever asked this one earlier has been answered.
    const auto& asked_by = input.envelope.reply_to;
    if (!asked_by.empty() && asked_by.topic != topic_)
        instance.caller = asked_by.instance.empty() ? events::ReturnAddress{} : asked_by;
    if (!input.envelope.traceparent.empty()) instance.traceparent = input.envelope.traceparent;
    instance.position.merge(input.envelope.position);
    Outputs outputs;
    try {
        outputs = process_.take(*instance.state, input.envelope.type, input.envelope.subject, input.value,
                                {.correlation_id = input.envelope.correlation_id, .time = input.envelope.time});
    } catch (const std::exception& error) {
        park(input, instance, error.what());
        return false;
    }
    instance.seen.push_back(input.envelope.id);
    std::erase_if(instance.unanswered, [&](const Step& step) { return step.id == input.envelope.causation_id; });
    send(input, offset, instance, std::move(outputs));
    return true;
}

/// The input and all later ones of the same instance wait in order; the other instances go on (design §4).
void Inbox::park(const Record& input, Instance& instance, const std::string& why)
{
    ++counters_.parked;
    last_trouble_ = why;
    instance.parked_because = why;
    instance.parked.push_back(parked_of(input));
}

void Inbox::send(const Record& input, std::int64_t offset, Instance& instance, Outputs outputs)
{
    const std::string prefix = std::string(process_.name()) + "/";
    for (std::size_t i = 0; i < outputs.timers.size(); ++i) {
        const auto& timer = outputs.timers[i];
        timers_.push_back({.id = events::uuid_v5(input.envelope.id, prefix + "timer/" + std::to_string(i)),
                           .saga = std::string(process_.name()),
                           .correlation_id = input.envelope.correlation_id,
                           .name = timer.name,
                           .token = timer.token,
                           .due_at = timer.due_at});
    }
    counters_.timers += outputs.timers.size();
    counters_.tasks += outputs.tasks.size();
    expect_sent(offset, outputs.commands.size() + outputs.tasks.size());
    for (std::size_t i = 0; i < outputs.commands.size(); ++i) {
        auto& out = outputs.commands[i];
        Step step{.id = events::uuid_v5(input.envelope.id, prefix + std::to_string(i)),
                  .type = std::move(out.type),
                  .schema = std::move(out.schema),
                  .subject = std::move(out.subject),
                  .value = {std::move(out.value)},
                  .cause = input.envelope.id,
                  .time = input.envelope.time,
                  .settles = out.settles};
        send_command(step, offset, input.envelope.correlation_id, instance);
        instance.unanswered.push_back(std::move(step));
    }
    for (std::size_t i = 0; i < outputs.tasks.size(); ++i) {
        ports_.ask(epoch_, offset, errand_of(input, instance, outputs.tasks[i], i));
    }
}

void Inbox::expect_sent(std::int64_t offset, std::size_t count)
{
    if (count == 0) return;
    outputs_unsent_ += count;
    if (!unsent_.empty() && unsent_.back().input_offset == offset) {
        unsent_.back().outstanding += static_cast<std::int32_t>(count);
    } else {
        unsent_.push_back({offset, static_cast<std::int32_t>(count)});
    }
}

void Inbox::send_command(const Step& step, std::int64_t offset, const events::Uuid& correlation_id,
                         const Instance& instance)
{
    ++counters_.commands;
    Record command;
    // `jangteo.inventory.HoldStock` goes to `inventory.commands`.
    const auto context_begin = step.type.find('.') + 1;
    command.topic = step.type.substr(context_begin, step.type.rfind('.') - context_begin) + ".commands";
    command.value = step.value.text;
    auto& says = command.envelope;
    says.id = step.id;
    says.type = step.type;
    says.source = source_;
    says.subject = step.subject;
    says.time = step.time;
    says.schema = step.schema;
    says.correlation_id = correlation_id;
    says.causation_id = step.cause;
    says.traceparent = instance.traceparent;
    says.actor = actor_;
    says.reply_to = {.topic = topic_, .partition = partition_, .instance = {}, .request_id = says.id};
    if (step.settles) says.settles = instance.caller;
    says.position = instance.position;
    ports_.send(epoch_, offset, command);
}

Errand Inbox::errand_of(const Record& input, const Instance& instance, const TaskOut& out, std::size_t place) const
{
    const auto name = std::string(process_.name()) + "/task/" + std::to_string(place);
    Errand errand{.target = out.target,
                  .id = events::uuid_v5(input.envelope.id, name),
                  .type = out.type,
                  .value = out.value,
                  .correlation_id = input.envelope.correlation_id,
                  .traceparent = instance.traceparent,
                  .settles = {}};
    if (out.settles) errand.settles = instance.caller;
    return errand;
}

void Inbox::on_sent(std::uint64_t epoch, std::int64_t input_offset, bool delivered)
{
    if (epoch != epoch_) return;
    if (!delivered) {
        last_trouble_ = "a command or a task could not be delivered";
        return take_over();
    }
    const auto found =
        std::lower_bound(unsent_.begin(), unsent_.end(), input_offset,
                         [](const Unsent& entry, std::int64_t offset) { return entry.input_offset < offset; });
    if (found == unsent_.end() || found->input_offset != input_offset) return;
    --found->outstanding;
    --outputs_unsent_;
    while (!unsent_.empty() && unsent_.front().outstanding == 0) unsent_.pop_front();
    try_flush();
    pump();
}

Inbox::Slot& Inbox::insert(const std::string& key)
{
    auto instance = std::make_unique<Instance>();
    instance->state = process_.initial();
    Slot& slot = instances_.insert(key, std::move(instance));
    weigh(slot);
    return slot;
}

void Inbox::weigh(Slot& slot)
{
    const Instance& instance = *slot.value;
    constexpr std::size_t state_estimate = 512;  // An order of a few lines; long ones are rare and soon settled.
    constexpr std::size_t step_estimate = 512;   // With its command.
    std::size_t waiting = instance.unanswered.size() * step_estimate;
    for (const auto& input : instance.parked) waiting += sizeof input + input.value.size();
    instances_.weigh(slot,
                     sizeof(Instance) + instance.seen.capacity() * sizeof(events::Uuid) + state_estimate + waiting);
}

void Inbox::on_loaded(std::uint64_t epoch, const std::vector<std::string>& keys,
                      const std::vector<state::StateRow>& rows)
{
    if (epoch != epoch_ || !loading_) return;
    loading_ = false;
    for (const auto& key : keys) {
        if (!instances_.contains(key)) insert(key);
    }
    for (const auto& row : rows) {
        Slot* slot = instances_.find(row.key);
        if (slot == nullptr) continue;
        instances_.know_stored(row.key);
        StoredInstance stored;
        events::described::from_text(row.state, stored);
        Instance& instance = *slot->value;
        process_.from_text(*instance.state, stored.state.text);
        instance.seen = std::move(stored.seen);
        instance.position = events::Position::parse(stored.position);
        instance.caller = events::ReturnAddress::parse(stored.caller);
        instance.traceparent = std::move(stored.traceparent);
        instance.parked_because = std::move(stored.parked_because);
        instance.parked = std::move(stored.parked_inputs);
        instance.unanswered = std::move(stored.unanswered);
        instance.pushes = std::move(stored.pushes);
        instance.touched = stored.touched;
        instance.listed = stored.listed;
        slot->offset = row.offset;
        weigh(*slot);
    }
    counters_.loaded += keys.size();
    pump();
}

void Inbox::tick()
{
    if (phase_ != Phase::running) return;
    const bool due =
        next_input_ - watermark_ >= limits_.flush_after_inputs || ports_.now() - last_flush_ >= limits_.flush_interval;
    if (!flush_ && next_input_ > watermark_ && due && instances_.stored_known()) begin_flush();
    try_flush();
    if (instances_.over_limit()) counters_.evicted += instances_.evict(watermark_);
}

void Inbox::begin_flush()
{
    PendingFlush pending;
    instances_.take_changed([&](Slot& slot) {
        Instance& instance = *slot.value;
        list(slot.key, instance, pending.flush);
        const StoredInstance stored{.phase = std::string(process_.phase(*instance.state)),
                                    .seen = instance.seen,
                                    .position = instance.position.text(),
                                    .caller = instance.caller.empty() ? std::string() : instance.caller.text(),
                                    .traceparent = instance.traceparent,
                                    .parked_because = instance.parked_because,
                                    .parked_inputs = instance.parked,
                                    .unanswered = instance.unanswered,
                                    .pushes = instance.pushes,
                                    .touched = instance.touched,
                                    .listed = instance.listed,
                                    .state = {process_.to_text(*instance.state)}};
        pending.flush.rows.push_back({slot.key, slot.offset, true, events::described::to_text(stored)});
        weigh(slot);
    });
    pending.flush.timers = std::exchange(timers_, {});
    pending.flush.watermark.next_offset = next_input_;
    pending.next_input = next_input_;
    flush_ = std::move(pending);
}

/// Puts the instance on the list of those that wait, or takes it off.
void Inbox::list(const std::string& key, Instance& instance, state::Flush& flush) const
{
    const auto outside = process_.waits_for(*instance.state);
    const bool waits = !instance.parked_because.empty() || !instance.unanswered.empty() || !outside.empty();
    if (!waits && instance.listed) flush.no_longer_waiting.push_back(key);
    instance.listed = waits;
    if (!waits) return;
    state::WaitingRow row{.saga = std::string(process_.name()),
                          .key = key,
                          .phase = std::string(process_.phase(*instance.state)),
                          .since = instance.touched,
                          .steps = static_cast<std::int64_t>(instance.unanswered.size() + outside.size()),
                          .waits_for = {},
                          .parked = static_cast<std::int64_t>(instance.parked.size()),
                          .parked_because = instance.parked_because};
    if (!outside.empty()) row.waits_for = outside.front().what;
    if (!instance.unanswered.empty()) {
        const Step& first = instance.unanswered.front();
        row.waits_for = first.type + " of " + first.subject;
        row.since = std::min(row.since, first.time);
    }
    if (!instance.parked.empty()) row.since = std::min(row.since, instance.parked.front().time);
    flush.waiting.push_back(std::move(row));
}

void Inbox::try_flush()
{
    if (!flush_ || flush_->written) return;
    // The watermark passes an input only when all that followed from it is acknowledged.
    if (!unsent_.empty() && unsent_.front().input_offset < flush_->next_input) return;
    flush_->written = true;
    ports_.write(epoch_, std::move(flush_->flush));
}

void Inbox::on_written(std::uint64_t epoch)
{
    if (epoch != epoch_ || !flush_ || !flush_->written) return;
    watermark_ = flush_->next_input;
    flush_.reset();
    last_flush_ = ports_.now();
    ++counters_.flushes;
    if (instances_.over_limit()) counters_.evicted += instances_.evict(watermark_);
}

}  // namespace jangteo::sagas
