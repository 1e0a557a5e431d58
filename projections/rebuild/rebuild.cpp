#include "projections/rebuild/rebuild.hpp"

#include "events/seeded_bugs.hpp"
#include "infra/kafka/admin.hpp"
#include "projections/rebuild/comparing.hpp"
#include "projections/rebuild/filling.hpp"
#include "projections/rebuild/following.hpp"
#include "projections/rebuild/tables.hpp"
#include "projections/rebuild/telling.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace jangteo::projections::rebuild {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view next = "next";
constexpr std::string_view previous = "previous";
/// So near to the live tables the rest is followed under their lock.
constexpr std::int64_t near = 2'000;
constexpr int tries_to_switch = 30;
constexpr auto pause_between_tries = 200ms;

/// By these a lock that is not to be had is given up: nobody shall wait behind us for a long reader.
postgres::Settings impatient(const Settings& settings)
{
    return {.conninfo = settings.postgres,
            .application_name = "jangteo rebuild",
            .statement_timeout = 10s,
            .lock_timeout = 1s};
}
/// For what takes as long as it takes.
postgres::Settings patient(const Settings& settings)
{
    return {.conninfo = settings.postgres,
            .application_name = "jangteo rebuild",
            .statement_timeout = 0ms,
            .lock_timeout = 60s};
}

/// The ends of all partitions that the read model reads.
std::map<Place, std::int64_t> ends_of(const Settings& settings)
{
    kafka::Admin admin(settings.kafka);
    std::map<Place, std::int64_t> ends;
    for (const auto context : settings.model->contexts()) {
        for (const auto& offsets : admin.offsets(events_topic(context))) {
            ends[{std::string(context), offsets.partition}] = offsets.end;
        }
    }
    return ends;
}

/// A set of tables on its way, through the phases.
class Rebuild {
public:
    Rebuild(const Settings& settings, TableSet set)
        : settings_(settings),
          model_(*settings.model),
          guard_(settings),
          building_(model_, std::move(set)),
          telling_(settings.tell),
          session_(patient(settings)),
          ends_(ends_of(settings))
    {
        report_.schema = building_.set().schema;
    }

    Report build()
    {
        drop_previous();
        fill_and_index(settings_.anew, [this] { return bounds_of_live(); });
        approach();
        compare();
        if (may_switch()) switch_tables();
        return finished();
    }

    Report build_as_of(const AsOf& moment)
    {
        auto bounds = bounds_as_of(moment);
        fill_and_index(settings_.anew, [&] { return bounds; });
        timed(Phase::following, [&] { report_.events += following().follow(bounds); });
        session_.transact([&](postgres::Transaction& transaction) {
            building_.fence(transaction);
            building_.finish(transaction);
        });
        return finished();
    }

    Report roll_back()
    {
        session_.transact([&](postgres::Transaction& transaction) {
            const auto found = registered(transaction, building_.set());
            if (!found) throw Refused("there are no tables in " + building_.set().schema + " to go back to");
            if (is_of(model_, found)) return;
            throw Refused("the tables in " + building_.set().schema + " are version " + std::to_string(found->version) +
                          ", which this program does not write: roll back with the program that does");
        });
        building_.claim_complete(session_);
        approach();
        if (may_switch()) switch_tables();
        return finished();
    }

private:
    void step(Step step) const
    {
        if (settings_.on_step) settings_.on_step(step);
    }

    template <class Work>
    void timed(Phase phase, Work work)
    {
        telling_.begin(phase, 0);
        const auto began = Clock::now();
        work();
        report_.seconds[phase] += std::chrono::duration<double>(Clock::now() - began).count();
        telling_.end();
    }

    Following& following()
    {
        if (!following_) {
            std::vector<Place> places;
            for (const auto& [place, end] : ends_) places.push_back(place);
            following_.emplace(settings_, building_, std::move(places), telling_);
        }
        return *following_;
    }

    // --- How far

    /// As far as the live tables have come, when they are of the same kind: then the two can be compared, and what the
    /// live runner has not read it will read afterwards. Else to the end of the log.
    Bounds bounds_of_live()
    {
        return session_.transact([&](postgres::Transaction& transaction) {
            live_is_alike_ = is_of(model_, registered(transaction, live_));
            return bounds_from(live_is_alike_ ? positions(transaction, live_, false) : ends_of(settings_), {});
        });
    }

    /// What the live tables contain must be contained in those that take their place: nobody's position goes back.
    Bounds bounds_from(const std::map<Place, std::int64_t>& below, std::optional<events::Timestamp> until) const
    {
        Bounds bounds;
        for (const auto& [place, offset] : below) {
            if (ends_.contains(place)) bounds[place] = {offset, until};
        }
        return bounds;
    }

