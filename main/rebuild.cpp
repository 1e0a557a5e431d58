#include "main/rebuild.hpp"

#include "main/progress.hpp"
#include "ops/diff/diff.hpp"
#include "ops/rebuild/rebuild.hpp"
#include "projections/list.hpp"
#include "projections/rebuild/rebuild.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>
#include <optional>
#include <utility>

namespace jangteo {

namespace {

namespace engine = projections::rebuild;

constexpr int done = 0;
constexpr int not_done = 1;
constexpr int not_understood = 2;

constexpr std::array<std::pair<engine::Phase, const char*>, 5> phases{{{engine::Phase::filling, "filling"},
                                                                       {engine::Phase::indexing, "indexing"},
                                                                       {engine::Phase::following, "following"},
                                                                       {engine::Phase::comparing, "comparing"},
                                                                       {engine::Phase::switching, "switching"}}};

std::string name_of(engine::Phase phase)
{
    return std::ranges::find(phases, phase, &std::pair<engine::Phase, const char*>::first)->second;
}

const projections::ReadModel* model_of(const std::string& name)
{
    const auto& all = projections::list();
    const auto found = std::ranges::find(all, name, [](const auto* model) { return model->name(); });
    return found == all.end() ? nullptr : *found;
}

std::optional<engine::AsOf> moment_of(const std::string& text)
{
    if (const auto time = events::parse_iso8601(text)) return *time;
    if (auto position = events::Position::parse(text); !position.empty()) return position;
    return std::nullopt;
}

bool agreed_to(const std::string& question, const RebuildOptions& options)
{
    if (options.yes) return true;
    if (::isatty(STDIN_FILENO) == 0) {
        std::cerr << question << " Nobody is there to be asked: say --yes\n";
        return false;
    }
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
}

std::string described(const engine::Plan& plan, const std::string& projection)
{
    std::string text = "read_" + projection + ": " + std::to_string(plan.events) + " records to read";
    text += plan.live_version ? "; the live tables are version " + std::to_string(*plan.live_version) + ", " +
                                    std::to_string(plan.live_bytes >> 20) + " MB on disk, and the new ones need as much"
                              : "; there are no live tables";
    if (!plan.interrupted.empty()) text += "; an interrupted rebuild goes on (" + plan.interrupted + ")";
    if (plan.drops_previous) text += "; read_" + projection + "_previous is dropped";
    return text + ".";
}

ops::rebuild::Summary summary_of(const engine::Report& report, const projections::ReadModel& model)
{
    ops::rebuild::Summary summary;
    summary.projection = model.name();
    summary.schema = report.schema;
    summary.live = report.schema == projections::TableSet::live(model.name()).schema;
    summary.events = report.events;
    for (const auto& [phase, time] : report.seconds) summary.seconds.emplace_back(name_of(phase), time);
    summary.rows = report.rows;
    for (const auto& parked : report.parked) {
        summary.parked.push_back(parked.aggregate + " at " + projections::events_topic(parked.place.context) + "[" +
                                 std::to_string(parked.place.partition) + "] offset " + std::to_string(parked.offset) +
                                 ": " + parked.reason);
    }
    summary.compared = report.compared.value_or("");
    summary.differences = report.differences;
    summary.not_switched = report.not_switched;
    return summary;
}

}  // namespace

void declare_rebuild(CLI::App& app, RebuildOptions& options)
{
    std::string names;
    for (const auto* model : projections::list()) names += (names.empty() ? "" : ", ") + std::string(model->name());
    auto* command = app.add_subcommand(
        "rebuild", "Build a read model anew from the log beside the live one, compare, and switch while queries go on");
    command->footer(
        "Examples:\n"
        "  jangteo rebuild orders                               killed, it goes on where it was\n"
        "  jangteo rebuild orders --rollback                    back to the tables before the last switch\n"
        "  jangteo rebuild orders --as-of 2026-01-18T14:30:00Z  into tables beside; nothing is switched\n"
        "  jangteo rebuild orders --as-of orders:3:1234         as of a position (X-Position)");
    command->add_option("projection", options.projection, "One of: " + names)->required();
    auto* as_of = command->add_option("--as-of", options.as_of, "A time (ISO 8601) or a position; into side tables");
    auto* rollback = command->add_flag("--rollback", options.rollback, "Put the tables before the last switch back");
    auto* drop = command->add_option("--drop", options.drop, "Drop side tables by their schema: read_orders_previous");
    as_of->excludes(rollback)->excludes(drop);
    rollback->excludes(drop);
    command->add_flag("--dry-run", options.dry_run, "Only say what it would do");
    command->add_flag("--yes", options.yes, "Do not ask");
    command->add_flag("--json", options.json, "The result as JSON");
    command->add_flag("--anew", options.anew, "Do not go on with an interrupted rebuild: begin from event zero");
    command->add_flag("--accept-parked", options.accept_parked, "Switch though aggregates are parked");
    command->add_flag("--accept-differences", options.accept_differences, "Switch though the live tables differ");
    command->add_option("--threads", options.threads, "Partitions that are filled at once")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
}

void declare_diff(CLI::App& app, DiffOptions& options)
{
    auto* command = app.add_subcommand("diff", "Compare two sets of a read model's tables. Exits 1 when they differ");
    command->footer("Example:\n  jangteo diff read_orders read_orders_previous");
    command->add_option("one", options.one, "A schema: read_orders")->required();
    command->add_option("other", options.other, "Another: read_orders_next, read_orders_previous, read_orders_at_…")
        ->required();
    command->add_option("--rows", options.shown, "Rows that differ to show, of each table")->capture_default_str();
}

int rebuild(const Config& config, const RebuildOptions& options, std::ostream& out)
{
    const auto* model = model_of(options.projection);
    if (model == nullptr) {
        std::cerr << "jangteo: there is no read model '" << options.projection
                  << "'; jangteo rebuild --help lists them\n";
        return not_understood;
    }
    std::optional<engine::AsOf> moment;
    if (!options.as_of.empty()) {
        moment = moment_of(options.as_of);
        if (!moment) {
            std::cerr << "jangteo: --as-of takes a time (2026-01-18T14:30:00Z) or a position (orders:3:1234), not '"
                      << options.as_of << "'\n";
            return not_understood;
        }
    }

    Progress progress;
    engine::Settings settings;
    settings.kafka = {.brokers = config.kafka_brokers, .client_id = "jangteo-rebuild", .log = {}};
    settings.postgres = config.postgres;
    settings.model = model;
    settings.threads = options.threads;
    settings.memory_limit = config.memory_limit_mb << 19;
    settings.accept_parked = options.accept_parked;
    settings.accept_differences = options.accept_differences;
    settings.anew = options.anew;
    settings.tell = [&progress](const engine::Told& told) { progress(name_of(told.phase), told.events, told.total); };
    try {
        if (!options.drop.empty()) {
            if (options.dry_run || !agreed_to("Drop " + options.drop + "?", options)) return not_done;
            engine::drop(settings, options.drop);
            out << "rebuild: " << options.drop << " is gone\n";
            return done;
        }
        const auto question = options.rollback ? "Put the tables of read_" + options.projection + "_previous back?"
                                               : described(engine::plan(settings), options.projection) + " Go on?";
        if (options.dry_run) {
            out << question << '\n';
            return done;
        }
        // Side tables take nobody's place.
        if (!moment && !agreed_to(question, options)) return not_done;
        const auto report = moment             ? engine::build_as_of(settings, *moment)
                            : options.rollback ? engine::roll_back(settings)
                                               : engine::build(settings);
        progress.end();
        const auto summary = summary_of(report, *model);
        out << (options.json ? ops::rebuild::json_of(summary) : ops::rebuild::text_of(summary)) << std::flush;
        return report.not_switched.empty() ? done : not_done;
    } catch (const engine::Refused& refused) {
        progress.end();
        std::cerr << "jangteo: " << refused.what() << '\n';
        return not_done;
    }
}

int diff(const Config& config, const DiffOptions& options, std::ostream& out)
{
    try {
        const ops::diff::Settings settings{.postgres = {.conninfo = config.postgres,
                                                        .application_name = "jangteo-diff",
                                                        .statement_timeout = std::chrono::milliseconds{0}},
                                           .one = options.one,
                                           .other = options.other,
                                           .shown = options.shown};
        return ops::diff::run(settings, out) ? done : not_done;
    } catch (const ops::diff::Unknown& unknown) {
        std::cerr << "jangteo: " << unknown.what() << '\n';
        return not_understood;
    }
}

}  // namespace jangteo
