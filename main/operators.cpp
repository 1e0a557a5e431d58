#include "main/operators.hpp"

#include "events/calendar.hpp"
#include "main/progress.hpp"
#include "main/reconcile.hpp"
#include "ops/export/export.hpp"
#include "ops/log/moment.hpp"
#include "ops/log/replay.hpp"
#include "ops/quarantine/quarantine.hpp"
#include "ops/sagas/waiting.hpp"
#include "ops/timeline/timeline.hpp"

#include <pwd.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace jangteo {

namespace {

events::Timestamp clock()
{
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

kafka::Settings kafka_of(const Config& config)
{
    return {.brokers = config.kafka_brokers, .client_id = "jangteo-operator", .log = {}};
}

postgres::Settings postgres_of(const Config& config)
{
    return {.conninfo = config.postgres, .application_name = "jangteo-operator"};
}

/// Empty stays empty. Throws std::invalid_argument.
std::optional<events::Timestamp> moment(const std::string& text, const std::string& option)
{
    if (text.empty()) return std::nullopt;
    const auto parsed = ops::log::parse_moment(text, clock());
    if (!parsed) {
        throw std::invalid_argument(option + " must be a time like 2026-01-18T14:30:00Z, or a span like 15m or 2h");
    }
    return parsed;
}

std::optional<events::Uuid> id(const std::string& text, const std::string& option)
{
    if (text.empty()) return std::nullopt;
    const auto parsed = events::parse_uuid(text);
    if (!parsed) throw std::invalid_argument(option + " must be an id of 36 characters");
    return parsed;
}

/// On the terminal: one line that is written over. Else nothing: a file wants no progress.
std::function<void(const std::string&)> progress()
{
    if (::isatty(STDERR_FILENO) == 0) return {};
    return [](const std::string& text) { std::cerr << "\r\033[K" << text << std::flush; };
}

void end_progress()
{
    if (::isatty(STDERR_FILENO) != 0) std::cerr << "\r\033[K" << std::flush;
}

std::chrono::seconds span(const std::string& text, const std::string& option)
{
    const auto parsed = ops::log::parse_span(text);
    if (!parsed) throw std::invalid_argument(option + " must be a span like 90s, 15m or 2h");
    return *parsed;
}

/// Who sits at this machine.
std::string operator_here()
{
    const auto* entry = ::getpwuid(::geteuid());
    return "operator:" + (entry != nullptr ? std::string(entry->pw_name) : std::to_string(::geteuid()));
}

/// Who does it, why, and whether really.
struct DeedOptions {
    std::string who = operator_here();
    std::string reason;
    bool dry_run = false;
    bool json = false;

    void declare(CLI::App& verb)
    {
        constexpr std::size_t longest_name = 128;
        constexpr std::size_t longest_reason = 500;
        const auto no_longer_than = [](std::size_t most) {
            return CLI::Validator(
                [most](const std::string& text) {
                    const bool fits = !text.empty() && text.size() <= most;
                    return fits ? std::string() : "must have 1 to " + std::to_string(most) + " bytes";
                },
                "");
        };
        verb.add_option("--who", who, "Who does it; written down")
            ->capture_default_str()
            ->check(no_longer_than(longest_name));
        verb.add_option("--reason", reason, "Why; written down")->required()->check(no_longer_than(longest_reason));
        verb.add_flag("--dry-run", dry_run, "Only say what would be touched");
        verb.add_flag("--json", json, "As JSON");
    }
};

ops::sagas::Settings sagas_of(const Config& config)
{
    return {kafka_of(config), postgres_of(config), std::chrono::seconds{config.clock_offset_s}};
}

ops::quarantine::Settings quarantine_of(const Config& config)
{
    return {kafka_of(config),
            postgres_of(config),
            {.url = config.rabbitmq_url, .name = "jangteo-operator"},
            std::chrono::seconds{config.clock_offset_s}};
}

struct LogOptions {
    std::vector<std::string> contexts;
    std::vector<std::string> types;
    std::string aggregate;
    std::string correlation;
    std::string since;
    std::string until;
    std::int64_t most = 0;
    bool dead = false;
    bool json = false;

    void declare(CLI::App& verb)
    {
        verb.add_option("--context", contexts, "Of these contexts only, separated by commas")->delimiter(',');
        verb.add_option("--type", types, "Of these types only, for instance StockHeld")->delimiter(',');
        verb.add_option("--aggregate", aggregate, "Of this aggregate only; reads one partition of each context");
        verb.add_option("--correlation", correlation, "Of this process only, for instance an order");
        verb.add_option("--since", since, "From when on: 2026-01-18T14:30:00Z, or 15m, 2h, 3d ago, by Kafka's time");
        verb.add_option("--limit", most, "So many at most");
        verb.add_flag("--dead", dead, "Also what the readers' rule skips: records of former owners, and take-overs");
        verb.add_flag("--json,--ndjson", json, "A JSON object a line");
    }

    [[nodiscard]] ops::log::Settings settings(const Config& config, bool follow) const
    {
        ops::log::Settings settings{.kafka = kafka_of(config), .selection = {}, .since = {}, .until = {}, .most = {}};
        settings.selection.contexts = {contexts.begin(), contexts.end()};
        settings.selection.types = {types.begin(), types.end()};
        if (!aggregate.empty()) settings.selection.aggregate = aggregate;
        settings.selection.correlation_id = id(correlation, "--correlation");
        settings.selection.dead = dead;
        settings.since = moment(since, "--since");
        settings.until = moment(until, "--until");
        settings.follow = follow;
        settings.json = json;
        if (most > 0) settings.most = most;
        settings.told = progress();
        return settings;
    }
};

}  // namespace

void Operators::on(CLI::App& verb, Run run)
{
    verb.callback([this, run = std::move(run)] { chosen_ = run; });
}

int Operators::run(const Config& config, const std::stop_token& stop)
{
    try {
        return chosen_(config, stop);
    } catch (const std::invalid_argument& error) {
        std::cerr << "jangteo: " << error.what() << '\n';
        return 2;
    }
}

void Operators::declare(CLI::App& app)
{
    declare_log(app);
    declare_sagas(app);
    declare_quarantine(app);
    declare_reconcile(app);
    declare_export(app);
}

void Operators::declare_log(CLI::App& app)
{
    auto* timeline = app.add_subcommand("timeline", "All that happened to an order, across contexts, with causes");
    auto order = std::make_shared<std::string>();
    auto as_json = std::make_shared<bool>();
    timeline->add_option("order", *order, "Its id or its number")->required();
    timeline->add_flag("--json", *as_json, "As JSON");
    timeline->footer("Example: jangteo timeline ORD-20260118-00A1");
    on(*timeline, [order, as_json](const Config& config, const std::stop_token&) {
        return ops::timeline::run({kafka_of(config), postgres_of(config), *order, *as_json}, std::cout) ? 0 : 1;
    });

    for (const bool follow : {false, true}) {
        const std::string name = follow ? "tail" : "replay";
        auto* verb = app.add_subcommand(name, follow ? "Events as they come, until Ctrl-C"
                                                     : "Events of the log, by context, type, time and aggregate");
        auto options = std::make_shared<LogOptions>();
        options->declare(*verb);
        if (follow) {
            verb->footer("Example: jangteo tail --context orders,payments --type OrderAccepted,PaymentCompleted");
        } else {
            verb->add_option("--until", options->until, "Until when, as --since; that moment excluded");
            verb->footer(
                "Example: jangteo replay --context points --aggregate USER --since 2h --ndjson > points.ndjson");
        }
        on(*verb, [options, follow](const Config& config, const std::stop_token& stop) {
            ops::log::replay(options->settings(config, follow), std::cout, stop);
            end_progress();
            return 0;
        });
    }
}

void Operators::declare_sagas(CLI::App& app)
{
    auto* sagas = app.get_subcommand("sagas");
    sagas->description(sagas->get_description() +
                       "; with list, show, retry, skip or compensate: those that stand still");
    sagas->require_subcommand(0, 1);

    auto* list = sagas->add_subcommand("list", "Who waits, since when, for what, and why that does not come");
    auto listed = std::make_shared<ops::sagas::Listed>();
    auto older = std::make_shared<std::string>("60s");
    list->add_option("--saga", listed->saga, "Of this process only, for instance order_fulfilment");
    list->add_option("--state", listed->phase, "In this phase only, for instance gathering");
    list->add_option("--older-than", *older, "Waiting for at least so long; who is parked is always shown")
        ->capture_default_str();
    list->add_flag("--parked", listed->parked, "Only who is parked");
    list->add_option("--failure", listed->failure, "Only who waits for, or is parked because of, such a thing");
    list->add_option("--limit", listed->most, "So many at most")->capture_default_str()->check(CLI::PositiveNumber);
    list->add_option("--after", listed->after, "The next page: what the page before has said");
    list->add_flag("--json", listed->json, "A JSON object a line");
    list->footer("Example: jangteo sagas list --saga order_fulfilment --older-than 15m");
    on(*list, [listed, older](const Config& config, const std::stop_token&) {
        listed->older_than = span(*older, "--older-than");
        ops::sagas::list(sagas_of(config), *listed, std::cout);
        return 0;
    });

    auto saga = std::make_shared<std::string>();
    auto instance = std::make_shared<std::string>();
    const auto name_one = [saga, instance](CLI::App& verb) {
        verb.add_option("saga", *saga, "The process, for instance order_fulfilment")->required();
        verb.add_option("id", *instance, "The instance: for an order's process, the order's id")->required();
    };
    auto* show = sagas->add_subcommand("show", "One process: its state, what it waits for, who has pushed it");
    auto as_json = std::make_shared<bool>();
    name_one(*show);
    show->add_flag("--json", *as_json, "As JSON");
    show->footer("Example: jangteo sagas show order_fulfilment 3f0c2a1e-7b64-5d8f-9c02-5a1b2c3d4e12");
    on(*show, [saga, instance, as_json](const Config& config, const std::stop_token&) {
        return ops::sagas::show(sagas_of(config), *saga, id(*instance, "id").value(), *as_json, std::cout) ? 0 : 1;
    });

    using events::sagas::Push;
    struct Verb {
        Push push;
        const char* name;
        const char* what;
        const char* example;
    };
    for (const auto& [push, name, what, example] :
         {Verb{Push::retry, "retry", "Take parked inputs again, or send again what has no answer, with the same ids",
               "retry order_fulfilment ID --reason 'stock was away'"},
          Verb{Push::skip, "skip", "Leave out the parked input that failed, or take a step as answered",
               "skip order_fulfilment ID --step STEP --reason 'rewarded by hand'"},
          Verb{Push::compensate, "compensate", "Run the undo path: what was asked for is given back",
               "compensate order_fulfilment ID --reason 'the seller is gone'"}}) {
        auto* verb = sagas->add_subcommand(name, what);
        auto deed = std::make_shared<DeedOptions>();
        auto step = std::make_shared<std::string>();
        name_one(*verb);
        deed->declare(*verb);
        verb->add_option("--step", *step, "The step that is meant, as `sagas show` names it");
        verb->footer(std::string("Example: jangteo sagas ") + example);
        on(*verb, [=, push = push](const Config& config, const std::stop_token&) {
            const events::sagas::InstancePushed pushed{
                *saga, id(*instance, "id").value(), push, id(*step, "--step"), deed->who, deed->reason};
            const ops::sagas::Pushing pushing{.push = pushed, .dry_run = deed->dry_run, .json = deed->json};
            return ops::sagas::push_one(sagas_of(config), pushing, std::cout) ? 0 : 1;
        });
    }

    auto* timers = app.add_subcommand("timers", "What processes wait for by the clock: due next, and overdue");
    auto wanted = std::make_shared<ops::sagas::Timers>();
    timers->add_option("--saga", wanted->saga, "Of this process only");
    timers->add_flag("--overdue", wanted->overdue, "Only what should have fired");
    timers->add_option("--limit", wanted->most, "So many at most")->capture_default_str()->check(CLI::PositiveNumber);
    timers->add_flag("--json", wanted->json, "A JSON object a line");
    timers->footer("Example: jangteo timers --overdue");
    on(*timers, [wanted](const Config& config, const std::stop_token&) {
        ops::sagas::timers(sagas_of(config), *wanted, std::cout);
        return 0;
    });
}

void Operators::declare_quarantine(CLI::App& app)
{
    using namespace ops::quarantine;
    auto* quarantine = app.add_subcommand(
        "quarantine", "What has failed and waits for somebody: of read models, processes and targets outside");
    quarantine->require_subcommand(1);
    const auto declare_page = [](CLI::App& verb, Page& page) {
        verb.add_option("--limit", page.most, "So many at most")->capture_default_str()->check(CLI::PositiveNumber);
        verb.add_option("--from", page.from, "So many are passed over")->capture_default_str();
        verb.add_flag("--json", page.json, "A JSON object a line");
    };
    const auto declare_list = [this, declare_page](CLI::App& verb, const std::shared_ptr<std::string>& of) {
        auto page = std::make_shared<Page>();
        declare_page(verb, *page);
        on(verb, [of, page](const Config& config, const std::stop_token&) {
            ops::quarantine::list(quarantine_of(config), *of, *page, std::cout);
            return 0;
        });
    };

    auto* list = quarantine->add_subcommand("list", "Groups of what has failed alike, the largest first");
    auto of = std::make_shared<std::string>();
    list->add_option("--of", *of, "Only of read-models, sagas or tasks");
    list->footer("Example: jangteo quarantine list --of read-models");
    declare_list(*list, of);

    auto* dead = app.add_subcommand("dead", "What workers have given up");
    dead->require_subcommand(1);
    auto* tasks = dead->add_subcommand("tasks", "Tasks in quarantine, grouped by equal failure");
    tasks->footer("Example: jangteo dead tasks --json");
    declare_list(*tasks, std::make_shared<std::string>("tasks"));

    auto target = std::make_shared<std::string>();
    auto* show = quarantine->add_subcommand("show", "The members of a group, or one with all that waits");
    auto page = std::make_shared<Page>();
    show->add_option("what", *target, "A group, or one of its members")->required();
    declare_page(*show, *page);
    show->footer("Example: jangteo quarantine show 1f0e2d3c");
    on(*show, [target, page](const Config& config, const std::stop_token&) {
        return ops::quarantine::show(quarantine_of(config), *target, *page, std::cout) ? 0 : 1;
    });

    for (const auto kind : {Deed::retry, Deed::discard}) {
        const std::string name = kind == Deed::retry ? "retry" : "discard";
        auto* verb = quarantine->add_subcommand(name, kind == Deed::retry
                                                          ? "Take what waits again, in order"
                                                          : "Leave out what has failed, and take what waits behind it");
        auto deed = std::make_shared<DeedOptions>();
        auto all_alike = std::make_shared<bool>();
        verb->add_option("what", *target, "A group (with --all-alike), or one of its members")->required();
        verb->add_flag("--all-alike", *all_alike, "Everything that has failed like it");
        deed->declare(*verb);
        verb->footer("Example: jangteo quarantine " + name + " 1f0e2d3c --all-alike --reason 'fixed in 1.4'");
        on(*verb, [=](const Config& config, const std::stop_token&) {
            const Doing doing{.deed = kind,
                              .target = *target,
                              .all_alike = *all_alike,
                              .who = deed->who,
                              .reason = deed->reason,
                              .dry_run = deed->dry_run,
                              .json = deed->json};
            return ops::quarantine::act(quarantine_of(config), doing, std::cout) ? 0 : 1;
        });
    }
}

void Operators::declare_reconcile(CLI::App& app)
{
    struct Options {
        std::string gateway;
        std::string from;
        std::string to;
        std::string patience = "5m";
        bool repair = false;
        bool dry_run = false;
        std::string who = operator_here();
        std::string reason;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand(
        "reconcile",
        "Our payments beside the gateways' own books: what differs, and with --repair the commands that "
        "make ours right. Exits 1 when something differs");
    verb->add_option("--gateway", options->gateway, "toss or inicis only");
    verb->add_option("--from", options->from,
                     "From when on: a day in Seoul (2026-01-18), a time or a span; else the beginning of yesterday");
    verb->add_option("--to", options->to, "Until when, as --from; else now");
    verb->add_option("--patience", options->patience, "What has changed so lately may still be under way")
        ->capture_default_str();
    auto* reason = verb->add_option("--reason", options->reason, "Why it is repaired; written down");
    verb->add_flag("--repair", options->repair, "Send the commands; without it nothing is changed")->needs(reason);
    verb->add_flag("--dry-run", options->dry_run, "Only say what would be sent, whatever else is said");
    verb->add_option("--who", options->who, "Who repairs; written down")->capture_default_str();
    verb->add_flag("--json", options->json, "A JSON object a line");
    verb->footer("Example: jangteo reconcile --from 2026-01-18 --repair --reason 'the daily run'");
    on(*verb, [options](const Config& config, const std::stop_token& stop) {
        const std::chrono::seconds ahead{config.clock_offset_s};
        const auto day_or_moment = [&](const std::string& text, const std::string& option) {
            if (const auto day = events::parse_day(text)) return std::optional(events::beginning_of(*day));
            return moment(text, option);
        };
        const auto now = clock() + ahead;
        const auto yesterday = events::beginning_of(events::day_in_seoul(now) - std::chrono::days{1});
        ops::reconcile::Settings settings{.kafka = kafka_of(config), .postgres = postgres_of(config)};
        settings.clock_offset = ahead;
        settings.from = day_or_moment(options->from, "--from").value_or(yesterday);
        settings.to = day_or_moment(options->to, "--to").value_or(now);
        if (settings.to <= settings.from) throw std::invalid_argument("--to must be after --from");
        settings.patience = span(options->patience, "--patience");
        settings.repair = options->repair && !options->dry_run;
        settings.who = options->who;
        settings.reason = options->reason;
        settings.json = options->json;
        return reconcile(config, settings, options->gateway, stop, std::cout);
    });
}

void Operators::declare_export(CLI::App& app)
{
    namespace exporting = ops::exporting;
    struct Options {
        std::string format = "parquet";
        std::string to;
        std::vector<std::string> contexts;
        std::vector<std::string> types;
        std::string from;
        std::string until;
        std::size_t threads = 2;
        std::int64_t step = 1'000'000;
        bool dry_run = false;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand(
        "export", "Every event once, as typed tables for analysts; called again, what has come since");
    verb->add_option("--format", options->format, "parquet, ndjson or csv")
        ->capture_default_str()
        ->check(CLI::IsMember({"parquet", "ndjson", "csv"}));
    verb->add_option("--to", options->to, "The folder; one that holds an export goes on where it was")->required();
    verb->add_option("--context", options->contexts, "Of these contexts only, separated by commas")->delimiter(',');
    verb->add_option("--type", options->types, "Of these types only, for instance OrderPlaced")->delimiter(',');
    verb->add_option("--from", options->from, "From when on, not the first: 2026-01-18T14:30:00Z, or 2d ago");
    verb->add_option("--until", options->until, "Until when, that moment excluded; else to the log's end");
    verb->add_option("--threads", options->threads, "Partitions that are read at once")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    verb->add_option("--step", options->step, "Records of a partition after which files are finished")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}))
        ->capture_default_str();
    verb->add_flag("--dry-run", options->dry_run, "Only say what it would write");
    verb->add_flag("--json", options->json, "The result as JSON");
    verb->footer(
        "Example: jangteo export --format parquet --to /srv/jangteo-events --context orders,payments\n"
        "What is sealed in the log (personal data) stays sealed.");
    on(*verb, [options](const Config& config, const std::stop_token& stop) {
        Progress progress;
        exporting::Settings settings{.kafka = kafka_of(config), .to = options->to};
        settings.selection = {.format = exporting::format_of(options->format).value(),
                              .contexts = {options->contexts.begin(), options->contexts.end()},
                              .types = {options->types.begin(), options->types.end()},
                              .from = options->from};
        settings.from = moment(options->from, "--from");
        settings.until = moment(options->until, "--until");
        settings.threads = options->threads;
        settings.records_of_a_step = options->step;
        settings.memory_limit = config.memory_limit_mb << 18;
        settings.tell = [&progress](std::int64_t read, std::int64_t total) { progress("exporting", read, total); };
        try {
            if (options->dry_run) {
                std::cout << exporting::text_of(exporting::plan(settings), settings);
                return 0;
            }
            const auto summary = exporting::run(settings, stop);
            progress.end();
            std::cout << (options->json ? exporting::json_of(summary, settings)
                                        : exporting::text_of(summary, settings));
            return summary.whole ? 0 : 1;
        } catch (const exporting::Refused& refused) {
            progress.end();
            std::cerr << "jangteo: " << options->to << ": " << refused.what() << '\n';
            return 1;
        }
    });
}

}  // namespace jangteo
