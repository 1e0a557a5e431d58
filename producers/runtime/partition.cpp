#include "producers/runtime/partition.hpp"

#include "events/seeded_bugs.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <utility>

namespace jangteo::producers {

using events::Record;
using events::ReturnAddress;

namespace {

constexpr std::string_view still_running_type = "jangteo.StillRunning";
constexpr std::string_view key_reused_type = "jangteo.KeyReused";

Meta meta_of_event(const Record& event)
{
    return {.command_id = {event.envelope.causation_id},
            .time = event.envelope.time,
            .actor = event.envelope.actor,
            .partition = event.partition,
            .offset = event.envelope.command_offset};
}

}  // namespace

Partition::Partition(const Context& context, std::int32_t partition, const std::vector<Forward>& forwards,
                     const PartitionLimits& limits, state::MemoryBudget& memory, PartitionPorts& ports)
    : context_(context),
      partition_(partition),
      forwards_(forwards),
      limits_(limits),
      ports_(ports),
      events_topic_(std::string(context.name()) + ".events"),
      source_("/jangteo/" + std::string(context.name())),
      window_(limits.window),
      aggregates_(memory)
{}

Partition::~Partition() = default;

// ---- Take-over ------------------------------------------------------------------------------------------------------

void Partition::stall(const std::string& why)
{
    if (phase_ == Phase::replaying) ports_.stop_events();
    if (phase_ == Phase::running) ports_.stop_commands();
    drop_state();
    ++epoch_;
    phase_ = Phase::idle;
    last_trouble_ = why;
}

void Partition::take_over()
{
    stall(last_trouble_);
    ++counters_.take_overs;
    phase_ = Phase::reading_snapshot;
    ports_.read_snapshot(epoch_);
}

void Partition::start_over(const std::string& why)
{
    last_trouble_ = why;
    take_over();
}

void Partition::drop_state()
{
    aggregates_.clear();
    loading_ = false;
    window_.clear();
    events_.clear();
    replay_complete_ = false;
    recent_.clear();
    commands_.clear();
    unacknowledged_.clear();
    answers_.clear();
    fetching_.clear();
    flush_.reset();
    sequence_ = 0;
    marker_offset_ = next_append_ = next_acknowledged_ = -1;
    last_command_ = last_seen_command_ = -1;
    replayed_answered_below_ = 0;
}

void Partition::on_snapshot(std::uint64_t epoch, const state::Snapshot& snapshot)
{
    if (epoch != epoch_ || phase_ != Phase::reading_snapshot) return;
    watermark_ = snapshot.watermark.value_or(state::Watermark{});
    for (const auto& piece : snapshot.outcomes) window_.add_piece(piece);
    // No snapshot at all: every aggregate is in the log that is about to be read.
    if (!snapshot.watermark) aggregates_.know_all_stored({});
    rule_ = events::ReadersRule(watermark_.writer, watermark_.command_offset, watermark_.sequence);
    replayed_answered_below_ = watermark_.answered_below;
    append_marker();
}

void Partition::on_known_keys(std::uint64_t epoch, const std::vector<std::uint64_t>& fingerprints)
{
    if (epoch != epoch_) return;
    aggregates_.know_all_stored(fingerprints);
}

void Partition::append_marker()
{
    writer_ = ports_.draw_uuid();
    Record marker;
    marker.topic = events_topic_;
    marker.partition = partition_;
    marker.envelope.id = writer_;
    marker.envelope.type = events::taken_over_type;
    marker.envelope.source = source_;
    marker.envelope.subject = events::to_string(writer_);
    marker.envelope.time = ports_.now();
    marker.envelope.writer = writer_;
    marker.value = R"({"writer":")" + events::to_string(writer_) + R"("})";
    phase_ = Phase::marking;
    ports_.append(epoch_, marker);
}

void Partition::on_event(Record record)
{
    if (phase_ != Phase::replaying || replay_complete_) return;
    const bool is_our_marker = record.offset == marker_offset_;
    const bool beyond = record.offset > marker_offset_;
    if (!beyond) {
        switch (rule_.see(record.envelope)) {
            case events::ReadersRule::Verdict::accepted: events_.push_back(std::move(record)); break;
            case events::ReadersRule::Verdict::dead: ++counters_.dead_records; break;
            case events::ReadersRule::Verdict::marker: break;
        }
    }
    if (is_our_marker || beyond) {
        ports_.stop_events();
        // The log is not what the acknowledgement said: nothing read so far can be trusted.
        if (!is_our_marker || rule_.writer() != writer_)
            return start_over("the marker is not where it was acknowledged");
        replay_complete_ = true;
    }
    pump();
}

void Partition::pump_events()
{
    while (!events_.empty() && !loading_) {
        const Record& event = events_.front();
        if (event.envelope.type != events::rejected_type && resident(event.envelope.subject) == nullptr) {
            load_cold(events_);
            return;
        }
        replay(event);
        if (event.envelope.command_offset >= replayed_answered_below_) recent_.push_back(std::move(events_.front()));
        events_.pop_front();
        while (!recent_.empty() && recent_.front().envelope.command_offset < replayed_answered_below_)
            recent_.pop_front();
    }
    if (events_.empty() && replay_complete_) run();
}

void Partition::replay(const Record& event)
{
    ++counters_.replayed;
    window_.remember(event.envelope.causation_id, {event.offset, event.envelope.fingerprint});
    last_command_ = event.envelope.command_offset;
    replayed_answered_below_ = std::max(replayed_answered_below_, event.envelope.answered_below);
    if (event.envelope.type == events::rejected_type) return;
    Slot& slot = *resident(event.envelope.subject);
    if (slot.offset >= event.offset) return;  // A snapshot written by somebody later than our watermark has it.
    context_.evolve(*slot.value, event.envelope.type, event.value, meta_of_event(event));
    aggregates_.changed(slot, event.offset);
}

void Partition::run()
{
    last_command_ = std::max(last_command_, watermark_.command_offset);
    // Every outcome from here on may not have been answered: its command is read again and found to be a repeat.
    const std::int64_t from = std::min(replayed_answered_below_, last_command_ + 1);
    last_seen_command_ = from - 1;
    next_append_ = next_acknowledged_ = marker_offset_ + 1;
    sequence_ = 1;
    last_flush_ = ports_.now();
    phase_ = Phase::running;
    ports_.read_commands(from);
}

// ---- Commands -------------------------------------------------------------------------------------------------------

void Partition::on_command(Record record)
{
    if (phase_ != Phase::running) return;
    commands_.push_back(std::move(record));
    pump();
}

void Partition::pump()
{
    if (phase_ == Phase::replaying) pump_events();
    if (phase_ == Phase::running) pump_commands();
}

void Partition::pump_commands()
{
    while (!commands_.empty() && !loading_ && unacknowledged_.size() < limits_.in_flight) {
        const Record& command = commands_.front();
        if (command.offset <= last_seen_command_) {
            commands_.pop_front();
            continue;
        }
        if (const auto* first = window_.find(command.envelope.id); first != nullptr && !seeded("dedupe off")) {
            last_seen_command_ = command.offset;
            repeat(command, *first);
        } else if (command.offset <= last_command_) {
            // Decided, answered once, and so long ago that its outcome has left the window.
            last_seen_command_ = command.offset;
            ++counters_.unanswerable;
        } else if (Slot* slot = resident(command.envelope.subject)) {
            last_seen_command_ = command.offset;
            decide(command, *slot);
        } else {
            load_cold(commands_);
            return;
        }
        commands_.pop_front();
    }
}

void Partition::decide(const Record& command, Slot& slot)
{
    const auto& asked = command.envelope;
    Outcome outcome = context_.decide(*slot.value, asked.type, command.value,
                                      {.command_id = {asked.id},
                                       .time = asked.time,
                                       .actor = asked.actor,
                                       .partition = partition_,
                                       .offset = command.offset});
    outcome.rejected ? ++counters_.rejected : ++counters_.accepted;

    expect_answers(command.offset, 1);
    Record event;
    event.topic = events_topic_;
    event.partition = partition_;
    event.value = std::move(outcome.value);
    auto& says = event.envelope;
    says.id = events::uuid_v5(asked.id, "outcome");
    says.type = std::move(outcome.type);
    says.source = source_;
    says.subject = asked.subject;
    says.time = asked.time;
    says.schema = std::move(outcome.schema);
    says.correlation_id = asked.correlation_id;
    says.causation_id = asked.id;
    says.traceparent = asked.traceparent;
    says.actor = asked.actor;
    says.reply_to = asked.reply_to;
    says.settles = asked.settles;
    says.position = asked.position;
    says.fingerprint = asked.fingerprint;
    says.writer = writer_;
    says.sequence = sequence_++;
    says.command_offset = command.offset;
    says.answered_below = answered_below();

    const std::int64_t offset = next_append_++;
    last_command_ = command.offset;
    window_.remember(asked.id, {offset, asked.fingerprint});
    if (!outcome.rejected) aggregates_.changed(slot, offset);
    unacknowledged_.push_back({std::move(event), {}});
    ports_.append(epoch_, unacknowledged_.back().event);
    if (seeded("reply before acknowledgement")) {
        Record early = unacknowledged_.back().event;
        early.offset = offset;
        send_answers(command.offset, early, destinations_of(early));
    }
}

void Partition::on_appended(std::uint64_t epoch, std::int64_t offset)
{
    if (epoch != epoch_) return;
    if (phase_ == Phase::marking) {
        if (offset < 0) return start_over("the marker was not acknowledged");
        marker_offset_ = offset;
        phase_ = Phase::replaying;
        ports_.read_events(watermark_.next_offset);
        return;
    }
    if (phase_ != Phase::running) return;
    if (offset != next_acknowledged_) return start_over("an append was lost or somebody else wrote between");
    ++next_acknowledged_;

    Unacknowledged done = std::move(unacknowledged_.front());
    unacknowledged_.pop_front();
    done.event.offset = offset;
    const std::int64_t command_offset = done.event.envelope.command_offset;
    send_answers(command_offset, done.event, destinations_of(done.event));
    answered(command_offset, 1);
    for (const auto& again : done.repeats) answer_repeat(again, done.event);
    try_flush();
    pump();
}

// ---- Answers --------------------------------------------------------------------------------------------------------

namespace {

/// What a waiting edge needs and no more: half the bytes of what passes through the log for a question are answers.
Record edge_answer(const Record& event)
{
    Record answer;
    answer.key = event.envelope.subject;
    answer.value = event.value;
    answer.envelope.type = event.envelope.type;
    answer.envelope.time = event.envelope.time;
    answer.envelope.causation_id = event.envelope.causation_id;
    answer.envelope.position = event.envelope.position;
    return answer;
}

/// An input of a process is kept and read like an event, except for what only the event's own log can say.
Record process_input(const Record& event)
{
    Record input;
    input.key = events::to_string(event.envelope.correlation_id);
    input.value = event.value;
    input.envelope = event.envelope;
    input.envelope.settles = {};
    input.envelope.writer = {};
    input.envelope.sequence = 0;
    input.envelope.answered_below = 0;
    return input;
}

}  // namespace

/// Does a process answer the caller of this event later? Of one process, or of any.
bool Partition::hands_over(const std::string& event_type, const std::string& topic) const
{
    return std::any_of(forwards_.begin(), forwards_.end(), [&](const Forward& forward) {
        return forward.takes_over_the_answer && forward.event_type == event_type &&
               (topic.empty() || forward.topic == topic);
    });
}

std::vector<ReturnAddress> Partition::destinations_of(const Record& event) const
{
    std::vector<ReturnAddress> to;
    const auto& reply_to = event.envelope.reply_to;
    bool told = hands_over(event.envelope.type);
    for (const auto& forward : forwards_) {
        if (forward.event_type != event.envelope.type) continue;
        told |= reply_to.topic == forward.topic;
        // A process that takes over the answer has to know whom to answer: it gets the caller's own address.
        to.push_back(
            {.topic = forward.topic, .partition = -1, .instance = {}, .request_id = event.envelope.causation_id});
    }
    if (!reply_to.empty() && !told) to.push_back(reply_to);
    if (!event.envelope.settles.empty() && event.envelope.type != events::rejected_type) {
        to.push_back(event.envelope.settles);
    }
    return to;
}

void Partition::send_answers(std::int64_t command_offset, const Record& event, const std::vector<ReturnAddress>& to)
{
    for (const auto& address : to) {
        const bool keeps_caller = hands_over(event.envelope.type, address.topic);
        Record answer = address.instance.empty() || keeps_caller ? process_input(event) : edge_answer(event);
        answer.topic = address.topic;
        answer.partition = address.partition;
        if (!keeps_caller) answer.envelope.reply_to = address;
        answer.envelope.position.advance(std::string(context_.name()), partition_, event.offset);
        answered(command_offset, -1);
        ports_.answer(epoch_, command_offset, answer);
    }
}

void Partition::repeat(const Record& command, const OutcomeWindow::Entry& first)
{
    ++counters_.repeats;
    expect_answers(command.offset, 1);
    const Repeat again{command.offset, command.envelope.reply_to, command.envelope.settles,
                       command.envelope.fingerprint};
    if (first.offset >= next_acknowledged_) {
        unacknowledged_[static_cast<std::size_t>(first.offset - next_acknowledged_)].repeats.push_back(again);
        return;
    }
    const auto replayed =
        std::lower_bound(recent_.begin(), recent_.end(), first.offset,
                         [](const Record& record, std::int64_t offset) { return record.offset < offset; });
    if (replayed != recent_.end() && replayed->offset == first.offset) return answer_repeat(again, *replayed);
    auto& waiting = fetching_[first.offset];
    waiting.push_back(again);
    if (waiting.size() == 1) ports_.fetch_outcome(epoch_, first.offset);
}

void Partition::on_outcome(std::uint64_t epoch, std::int64_t offset, std::optional<Record> record)
{
    if (epoch != epoch_) return;
    const auto found = fetching_.find(offset);
    if (found == fetching_.end()) return;
    const auto waiting = std::move(found->second);
    fetching_.erase(found);
    for (const auto& again : waiting) {
        if (record) {
            answer_repeat(again, *record);
        } else {
            ++counters_.unanswerable;
            answered(again.command_offset, 1);
        }
    }
    try_flush();
}

void Partition::answer_repeat(const Repeat& again, const Record& outcome)
{
    if (again.command_offset == outcome.envelope.command_offset) {
        // Not a repeat but the command itself, read again after a take-over: perhaps nobody heard its answer.
        send_answers(again.command_offset, outcome, destinations_of(outcome));
        return answered(again.command_offset, 1);
    }
    Record answer = outcome;
    std::vector<ReturnAddress> to;
    if (!again.reply_to.empty()) to.push_back(again.reply_to);
    const bool reused = again.fingerprint != 0 && outcome.envelope.fingerprint != 0 &&
                        again.fingerprint != outcome.envelope.fingerprint;
    if (reused) {
        answer.envelope.type = key_reused_type;
        answer.value = "{}";
    } else if (hands_over(outcome.envelope.type) && !again.reply_to.instance.empty()) {
        answer.envelope.type = still_running_type;
        answer.value = "{}";
    } else if (!again.settles.empty() && outcome.envelope.type != events::rejected_type) {
        to.push_back(again.settles);
    }
    send_answers(again.command_offset, answer, to);
    answered(again.command_offset, 1);
}

void Partition::expect_answers(std::int64_t command_offset, std::int32_t outstanding)
{
    assert(answers_.empty() || answers_.back().command_offset < command_offset);
    answers_.push_back({command_offset, outstanding});
}

/// Takes `count` from what is outstanding for the command; negative adds.
void Partition::answered(std::int64_t command_offset, std::int32_t count)
{
    const auto found =
        std::lower_bound(answers_.begin(), answers_.end(), command_offset,
                         [](const Answers& entry, std::int64_t offset) { return entry.command_offset < offset; });
    if (found == answers_.end() || found->command_offset != command_offset) return;
    found->outstanding -= count;
    while (!answers_.empty() && answers_.front().outstanding == 0) answers_.pop_front();
    while (!recent_.empty() && recent_.front().envelope.command_offset < answered_below()) recent_.pop_front();
}

void Partition::on_answered(std::uint64_t epoch, std::int64_t command_offset, bool delivered)
{
    if (epoch != epoch_) return;
    if (!delivered) return start_over("an answer could not be delivered");
    answered(command_offset, 1);
    try_flush();
}

std::int64_t Partition::answered_below() const
{
    return answers_.empty() ? last_seen_command_ + 1 : answers_.front().command_offset;
}

// ---- Aggregates in memory -------------------------------------------------------------------------------------------

Partition::Slot* Partition::resident(const std::string& key)
{
    if (Slot* slot = aggregates_.find(key)) return slot;
    return aggregates_.may_be_stored(key) ? nullptr : &insert(key);
}

Partition::Slot& Partition::insert(const std::string& key)
{
    Slot& slot = aggregates_.insert(key, context_.initial());
    weigh(slot);
    return slot;
}

void Partition::load_cold(const std::deque<Record>& waiting)
{
    loading_ = true;
    ports_.load(epoch_, aggregates_.cold(waiting, limits_.load_batch, [](const Record& record) -> const std::string& {
        return record.envelope.subject;
    }));
}

void Partition::on_loaded(std::uint64_t epoch, const std::vector<std::string>& keys,
                          const std::vector<state::StateRow>& rows)
{
    if (epoch != epoch_ || !loading_) return;
    loading_ = false;
    for (const auto& key : keys) {
        if (!aggregates_.contains(key)) insert(key);
    }
    for (const auto& row : rows) {
        Slot* slot = aggregates_.find(row.key);
        if (slot == nullptr) continue;
        aggregates_.know_stored(row.key);
        context_.restore(*slot->value, row);
        slot->offset = row.offset;
    }
    for (const auto& key : keys) weigh(*aggregates_.find(key));
    counters_.loaded += keys.size();
    pump();
}

void Partition::weigh(Slot& slot)
{
    aggregates_.weigh(slot, context_.weight(*slot.value));
}

void Partition::evict()
{
    if (aggregates_.over_limit()) counters_.evicted += aggregates_.evict(watermark_.next_offset);
}

// ---- Snapshots ------------------------------------------------------------------------------------------------------

void Partition::tick()
{
    if (phase_ != Phase::running) return;
    const auto now = ports_.now();
    const std::int64_t tail = next_append_ - watermark_.next_offset;
    // A marker or refusals alone change no state; they wait for the tail to grow.
    const bool due = tail >= limits_.flush_after_events ||
                     (aggregates_.has_changes() && now - last_flush_ >= limits_.flush_interval);
    if (!flush_ && due && aggregates_.stored_known()) begin_flush();
    try_flush();
    evict();
}

void Partition::begin_flush()
{
    PendingFlush pending;
    aggregates_.take_changed([&](Slot& slot) {
        pending.flush.rows.push_back(context_.collect(*slot.value, slot.key, slot.offset));
        weigh(slot);
    });
    pending.last_command = last_seen_command_;
    auto& mark = pending.flush.watermark;
    mark.next_offset = next_append_;
    mark.writer = writer_;
    mark.command_offset = last_command_;
    mark.sequence = sequence_ - 1;
    mark.answered_below = last_seen_command_ + 1;
    pending.flush.outcomes = window_.piece(watermark_.next_offset, next_append_);
    pending.flush.outcomes_first_offset = watermark_.next_offset;
    pending.flush.keep_outcomes_from = window_.oldest_offset();
    flush_ = std::move(pending);
}

void Partition::try_flush()
{
    if (!flush_ || flush_->written) return;
    // Never past the point up to which everything is acknowledged and answered (design §2.7).
    if (next_acknowledged_ < flush_->flush.watermark.next_offset || answered_below() <= flush_->last_command) return;
    flush_->written = true;
    const auto mark = flush_->flush.watermark;
    ports_.write(epoch_, std::move(flush_->flush));
    flush_->flush.watermark = mark;
}

void Partition::on_written(std::uint64_t epoch)
{
    if (epoch != epoch_ || !flush_ || !flush_->written) return;
    watermark_ = flush_->flush.watermark;
    flush_.reset();
    last_flush_ = ports_.now();
    ++counters_.flushes;
    evict();
}

}  // namespace jangteo::producers
