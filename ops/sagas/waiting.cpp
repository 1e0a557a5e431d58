#include "ops/sagas/waiting.hpp"

#include "events/codec.hpp"
#include "infra/kafka/admin.hpp"
#include "ops/lag/lag.hpp"
#include "ops/log/moment.hpp"
#include "ops/log/selection.hpp"
#include "sagas/list.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string_view>

namespace jangteo::ops::sagas {

namespace {

using jangteo::sagas::Process;
using jangteo::sagas::StoredInstance;

events::Timestamp now_of_the_trade(std::chrono::seconds ahead)
{
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) + ahead;
}

std::string age_of(events::Timestamp time, events::Timestamp now)
{
    return log::text_of_age(std::max(std::chrono::seconds{0}, std::chrono::floor<std::chrono::seconds>(now - time)));
}

/// The processes as this program has them. What they do for how long is configured and does not matter here.
std::unique_ptr<Process> process_named(const std::string& name)
{
    std::string names;
    for (auto& process : jangteo::sagas::all_sagas({})) {
        if (process->name() == name) return std::move(process);
        names += (names.empty() ? "" : ", ") + std::string(process->name());
    }
    throw std::invalid_argument("there is no process '" + name + "'; there are " + names);
}

/// `jangteo.inventory.HoldStock` → `inventory`
std::string context_of_type(std::string_view type)
{
    const auto begin = type.find('.') + 1;
    return std::string(type.substr(begin, type.rfind('.') - begin));
}

/// Why answers of a context do not come, as far as the log and the group say.
class Reasons {
public:
    Reasons(const Settings& settings, const std::set<std::string>& contexts)
    {
        if (contexts.empty()) return;
        for (auto& lag : lag::of_producers({settings.kafka, settings.postgres}, {contexts.begin(), contexts.end()})) {
            ++partitions_[context_of_topic(lag.place.topic)];
            lags_.emplace(lag.place, std::move(lag));
        }
    }

    [[nodiscard]] std::string of(std::string_view type, const std::string& subject) const
    {
        const auto context = context_of_type(type);
        const auto partitions = partitions_.find(context);
        if (partitions == partitions_.end()) return {};
        const auto lag = lags_.find({context + ".commands", kafka::partition_of(subject, partitions->second)});
        if (lag == lags_.end()) return {};
        const auto place = lag->first.topic + '[' + std::to_string(lag->first.partition) + ']';
        if (lag->second.owner.empty()) return "nobody decides " + place;
        if (lag->second.behind() > 0) return place + " has " + std::to_string(lag->second.behind()) + " undecided";
        return {};
    }

private:
    static std::string context_of_topic(const std::string& topic) { return std::string(log::context_of(topic)); }

    std::map<kafka::TopicPartition, lag::Lag> lags_;
    std::map<std::string, std::int32_t> partitions_;
};

struct Row {
    std::string saga;
    std::string key;
    std::string phase;
    events::Timestamp since{};
    std::int64_t steps = 0;
    std::string waits_for;
    std::int64_t parked = 0;
    std::string parked_because;
    std::string reason;

    /// `jangteo.inventory.HoldStock of P`: the type and the subject; empty when it waits for something else.
    [[nodiscard]] std::pair<std::string, std::string> command() const
    {
        constexpr std::string_view of = " of ";
        const auto at = waits_for.find(of);
        if (at == std::string::npos || !waits_for.starts_with("jangteo.")) return {};
        return {waits_for.substr(0, at), waits_for.substr(at + of.size())};
    }
};

/// `since,key` of the last row of a page.
std::pair<std::string, std::string> place_in(const std::string& after)
{
    if (after.empty()) return {"-infinity", ""};
    const auto comma = after.find(',');
    if (comma == std::string::npos || !events::parse_iso8601(after.substr(0, comma))) {
        throw std::invalid_argument("--after must be what the page before has said");
    }
    return {after.substr(0, comma), after.substr(comma + 1)};
}

std::vector<Row> rows_of(const Settings& settings, const Listed& listed)
{
    postgres::Session session(settings.postgres);
    const auto [since, key] = place_in(listed.after);
    const auto rows = session.query(
        "SELECT saga, key, phase, since, steps, waits_for, parked, parked_because FROM sagas.waiting"
        " WHERE ($1 = '' OR saga = $1) AND ($2 = '' OR phase = $2) AND (since <= $3 OR parked > 0)"
        " AND (NOT $4::boolean OR parked > 0)"
        " AND ($5 = '' OR position($5 in parked_because) > 0 OR position($5 in waits_for) > 0)"
        " AND (since, key) > ($6::timestamptz, $7) ORDER BY since, key LIMIT $8",
        {listed.saga, listed.phase, now_of_the_trade(settings.clock_offset) - listed.older_than, listed.parked,
         listed.failure, since, key, listed.most});
    std::vector<Row> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        found.push_back({std::string(rows.text(i, 0)),
                         std::string(rows.text(i, 1)),
                         std::string(rows.text(i, 2)),
                         rows.timestamp(i, 3),
                         rows.integer(i, 4),
                         std::string(rows.text(i, 5)),
                         rows.integer(i, 6),
                         std::string(rows.text(i, 7)),
                         {}});
    }
    return found;
}

