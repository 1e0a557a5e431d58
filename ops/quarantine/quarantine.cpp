#include "ops/quarantine/quarantine.hpp"

#include "events/codec.hpp"
#include "infra/kafka/record_fetcher.hpp"
#include "infra/rabbitmq/quarantine.hpp"
#include "infra/rabbitmq/targets.hpp"
#include "ops/actions.hpp"
#include "ops/log/selection.hpp"
#include "ops/sagas/push.hpp"
#include "projections/list.hpp"
#include "projections/runtime/unpark.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace jangteo::ops::quarantine {

namespace {

using jangteo::rabbitmq::Quarantined;
using Fate = jangteo::rabbitmq::Quarantine::Fate;

constexpr std::chrono::milliseconds push_patience{10'000};
constexpr std::chrono::milliseconds tasks_patience{5'000};

// ---- What there is --------------------------------------------------------------------------------------------------

void add_read_models(const Settings& settings, std::vector<Failed>& to)
{
    postgres::Session session(settings.postgres);
    const auto rows = session.query(
        "SELECT p.projection, p.aggregate, coalesce(max(p.reason) FILTER (WHERE p.first), max(p.reason)),"
        " count(*), min(p.event_time), p.context, p.partition FROM projections.parked p"
        " JOIN projections.registry r ON r.name = p.projection AND r.version = p.version"
        " GROUP BY p.projection, p.context, p.partition, p.aggregate ORDER BY min(p.event_time)");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        to.push_back({Kind::read_model, std::string(rows.text(i, 0)), std::string(rows.text(i, 1)),
                      std::string(rows.text(i, 2)), rows.integer(i, 3), rows.timestamp(i, 4),
                      std::string(rows.text(i, 5)), static_cast<std::int32_t>(rows.integer(i, 6))});
    }
}

void add_sagas(const Settings& settings, std::vector<Failed>& to)
{
    postgres::Session session(settings.postgres);
    const auto rows = session.query(
        "SELECT saga, key, parked_because, parked, since FROM sagas.waiting WHERE parked > 0 ORDER BY since, key");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        to.push_back({Kind::saga,
                      std::string(rows.text(i, 0)),
                      std::string(rows.text(i, 1)),
                      std::string(rows.text(i, 2)),
                      rows.integer(i, 3),
                      rows.timestamp(i, 4),
                      {},
                      0});
    }
}

std::string key_of(const Quarantined& one)
{
    return one.task.id.is_nil() ? "no-task" : events::to_string(one.task.id);
}

void add_tasks(const Settings& settings, std::vector<Failed>& to)
{
    for (const auto& target : jangteo::rabbitmq::all_targets()) {
        const jangteo::rabbitmq::Quarantine quarantine(settings.rabbitmq, target);
        for (const auto& one : quarantine.peek(jangteo::rabbitmq::Quarantine::furthest_look)) {
            to.push_back({Kind::task, target.target, key_of(one), one.reason, 1, {}, {}, 0});
        }
    }
}

bool wanted(const std::string& of, std::string_view kind)
{
    return of.empty() || of == kind;
}

/// Everything that waits. A broker that is away hides only its own: `silent` says so.
std::vector<Failed> all(const Settings& settings, const std::string& of, std::string& silent)
{
    if (!of.empty() && of != "read-models" && of != "sagas" && of != "tasks") {
        throw std::invalid_argument("--of must be read-models, sagas or tasks");
    }
    std::vector<Failed> found;
    if (wanted(of, "read-models")) add_read_models(settings, found);
    if (wanted(of, "sagas")) add_sagas(settings, found);
    if (!wanted(of, "tasks")) return found;
    try {
        add_tasks(settings, found);
    } catch (const jangteo::rabbitmq::Error& error) {
        silent = std::string("RabbitMQ does not say which tasks are in quarantine: ") + error.what();
    }
    return found;
}

/// The members that `target` names: all of a group, or one, and with `all_alike` those that have failed like it.
std::vector<Failed> named(const std::vector<Failed>& failed, const std::string& target, bool all_alike)
{
    const auto groups = grouped(failed);
    const auto members_of = [&](const Group& group) {
        std::vector<Failed> members;
        for (const auto index : group.members) members.push_back(failed[index]);
        return members;
    };
    for (const auto& group : groups) {
        if (group.id == target) return members_of(group);
        for (const auto index : group.members) {
            if (failed[index].name() != target) continue;
            return all_alike ? members_of(group) : std::vector{failed[index]};
        }
    }
    return {};
}

// ---- How it is shown ------------------------------------------------------------------------------------------------

/// One JSON object, member by member.
class Json {
public:
    template <class Value>
    Json& add(std::string_view name, const Value& value)
    {
        text_ += text_.size() > 1 ? ",\"" : "\"";
        text_ += name;
        text_ += "\":";
        events::append_json(text_, value);
        return *this;
    }
    [[nodiscard]] std::string text() const { return text_ + '}'; }

private:
    std::string text_ = "{";
};

std::string since_of(const std::optional<events::Timestamp>& since)
{
    return since ? events::to_iso8601(*since) : std::string("?");
}

std::string line_of(const Failed& one, bool json)
{
    if (!json) {
        return since_of(one.since) + "  " + std::string(to_text(one.kind)) + ' ' + one.name() + ": " +
               std::to_string(one.waiting) + " wait: " + one.reason;
    }
    return Json()
        .add("kind", to_text(one.kind))
        .add("name", std::string_view(one.name()))
        .add("since", std::string_view(since_of(one.since)))
        .add("waiting", one.waiting)
        .add("reason", std::string_view(one.reason))
        .text();
}

/// What waits of one aggregate, instance or target, whole.
void show_whole(const Settings& settings, const Failed& one, bool json, std::ostream& out)
{
    out << line_of(one, json) << '\n';
    if (one.kind == Kind::read_model) {
        postgres::Session session(settings.postgres);
        const auto& models = projections::list();
        const auto model = std::ranges::find(models, one.where, [](const auto* each) { return each->name(); });
        if (model == models.end()) return;
        std::vector<kafka::RecordPlace> places;
        for (const auto offset : projections::parked_offsets(session, **model, {one.context, one.partition}, one.key)) {
            places.push_back({{projections::events_topic(one.context), one.partition}, offset});
        }
        kafka::RecordFetcher fetcher(settings.kafka);
        for (const auto& record : fetcher.fetch(places, std::chrono::seconds{10})) {
            if (record) out << (json ? log::json_of(*record, false) : "  " + log::line_of(*record, false)) << '\n';
        }
    } else if (one.kind == Kind::saga) {
        const auto stored = sagas::instance({settings.kafka, settings.postgres, settings.clock_offset}, one.where,
                                            events::parse_uuid(one.key).value_or(events::Uuid{}));
        if (!stored) return;
        for (const auto& input : stored->parked_inputs) {
            out << (json ? Json()
                               .add("offset", input.offset)
                               .add("type", std::string_view(input.type))
                               .add("value", std::string_view(input.value))
                               .text()
                         : "  input " + input.type + " at " + std::to_string(input.offset) + ": " + input.value)
                << '\n';
        }
    } else {
        for (const auto& target : jangteo::rabbitmq::all_targets()) {
            if (target.target != one.where) continue;
            const jangteo::rabbitmq::Quarantine quarantine(settings.rabbitmq, target);
            for (const auto& task : quarantine.peek(jangteo::rabbitmq::Quarantine::furthest_look)) {
                if (key_of(task) != one.key) continue;
                out << (json ? Json()
                                   .add("type", std::string_view(task.task.type))
                                   .add("correlationId", task.task.correlation_id)
                                   .add("body", std::string_view(task.task.body))
                                   .text()
                             : "  " + task.task.type + " of " + events::to_string(task.task.correlation_id) + ": " +
                                   task.task.body)
                    << '\n';
            }
        }
    }
}

// ---- What is done ---------------------------------------------------------------------------------------------------

std::string_view to_text(Deed deed)
{
    return deed == Deed::retry ? "retry" : "discard";
}

/// What came of one. `done`: nothing of it waits any more.
struct Came {
    bool done = false;
    std::string text;
};

class Doer {
public:
    Doer(const Settings& settings, const Doing& doing)
        : settings_(settings), doing_(doing), session_(settings.postgres), fetcher_(settings.kafka)
    {}

