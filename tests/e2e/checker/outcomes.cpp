#include "events/claims.hpp"
#include "events/members.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "events/sagas.hpp"
#include "events/settlement.hpp"
#include "events/shipping.hpp"
#include "infra/kafka/settings.hpp"
#include "tests/e2e/checker/checker.hpp"

namespace jangteo::e2e {

using events::Record;

namespace {

/// Command id → the first record that carries it.
std::map<events::Uuid, const Record*> first_commands(const Log& log, const std::string& context)
{
    std::map<events::Uuid, const Record*> first;
    for (const auto& partition : log.at(context + ".commands")) {
        for (const auto& command : partition) first.emplace(command.envelope.id, &command);
    }
    return first;
}

void check_outcome(const Record& outcome, const Record& command, Findings& findings)
{
    const auto& said = outcome.envelope;
    const auto& asked = command.envelope;
    findings.want(said.command_offset == command.offset && outcome.partition == command.partition, outcome,
                  " is not the outcome of the first record of its command ", command);
    findings.want(said.id == events::uuid_v5(asked.id, "outcome"), outcome, " has an id that does not follow");
    findings.want(said.subject == asked.subject, outcome, " is of another aggregate than its command");
    findings.want(said.time == asked.time, outcome, " has another time than its command");
    findings.want(said.correlation_id == asked.correlation_id, outcome, " has another correlation than its command");
    if (said.type == events::rejected_type) {
        findings.want(events::rejected_command(outcome.value) == asked.type, outcome, " refuses another command");
    }
}

}  // namespace

void check_outcomes(const Story& story, Findings& findings)
{
    for (const auto& context : contexts) {
        const auto commands = first_commands(story.log, context);
        const auto partitions = static_cast<std::int32_t>(story.log.at(context + ".commands").size());
        for (const auto& [id, command] : commands) {
            findings.want(kafka::partition_of(command->envelope.subject, partitions) == command->partition, *command,
                          " is not in the partition of its aggregate");
            const auto found = story.outcomes.find(id);
            const std::size_t count = found == story.outcomes.end() ? 0 : found->second.size();
            if (count != 1) {
                findings.add(place_of(*command) + " " + command->envelope.type + " has " + std::to_string(count) +
                             " accepted outcomes");
            }
            if (count == 1) check_outcome(*found->second.front(), *command, findings);
        }
        for (const auto& partition : story.accepted.at(context)) {
            for (const auto* event : partition) {
                findings.want(commands.contains(event->envelope.causation_id), *event, " has no command");
            }
        }
    }
}

namespace {

/// What each saga hears that it has not asked for.
const std::map<std::string, std::set<std::string_view>> heard_by{
    {inbox_topic,
     {events::orders::OrderPlaced::type, events::orders::OrderAccepted::type, events::orders::OrderCancelled::type,
      events::orders::PartShipped::type, events::orders::PartDelivered::type, events::orders::PurchaseConfirmed::type,
      events::orders::ClaimRequested::type, events::orders::ClaimEnded::type, events::payments::PaymentCompleted::type,
      events::payments::PaymentFailed::type, events::payments::PaymentCancelled::type,
      events::payments::VirtualAccountIssued::type, events::payments::PaymentRefunded::type,
      events::shipping::ShipmentDelivered::type}},
    {gateway_inbox_topic,
     {events::payments::ConfirmationRequested::type, events::payments::RefundRequested::type,
      events::payments::UnwantedCapture::type, events::payments::PaymentsClosed::type,
      events::payments::PaymentCheckRequested::type, events::payments::VirtualAccountIssued::type,
      events::payments::UnwantedAccount::type, events::payments::VirtualAccountClosed::type,
      events::payments::RefundAccountNamed::type, events::payments::PaymentCancelled::type,
      events::payments::PaymentCompleted::type, events::payments::PaymentFailed::type,
      events::payments::PaymentRefunded::type, events::payments::RefundFailed::type}},
    {run_inbox_topic, {events::settlement::SettlementRunStarted::type}},
    {expiry_inbox_topic,
     {events::points::PointsEarned::type, events::points::PointsAdjusted::type, events::points::PointsRestored::type}},
    {reward_inbox_topic, {events::members::CheckedIn::type}},
    {claim_inbox_topic,
     {events::orders::ClaimRequested::type, events::claims::GoodsReceived::type, events::claims::GoodsReshipped::type,
      events::claims::ClaimRejected::type, events::claims::ClaimWithdrawn::type, events::claims::ClaimResumed::type,
      events::payments::PaymentRefunded::type, events::payments::RefundFailed::type}}};

class Answers {
public:
    Answers(const Story& story, Findings& findings) : story_(story), findings_(findings) {}