void find_reasons(const Settings& settings, std::vector<Row>& rows)
{
    std::set<std::string> contexts;
    for (const auto& row : rows) {
        if (const auto type = row.command().first; !type.empty()) contexts.insert(context_of_type(type));
    }
    const Reasons reasons(settings, contexts);
    for (auto& row : rows) {
        const auto [type, subject] = row.command();
        if (!row.parked_because.empty()) {
            row.reason = "parked: " + row.parked_because;
        } else if (!type.empty()) {
            row.reason = reasons.of(type, subject);
        }
    }
}

std::string json_of(const Row& row)
{
    std::string json = R"({"saga":)";
    events::append_json(json, std::string_view(row.saga));
    const auto member = [&json](std::string_view name, const auto& value) {
        json += ",\"";
        json += name;
        json += "\":";
        events::append_json(json, value);
    };
    member("id", std::string_view(row.key));
    member("phase", std::string_view(row.phase));
    member("since", row.since);
    member("steps", row.steps);
    member("waitsFor", std::string_view(row.waits_for));
    member("parked", row.parked);
    member("reason", std::string_view(row.reason));
    return json + '}';
}

std::string text_of(const StoredInstance& stored, const Process& process, const Reasons& reasons,
                    const std::vector<jangteo::sagas::Waiting>& outside, events::Timestamp now)
{
    std::string text =
        "phase        " + stored.phase + ", last heard of at " + events::to_iso8601(stored.touched) + '\n';
    const auto state = process.initial();
    process.from_text(*state, stored.state.text);
    for (const auto& step : stored.unanswered) {
        text += "waits for    " + step.type + " of " + step.subject + " since " + age_of(step.time, now) + "  step " +
                events::to_string(step.id);
        if (process.may_skip(*state, step.type)) text += "  may be skipped";
        if (const auto why = reasons.of(step.type, step.subject); !why.empty()) text += "  (" + why + ')';
        text += '\n';
    }
    for (const auto& one : outside) text += "waits for    " + one.what + "  step " + one.step + '\n';
    if (!stored.parked_because.empty()) text += "parked       " + stored.parked_because + '\n';
    for (const auto& input : stored.parked_inputs) {
        text += "  input      " + input.type + " at " + std::to_string(input.offset) + ": " + input.value + '\n';
    }
    for (const auto& push : stored.pushes) {
        text += "pushed       " + events::to_iso8601(push.time) + ' ' + push.push + " by " + push.actor + " (" +
                push.reason + "): " + push.outcome + '\n';
    }
    return text + "state        " + stored.state.text + '\n';
}

std::string json_of(const std::string& saga, const events::Uuid& id, const StoredInstance& stored,
                    const std::vector<jangteo::sagas::Waiting>& outside)
{
    std::string json = R"({"saga":)";
    events::append_json(json, std::string_view(saga));
    const auto name = [&json](std::string_view called) {
        if (json.back() != '{') json += ',';
        json += '"';
        json += called;
        json += "\":";
    };
    const auto member = [&](std::string_view called, const auto& value) {
        name(called);
        events::append_json(json, value);
    };
    member("id", id);
    member("phase", std::string_view(stored.phase));
    member("touched", stored.touched);
    name("waitsFor");
    json += '[';
    for (const auto& step : stored.unanswered) {
        json += json.back() == '[' ? "{" : ",{";
        member("step", step.id);
        member("what", std::string_view(step.type));
        member("subject", std::string_view(step.subject));
        member("since", step.time);
        json += '}';
    }
    for (const auto& one : outside) {
        json += json.back() == '[' ? "{" : ",{";
        member("step", std::string_view(one.step));
        member("what", std::string_view(one.what));
        json += '}';
    }
    json += ']';
    member("parkedBecause", std::string_view(stored.parked_because));
    member("parked", static_cast<std::int64_t>(stored.parked_inputs.size()));
    name("pushes");
    json += '[';
    for (const auto& push : stored.pushes) {
        json += json.back() == '[' ? "{" : ",{";
        member("time", push.time);
        member("push", std::string_view(push.push));
        member("actor", std::string_view(push.actor));
        member("reason", std::string_view(push.reason));
        member("outcome", std::string_view(push.outcome));
        json += '}';
    }
    json += ']';
    name("state");
    return json + stored.state.text + '}';
}

}  // namespace

