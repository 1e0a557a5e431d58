// What an operator's push does to an instance of an inbox.
#include "events/codec.hpp"
#include "sagas/runtime/inbox_instance.hpp"

#include <exception>
#include <utility>

namespace jangteo::sagas {

using events::Record;

namespace {

/// The input as it came.
Record input_of(ParkedInput&& parked, const events::Uuid& correlation_id)
{
    Record input;
    input.offset = parked.offset;
    input.value = std::move(parked.value);
    auto& says = input.envelope;
    says.id = parked.id;
    says.type = std::move(parked.type);
    says.subject = std::move(parked.subject);
    says.time = parked.time;
    says.correlation_id = correlation_id;
    says.causation_id = parked.causation_id;
    says.traceparent = std::move(parked.traceparent);
    says.reply_to = events::ReturnAddress::parse(parked.reply_to);
    says.position = events::Position::parse(parked.position);
    return input;
}

}  // namespace

void Inbox::push(const Record& input, Instance& instance)
{
    const bool known = !instance.seen.empty() || !instance.parked_because.empty();
    instance.seen.push_back(input.envelope.id);
    events::sagas::InstancePushed pushed;
    try {
        events::sagas::from_json(input.value, pushed);
    } catch (const events::DecodeError& error) {
        last_trouble_ = error.what();  // Nobody of ours wrote it; it does nothing.
        return;
    }
    std::string outcome = "there is no such instance";
    if (known) {
        outcome = instance.parked_because.empty() ? push_one_that_waits(input, pushed, instance)
                                                  : push_one_that_is_parked(input, pushed, instance);
    }
    instance.pushes.push_back({.id = input.envelope.id,
                               .time = input.envelope.time,
                               .push = std::string(to_text(pushed.push)),
                               .actor = pushed.actor,
                               .reason = pushed.reason,
                               .outcome = std::move(outcome)});
    if (instance.pushes.size() > most_pushes_kept) instance.pushes.erase(instance.pushes.begin());
}

/// Takes what waits again, in order; skip leaves out the first, which could not be taken.
std::string Inbox::push_one_that_is_parked(const Record& input, const events::sagas::InstancePushed& pushed,
                                           Instance& instance)
{
    if (pushed.push == events::sagas::Push::compensate) return "it is parked: retry or skip what it cannot take";
    if (instance.parked.empty()) return "what it waits with was parked by an older program, which kept no inputs";
    instance.parked_because.clear();
    auto waiting = std::exchange(instance.parked, {});
    std::string outcome;
    auto next = waiting.begin();
    if (pushed.push == events::sagas::Push::skip) {
        instance.seen.push_back(next->id);
        std::erase_if(instance.unanswered, [&](const Step& step) { return step.id == next->causation_id; });
        outcome = "left out " + next->type + "; ";
        ++next;
    }
    std::size_t taken = 0;
    for (; next != waiting.end(); ++next) {
        if (instance.has_seen(next->id)) continue;
        const Record again = input_of(std::move(*next), input.envelope.correlation_id);
        if (!instance.parked_because.empty()) {
            park(again, instance, instance.parked_because);
        } else if (act_on(again, input.offset, instance)) {
            ++taken;
        }
    }
    outcome += "took " + std::to_string(taken) + " inputs";
    if (!instance.parked_because.empty()) outcome += ", then parked again: " + instance.parked_because;
    return outcome;
}

std::string Inbox::push_one_that_waits(const Record& input, const events::sagas::InstancePushed& pushed,
                                       Instance& instance)
{
    using events::sagas::Push;
    const auto meant = [&](const Step& step) { return !pushed.step || step.id == *pushed.step; };
    if (pushed.push == Push::skip) {
        if (!pushed.step) return "skip needs a step";
        const auto step = std::find_if(instance.unanswered.begin(), instance.unanswered.end(), meant);
        if (step != instance.unanswered.end()) {
            if (!process_.may_skip(*instance.state, step->type))
                return "it cannot do without the answer of " + step->type;
            std::string outcome = "takes " + step->type + " as answered";
            instance.unanswered.erase(step);
            return outcome;
        }
    }
    std::size_t sent = 0;
    if (pushed.push == Push::retry) {
        sent = static_cast<std::size_t>(std::count_if(instance.unanswered.begin(), instance.unanswered.end(), meant));
        expect_sent(input.offset, sent);
        for (const auto& step : instance.unanswered) {
            if (meant(step)) send_command(step, input.offset, input.envelope.correlation_id, instance);
        }
    }
    if (!process_.takes_pushes()) {
        if (pushed.push == Push::compensate) return "this process has no undo path of its own";
        return "sent " + std::to_string(sent) + " commands again";
    }
    const auto before = process_.to_text(*instance.state);
    Outputs outputs;
    try {
        outputs = process_.take(*instance.state, input.envelope.type, input.envelope.subject, input.value,
                                {.correlation_id = input.envelope.correlation_id, .time = input.envelope.time});
    } catch (const std::exception& error) {
        return std::string("it could not be pushed: ") + error.what();
    }
    const bool changed = before != process_.to_text(*instance.state);
    const auto undoing = outputs.commands.size();
    const auto tasks = outputs.tasks.size();
    send(input, input.offset, instance, std::move(outputs));
    if (pushed.push == Push::skip) return changed ? "takes the step as answered" : "it does not wait for that step";
    if (pushed.push == Push::compensate && undoing == 0) {
        return "there is nothing to undo in phase " + std::string(process_.phase(*instance.state));
    }
    return "sent " + std::to_string(sent + undoing) + " commands and " + std::to_string(tasks) + " tasks";
}

}  // namespace jangteo::sagas