    Bounds bounds_as_of(const AsOf& moment) const
    {
        if (const auto* time = std::get_if<events::Timestamp>(&moment)) return bounds_from(ends_, *time);
        auto bounds = bounds_from(ends_, {});
        for (const auto& [place, offset] : std::get<events::Position>(moment).offsets()) {
            const auto found = bounds.find({place.first, place.second});
            if (found == bounds.end()) {
                throw Refused("the read model '" + std::string(model_.name()) + "' does not read " +
                              events_topic(place.first) + "[" + std::to_string(place.second) + "]");
            }
            found->second.below = std::min(found->second.below, offset + 1);
        }
        return bounds;
    }

    // --- The phases

    void drop_previous()
    {
        session_.transact([&](postgres::Transaction& transaction) {
            drop_set(transaction, TableSet::beside(model_.name(), previous));
            transaction.run("DELETE FROM projections.builds WHERE name = $1",
                            {TableSet::beside(model_.name(), previous).name});
        });
    }

    template <class GetBounds>
    void fill_and_index(bool anew, GetBounds get_bounds)
    {
        auto state = building_.claim(session_, anew);
        step(Step::begun);
        if (state == Building::State::filling) {
            auto bounds = get_bounds();
            std::int64_t total = 0;
            for (const auto& [place, bound] : bounds) total += bound.below;
            timed(Phase::filling, [&] {
                telling_.expect(total);
                report_.events += Filling(settings_, building_, telling_).fill(bounds);
            });
            advance(Building::State::indexing);
            state = Building::State::indexing;
        }
        if (state == Building::State::indexing) {
            timed(Phase::indexing, [&] {
                session_.transact([&](postgres::Transaction& transaction) {
                    building_.fence(transaction);
                    building_.complete(transaction);
                    building_.advance(transaction, Building::State::following);
                    step(Step::indexing);
                });
            });
        }
        step(Step::indexed);
    }

    void advance(Building::State state)
    {
        session_.transact([&](postgres::Transaction& transaction) {
            building_.fence(transaction);
            building_.advance(transaction, state);
        });
    }

    /// Until the live tables are near. They move, but never faster than this.
    void approach()
    {
        timed(Phase::following, [&] {
            for (;;) {
                auto bounds = bounds_of_live();
                const auto applied = following().follow(bounds);
                report_.events += applied;
                if (applied < near) break;
            }
        });
        delete_what_is_over();
        step(Step::followed);
    }

    /// As the live runner would have by now.
    void delete_what_is_over()
    {
        constexpr std::size_t at_once = 50'000;
        PostgresStore store(model_, building_.set());
        while (store.delete_old(session_, at_once) >= at_once) continue;
    }

    void compare()
    {
        if (!live_is_alike_) return;
        timed(Phase::comparing, [&] {
            const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
            Bounds bounds;
            std::size_t parked_live = 0;
            // One snapshot: rows and checkpoints of one moment, and nobody is held up.
            const auto live = session_.transact([&](postgres::Transaction& transaction) {
                transaction.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
                bounds = bounds_from(positions(transaction, live_, false), {});
                parked_live = static_cast<std::size_t>(
                    transaction.run("SELECT count(*) FROM projections.parked WHERE projection = $1", {live_.name})
                        .integer(0, 0));
                return digests(transaction, model_, live_, now);
            });
            report_.events += following().follow(bounds);
            const auto built = session_.transact(
                [&](postgres::Transaction& transaction) { return digests(transaction, model_, building_.set(), now); });
            report_.differences = differences(live, built);
            std::string at;
            for (const auto& [place, bound] : bounds) {
                if (bound.below == 0) continue;
                at += (at.empty() ? "" : ",") + place.context + ":" + std::to_string(place.partition) + ":" +
                      std::to_string(bound.below - 1);
            }
            report_.compared = "all rows of the live tables, as of " + at;
            if (parked_live > 0) {
                *report_.compared += "; " + std::to_string(parked_live) + " events are parked in the live tables";
            }
        });
        step(Step::compared);
    }

    bool may_switch()
    {
        session_.transact(
            [&](postgres::Transaction& transaction) { report_.parked = parked_in(transaction, building_.set()); });
        if (!report_.parked.empty() && !settings_.accept_parked) {
            report_.not_switched = std::to_string(report_.parked.size()) + " aggregates are parked in the new tables";
        } else if (!report_.differences.empty() && !settings_.accept_differences) {
            report_.not_switched = "the new tables have other rows than the live ones";
        }
        return report_.not_switched.empty();
    }

    // --- The switch

    void switch_tables()
    {
        timed(Phase::switching, [&] {
            postgres::Session session(impatient(settings_));
            for (int tries = 1;; ++tries) {
                auto bounds = bounds_of_live();
                report_.events += following().follow(bounds);
                try {
                    switch_once(session);
                    break;
                } catch (const TooFar&) {
                    if (tries == tries_to_switch) throw;
                } catch (const postgres::Unavailable& error) {
                    if (has_switched()) break;
                    if (tries == tries_to_switch) throw;
                }
                following().begin_anew();
                std::this_thread::sleep_for(pause_between_tries);
            }
        });
        following_.reset();
        if (report_.not_switched.empty()) report_.schema = live_.schema;
        step(Step::switched);
    }