    /// In the order of `failed`; `see` hears of each.
    void run(const std::vector<Failed>& failed, const std::function<void(const Failed&, const Came&)>& see)
    {
        std::map<std::string, std::map<std::string, const Failed*>> tasks;
        std::vector<const Failed*> instances;
        for (const auto& one : failed) {
            if (one.kind == Kind::read_model) see(one, unpark(one));
            if (one.kind == Kind::saga) instances.push_back(&one);
            if (one.kind == Kind::task) tasks[one.where][one.key] = &one;
        }
        push(instances, see);
        for (const auto& [target, keys] : tasks) sort(target, keys, see);
    }

private:
    [[nodiscard]] Action action(const Failed& one, std::string details) const
    {
        return {.who = doing_.who,
                .what = std::string(to_text(doing_.deed)),
                .target = std::string(quarantine::to_text(one.kind)) + ' ' + one.name(),
                .reason = doing_.reason,
                .details = std::move(details)};
    }

    Came unpark(const Failed& one)
    {
        const auto& models = projections::list();
        const auto model = std::ranges::find(models, one.where, [](const auto* each) { return each->name(); });
        if (model == models.end()) return {false, "this program has no read model of that name"};
        const auto note = [&](postgres::Transaction& transaction, const projections::Unparked& done) {
            const auto details = Json()
                                     .add("context", std::string_view(one.context))
                                     .add("partition", static_cast<std::int64_t>(one.partition))
                                     .add("leftOut", done.left_out)
                                     .add("applied", static_cast<std::int64_t>(done.applied))
                                     .add("waiting", static_cast<std::int64_t>(done.waiting))
                                     .add("failure", std::string_view(one.reason))
                                     .text();
            write_down(transaction, action(one, details));
        };
        const auto done = projections::unpark(**model, session_, fetcher_, {one.context, one.partition}, one.key,
                                              doing_.deed == Deed::discard, note);
        std::string text = std::to_string(done.applied) + " events applied";
        if (done.left_out >= 0) text += ", the one at " + std::to_string(done.left_out) + " left out";
        if (done.waiting > 0) text += ", " + std::to_string(done.waiting) + " wait: " + done.reason;
        return {done.waiting == 0, text};
    }