    void see(const Record& answer)
    {
        const auto& says = answer.envelope;
        const auto found = story_.outcomes.find(says.causation_id);
        if (found == story_.outcomes.end())
            return findings_.add(place_of(answer) + " answers a command that has no outcome");
        // These say that there is an outcome, not what it is.
        if (says.type == "jangteo.StillRunning" || says.type == "jangteo.KeyReused") return;
        const Record& outcome = *found->second.front();
        findings_.want(says.type == outcome.envelope.type && answer.value == outcome.value, outcome, " says ",
                       says.type, " where the log says ", outcome.envelope.type, " at ", outcome);
        const bool covers = [&] {
            const auto& offsets = says.position.offsets();
            const auto context = outcome.topic.substr(0, outcome.topic.find('.'));
            const auto at = offsets.find({context, outcome.partition});
            return at != offsets.end() && at->second >= outcome.offset;
        }();
        findings_.want(covers, outcome, " has a position before its own event");
        told_[says.causation_id].insert(answer.topic);
        if (answer.topic != replies_topic || says.reply_to.instance.empty()) return;
        // A worker that died with a task in its hand may have told what came of it, and another one asks again: he hears
        // that it is done already. The edge keeps the first answer.
        const bool late =
            says.type == events::rejected_type && events::rejection_from_json(answer.value).code == "COMMON_409";
        const auto [first, fresh] = settled_.emplace(says.reply_to.request_id, answer.value);
        findings_.want(fresh || late || first->second == answer.value, outcome,
                       " settles a question in a second way: ", answer.value, " after ", first->second);
    }

    /// Whom a step owes an answer has got it.
    void want_told(const Record& outcome)
    {
        const auto& says = outcome.envelope;
        const auto told = [&](const std::string& topic) {
            const auto found = told_.find(says.causation_id);
            return found != told_.end() && found->second.contains(topic);
        };
        for (const auto& inbox : inboxes) {
            // A process that takes over the answer is told; whoever asked hears of what comes of it.
            const bool asked = says.reply_to.topic == inbox && !begins_a_process(says.type);
            const bool hears = heard_by.at(inbox).contains(says.type) || asked;
            findings_.want(!hears || told(inbox), outcome, " ", says.type, " has never reached ", inbox);
        }
        const bool edge_hears = !begins_a_process(says.type) &&
                                (says.reply_to.topic == replies_topic ||
                                 (says.settles.topic == replies_topic && says.type != events::rejected_type));
        findings_.want(!edge_hears || told(replies_topic), outcome, " ", says.type, " has never been answered");
    }

private:
    const Story& story_;
    Findings& findings_;
    std::unordered_map<events::Uuid, std::set<std::string>> told_;
    std::unordered_map<events::Uuid, std::string> settled_;
};

}  // namespace

bool begins_a_process(std::string_view event_type)
{
    return event_type == events::orders::OrderPlaced::type || event_type == events::orders::ClaimRequested::type ||
           event_type == events::payments::ConfirmationRequested::type ||
           event_type == events::payments::RefundRequested::type ||
           event_type == events::settlement::SettlementRunStarted::type;
}

void check_answers(const Story& story, const std::unordered_map<events::Uuid, std::vector<events::Record>>& heard,
                   Findings& findings)
{
    Answers answers(story, findings);
    const auto see_all = [&](const std::string& topic) {
        for (const auto& partition : story.log.at(topic)) {
            for (const auto& answer : partition) {
                const auto& type = answer.envelope.type;
                const bool answers_nobody =
                    type == events::sagas::TimerFired::type || type == events::sagas::InstancePushed::type;
                if (!answers_nobody) answers.see(answer);
            }
        }
    };
    see_all(replies_topic);
    for (const auto& inbox : inboxes) see_all(inbox);
    for (const auto& [question, said] : heard) {
        for (const auto& answer : said) {
            answers.see(answer);
            findings.want(answer.envelope.reply_to.request_id == question, answer, " was heard to another question");
        }
    }
    // An answer stays for an hour only; what is older cannot be asked for any more.
    const auto hour_ago = std::chrono::system_clock::now() - std::chrono::minutes{55};
    for (const auto& context : contexts) {
        for (const auto& partition : story.accepted.at(context)) {
            for (const auto* outcome : partition) {
                if (outcome->envelope.time > hour_ago) answers.want_told(*outcome);
            }
        }
    }
}

}  // namespace jangteo::e2e