void list(const Settings& settings, const Listed& listed, std::ostream& out)
{
    if (!listed.saga.empty()) process_named(listed.saga);
    auto rows = rows_of(settings, listed);
    find_reasons(settings, rows);
    const auto now = now_of_the_trade(settings.clock_offset);
    for (const auto& row : rows) {
        if (listed.json) {
            out << json_of(row) << '\n';
            continue;
        }
        out << row.saga << ' ' << row.key << "  " << row.phase << ", for " << age_of(row.since, now);
        if (row.steps > 0) out << ": waits for " << row.waits_for;
        if (row.steps > 1) out << " and " << row.steps - 1 << " more";
        if (!row.reason.empty()) out << "  (" << row.reason << ')';
        out << '\n';
    }
    if (listed.json) return;
    if (std::ssize(rows) == listed.most) {
        out << "more: --after " << events::to_iso8601(rows.back().since) << ',' << rows.back().key << '\n';
    }
    out << "sagas: " << rows.size() << " wait" << std::endl;
}

bool show(const Settings& settings, const std::string& saga, const events::Uuid& correlation_id, bool json,
          std::ostream& out)
{
    const auto process = process_named(saga);
    const auto stored = instance(settings, saga, correlation_id);
    if (!stored) {
        out << "sagas: there is no " << saga << ' ' << events::to_string(correlation_id) << std::endl;
        return false;
    }
    const auto state = process->initial();
    process->from_text(*state, stored->state.text);
    const auto outside = process->waits_for(*state);
    if (json) {
        out << json_of(saga, correlation_id, *stored, outside) << std::endl;
        return true;
    }
    std::set<std::string> contexts;
    for (const auto& step : stored->unanswered) contexts.insert(context_of_type(step.type));
    out << text_of(*stored, *process, Reasons(settings, contexts), outside, now_of_the_trade(settings.clock_offset))
        << std::flush;
    return true;
}

bool push_one(const Settings& settings, const Pushing& pushing, std::ostream& out)
{
    const auto& push = pushing.push;
    process_named(push.saga);
    const auto stored = instance(settings, push.saga, push.correlation_id);
    const std::string name = push.saga + ' ' + events::to_string(push.correlation_id);
    if (!stored) {
        out << "sagas: there is no " << name << std::endl;
        return false;
    }
    if (!pushing.json) {
        out << "will " << to_text(push.push) << ' ' << name << ", in phase " << stored->phase << ": ";
        if (!stored->parked_because.empty()) {
            out << stored->parked_inputs.size() << " inputs are parked: " << stored->parked_because << '\n';
        } else {
            out << stored->unanswered.size() << " commands have no answer\n";
        }
        out << std::flush;
    }
    if (pushing.dry_run) return true;
    const auto ids = jangteo::ops::sagas::push(settings, {push});
    const auto came = outcome(settings, push, ids.front(), pushing.patience);
    const std::string said = came.value_or("nobody has taken it yet: it waits in the inbox");
    if (pushing.json) {
        std::string json = R"({"push":)";
        events::append_json(json, ids.front());
        json += R"(,"outcome":)";
        events::append_json(json, std::string_view(said));
        out << json << '}' << std::endl;
    } else {
        out << name << ": " << said << std::endl;
    }
    return came.has_value();
}

void timers(const Settings& settings, const Timers& wanted, std::ostream& out)
{
    postgres::Session session(settings.postgres);
    const auto now = now_of_the_trade(settings.clock_offset);
    const auto rows = session.query(
        "SELECT saga, correlation_id, name, token, due_at FROM sagas.timers WHERE ($1 = '' OR saga = $1)"
        " AND (NOT $2::boolean OR due_at <= $3) ORDER BY due_at LIMIT $4",
        {wanted.saga, wanted.overdue, now, wanted.most});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto due = rows.timestamp(i, 4);
        if (wanted.json) {
            std::string json = R"({"saga":)";
            events::append_json(json, rows.text(i, 0));
            json += R"(,"id":)";
            events::append_json(json, rows.uuid(i, 1));
            json += R"(,"name":)";
            events::append_json(json, rows.text(i, 2));
            json += R"(,"token":)";
            events::append_json(json, rows.text(i, 3));
            json += R"(,"dueAt":)";
            events::append_json(json, due);
            out << json << (due <= now ? R"(,"overdue":true})" : R"(,"overdue":false})") << '\n';
            continue;
        }
        out << events::to_iso8601(due) << "  " << rows.text(i, 0) << ' ' << rows.text(i, 1) << "  " << rows.text(i, 2)
            << ' ' << rows.text(i, 3) << (due <= now ? "  overdue for " : "  in ")
            << (due <= now ? age_of(due, now) : age_of(now, due)) << '\n';
    }
    if (wanted.json) return;
    const auto overdue = session.query(
        "SELECT count(*) FROM sagas.timers WHERE ($1 = '' OR saga = $1) AND due_at <= $2", {wanted.saga, now});
    out << "timers: " << rows.size() << " shown, " << overdue.integer(0, 0) << " overdue" << std::endl;
}

}  // namespace jangteo::ops::sagas