    /// All first, then what came of each: the processes take them side by side.
    void push(const std::vector<const Failed*>& instances, const std::function<void(const Failed&, const Came&)>& see)
    {
        using events::sagas::Push;
        const sagas::Settings settings{settings_.kafka, settings_.postgres, settings_.clock_offset};
        std::vector<events::sagas::InstancePushed> pushes;
        for (const auto* one : instances) {
            pushes.push_back({one->where, events::parse_uuid(one->key).value_or(events::Uuid{}),
                              doing_.deed == Deed::retry ? Push::retry : Push::skip, std::nullopt, doing_.who,
                              doing_.reason});
        }
        if (pushes.empty()) return;
        session_.transact([&](postgres::Transaction& transaction) {
            for (const auto* one : instances) {
                write_down(transaction, action(*one, Json().add("failure", std::string_view(one->reason)).text()));
            }
        });
        const auto ids = sagas::push(settings, pushes);
        for (std::size_t i = 0; i < pushes.size(); ++i) {
            const auto came = sagas::outcome(settings, pushes[i], ids[i], push_patience);
            const bool done = came && came->find("parked again") == std::string::npos;
            see(*instances[i], {done, came.value_or("nobody has taken the push yet: it waits in the inbox")});
        }
    }

    /// What was looked at a moment ago may not be back in its queue yet: looks again until all have been seen.
    void sort(const std::string& name, const std::map<std::string, const Failed*>& keys,
              const std::function<void(const Failed&, const Came&)>& see)
    {
        std::set<std::string> seen;
        const auto until = std::chrono::steady_clock::now() + tasks_patience;
        for (const auto& target : jangteo::rabbitmq::all_targets()) {
            if (target.target != name) continue;
            const jangteo::rabbitmq::Quarantine quarantine(settings_.rabbitmq, target);
            while (true) {
                quarantine.sort([&](const Quarantined& task) {
                    const auto one = keys.find(key_of(task));
                    if (one == keys.end() || !seen.insert(one->first).second) return Fate::stays;
                    return fate_of(*one->second, task, see);
                });
                if (seen.size() == keys.size() || std::chrono::steady_clock::now() > until) return;
                std::this_thread::sleep_for(std::chrono::milliseconds{50});
            }
        }
    }

    /// It is written down before it goes: written down and still there is better than the other way round.
    Fate fate_of(const Failed& one, const Quarantined& task, const std::function<void(const Failed&, const Came&)>& see)
    {
        const bool retry = doing_.deed == Deed::retry;
        if (retry && task.task.id.is_nil()) {
            see(one, {false, "it is no task and would only come back"});
            return Fate::stays;
        }
        const auto details = Json()
                                 .add("type", std::string_view(task.task.type))
                                 .add("correlationId", task.task.correlation_id)
                                 .add("body", std::string_view(task.task.body))
                                 .add("failure", std::string_view(task.reason))
                                 .text();
        session_.transact([&](postgres::Transaction& transaction) { write_down(transaction, action(one, details)); });
        see(one, {true, retry ? "goes back to its queue" : "is discarded"});
        return retry ? Fate::goes_back : Fate::is_discarded;
    }