    void switch_once(postgres::Session& session)
    {
        bool again = false;
        session.transact([&](postgres::Transaction& transaction) {
            if (std::exchange(again, true)) throw TooFar("the transaction came into conflict with another");
            building_.fence(transaction);
            // First the registry, then the checkpoints: the order in which the live runner takes them.
            registered(transaction, live_);
            registered(transaction, building_.set());
            auto bounds =
                bounds_from(seeded("switch without the checkpoints' locks") ? positions(transaction, live_, false)
                                                                            : positions(transaction, live_, true),
                            {});
            step(Step::locked);
            const auto last = following().follow_within(transaction, bounds);
            const bool parks = std::ranges::any_of(last.parked, [](const auto& parked) { return parked.first; });
            if (parks && !settings_.accept_parked) {
                throw Refused("an aggregate was parked in the new tables at the last moment: call again to see it");
            }
            building_.take_the_place_of_live(transaction);
            step(Step::switching);
        });
    }

    /// A connection that breaks in COMMIT leaves it open.
    bool has_switched()
    {
        return session_.transact([&](postgres::Transaction& transaction) {
            return transaction.run("SELECT 1 FROM projections.builds WHERE name = $1", {building_.set().name}).empty();
        });
    }

    Report finished()
    {
        const auto live = live_;
        session_.transact([&](postgres::Transaction& transaction) {
            const auto& set = report_.schema == live.schema ? live : building_.set();
            report_.parked = parked_in(transaction, set);
            for (const auto& table : model_.tables()) {
                report_.rows[std::string(table.name)] =
                    transaction.run("SELECT count(*) FROM " + quoted(set.schema) + "." + quoted(table.name))
                        .integer(0, 0);
            }
        });
        return std::move(report_);
    }

    const Settings& settings_;
    const ReadModel& model_;
    const TableSet live_ = TableSet::live(model_.name());
    Guard guard_;
    Building building_;
    Telling telling_;
    postgres::Session session_;
    const std::map<Place, std::int64_t> ends_;
    std::optional<Following> following_;
    bool live_is_alike_ = false;
    Report report_;
};

std::int64_t size_of(postgres::Transaction& transaction, const TableSet& set)
{
    return transaction
        .run(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'",
            {set.schema})
        .integer(0, 0);
}

}  // namespace

Plan plan(const Settings& settings)
{
    Plan plan;
    for (const auto& [place, end] : ends_of(settings)) plan.events += end;
    postgres::Session session(patient(settings));
    session.transact([&](postgres::Transaction& transaction) {
        const auto name = settings.model->name();
        const auto live = TableSet::live(name);
        if (const auto found = registered(transaction, live)) plan.live_version = found->version;
        plan.live_bytes = size_of(transaction, live);
        plan.drops_previous = registered(transaction, TableSet::beside(name, previous)).has_value();
        const auto left = transaction.run("SELECT phase FROM projections.builds WHERE name = $1",
                                          {TableSet::beside(name, next).name});
        if (!left.empty()) plan.interrupted = left.text(0, 0);
    });
    return plan;
}

Report build(const Settings& settings)
{
    return Rebuild(settings, TableSet::beside(settings.model->name(), next)).build();
}

Report build_as_of(const Settings& settings, const AsOf& moment)
{
    return Rebuild(settings, tables_as_of(*settings.model, moment)).build_as_of(moment);
}

TableSet tables_as_of(const ReadModel& model, const AsOf& moment)
{
    std::string which = "at_";
    if (const auto* time = std::get_if<events::Timestamp>(&moment)) {
        for (const char c : events::to_iso8601(*time)) {
            if (c >= '0' && c <= '9') which += c;
        }
    } else {
        const auto id = events::uuid_v5(events::url_namespace, std::get<events::Position>(moment).text());
        which += events::to_string(id).substr(0, 8);
    }
    return TableSet::beside(model.name(), which);
}

Report roll_back(const Settings& settings)
{
    return Rebuild(settings, TableSet::beside(settings.model->name(), previous)).roll_back();
}

void drop(const Settings& settings, const std::string& schema)
{
    const Guard guard(settings);
    postgres::Session session(patient(settings));
    session.transact([&](postgres::Transaction& transaction) {
        const std::string name(settings.model->name());
        const auto found = transaction.run(
            "SELECT name FROM projections.registry WHERE schema_name = $1 AND name LIKE $2", {schema, name + ":%"});
        if (found.empty()) {
            throw Refused("there are no tables of '" + name + "' in " + schema + ", or they are the live ones");
        }
        const TableSet set{std::string(found.text(0, 0)), schema};
        drop_set(transaction, set);
        transaction.run("DELETE FROM projections.builds WHERE name = $1", {set.name});
    });
}

}  // namespace jangteo::projections::rebuild