    const Settings& settings_;
    const Doing& doing_;
    postgres::Session session_;
    kafka::RecordFetcher fetcher_;
};

}  // namespace

void list(const Settings& settings, const std::string& of, const Page& page, std::ostream& out)
{
    std::string silent;
    const auto failed = all(settings, of, silent);
    const auto groups = grouped(failed);
    for (auto i = page.from; i < std::ssize(groups) && i < page.from + page.most; ++i) {
        const auto& group = groups[static_cast<std::size_t>(i)];
        if (page.json) {
            out << Json()
                       .add("id", std::string_view(group.id))
                       .add("kind", quarantine::to_text(group.kind))
                       .add("where", std::string_view(group.where))
                       .add("members", std::ssize(group.members))
                       .add("waiting", group.waiting)
                       .add("since", std::string_view(since_of(group.since)))
                       .add("reason", std::string_view(group.reason))
                       .add("first", std::string_view(failed[group.members.front()].name()))
                       .text()
                << '\n';
            continue;
        }
        out << group.id << "  " << quarantine::to_text(group.kind) << ' ' << group.where << ": " << group.members.size()
            << " failed alike, " << group.waiting << " wait, since " << since_of(group.since) << ": " << group.reason
            << "  (first " << failed[group.members.front()].name() << ")\n";
    }
    if (!silent.empty() && !page.json) out << silent << '\n';
    if (!page.json) {
        out << "quarantine: " << failed.size() << " failed in " << groups.size() << " ways";
        if (page.from + page.most < std::ssize(groups)) out << "; more: --from " << page.from + page.most;
        out << '\n';
    }
    out << std::flush;
}

bool show(const Settings& settings, const std::string& target, const Page& page, std::ostream& out)
{
    std::string silent;
    const auto failed = all(settings, {}, silent);
    const auto members = named(failed, target, false);
    if (members.empty()) {
        out << "quarantine: nothing is called " << target << (silent.empty() ? "" : "; " + silent) << std::endl;
        return false;
    }
    if (members.size() == 1) {
        show_whole(settings, members.front(), page.json, out);
    } else {
        for (auto i = page.from; i < std::ssize(members) && i < page.from + page.most; ++i) {
            out << line_of(members[static_cast<std::size_t>(i)], page.json) << '\n';
        }
        if (!page.json && page.from + page.most < std::ssize(members)) {
            out << "more: --from " << page.from + page.most << '\n';
        }
    }
    out << std::flush;
    return true;
}

bool act(const Settings& settings, const Doing& doing, std::ostream& out)
{
    std::string silent;
    const auto failed = all(settings, {}, silent);
    const auto members = named(failed, doing.target, doing.all_alike);
    if (members.empty()) {
        out << "quarantine: nothing is called " << doing.target << (silent.empty() ? "" : "; " + silent) << std::endl;
        return false;
    }
    const bool group = members.front().name() != doing.target && !doing.all_alike;
    if (group) throw std::invalid_argument(doing.target + " names all that failed alike: say --all-alike as well");
    if (!doing.json) {
        constexpr std::size_t shown = 10;
        for (std::size_t i = 0; i < members.size() && i < shown; ++i) {
            out << "will " << to_text(doing.deed) << ' ' << line_of(members[i], false) << '\n';
        }
        if (members.size() > shown) out << "… and " << members.size() - shown << " more\n";
        out << std::flush;
    }
    if (doing.dry_run) return true;
    std::size_t done = 0;
    Doer(settings, doing).run(members, [&](const Failed& one, const Came& came) {
        if (came.done) ++done;
        if (doing.json) {
            out << Json()
                       .add("name", std::string_view(one.name()))
                       .add("done", came.done)
                       .add("outcome", std::string_view(came.text))
                       .text()
                << '\n';
        } else {
            out << one.name() << ": " << came.text << '\n';
        }
    });
    if (!doing.json) out << "quarantine: " << done << " of " << members.size() << " wait no longer\n";
    out << std::flush;
    return done == members.size();
}

}  // namespace jangteo::ops::quarantine
