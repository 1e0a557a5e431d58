// jangteo: every role of the backend in one program, and what is needed beside them on the command line.
#include "infra/kafka/topics.hpp"
#include "infra/rabbitmq/targets.hpp"
#include "main/config.hpp"
#include "main/edge.hpp"
#include "main/log.hpp"
#include "main/operators.hpp"
#include "main/rebuild.hpp"
#include "main/roles.hpp"
#include "main/status.hpp"
#include "ops/audit/audit.hpp"
#include "ops/catalogue/catalogue.hpp"

#include <pthread.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace jangteo {

namespace {

const std::map<std::string, std::pair<std::set<Role>, std::string>> roles_by_name{
    {"all",
     {{Role::edge, Role::producers, Role::sagas, Role::projections, Role::consumers}, "Every role in one process"}},
    {"edge", {{Role::edge}, "How apps come in: HTTP commands and queries"}},
    {"producers", {{Role::producers}, "Decide commands: one outcome each"}},
    {"sagas", {{Role::sagas}, "Lead processes across contexts, and their timers"}},
    {"projections", {{Role::projections}, "Keep the read models"}},
    {"consumers", {{Role::consumers}, "Do what is to be done outside: payment gateways"}},
};

/// SIGINT and SIGTERM ask for an orderly stop; a second one ends the process at once.
class Signals {
public:
    Signals()
    {
        sigemptyset(&set_);
        sigaddset(&set_, SIGINT);
        sigaddset(&set_, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    /// Every thread that is started later has the signals blocked; one waits for them.
    void stop_on_signal(std::stop_source& source, const std::string& said)
    {
        std::thread([set = set_, &source, said]() mutable {
            int signal = 0;
            sigwait(&set, &signal);
            if (!said.empty()) log(kafka::LogLevel::info, said);
            source.request_stop();
            sigwait(&set, &signal);
            ::_exit(130);
        }).detach();
    }

private:
    sigset_t set_{};
};

std::string catalogue()
{
    ops::catalogue::Places places;
    for (const auto& topic : kafka::all_topics(1)) places.topics.push_back(topic.name);
    for (const auto& target : rabbitmq::all_targets()) places.targets.push_back(target.target);
    return ops::catalogue::asyncapi(events::schema_files(), places);
}

int run(int argc, const char* const* argv, const char* const* environment)
{
    Config config;
    CLI::App app{
        "Jangteo: an event-sourced commerce backend. Settings: command line, else JANGTEO_… in the environment, "
        "else --config FILE.",
        "jangteo"};
    app.require_subcommand(1);
    app.fallthrough();
    declare(config, app);
    for (const auto& [name, role] : roles_by_name) app.add_subcommand(name, role.second);
    app.add_subcommand("config", "Print the settings in force, without secrets");
    std::string token_user;
    std::string token_role = "user";
    auto* token = app.add_subcommand("token", "Print an access token for a user of the edge");
    token->add_option("--user", token_user, "The user's id")->required();
    token->add_option("--role", token_role, "user, seller, analyst or admin")->capture_default_str();

    std::int64_t patience_s = 60;
    auto* audit = app.add_subcommand(
        "audit", "Do stock, points and money add up, in the log and in the read models? Exits 1 when they do not");
    audit->add_option("--patience-s", patience_s, "What changed since then may still be under way")
        ->capture_default_str();

    bool status_as_json = false;
    auto* status = app.add_subcommand(
        "status",
        "How a running Jangteo stands: owners, what is behind, what has failed. Exits 1 when it needs somebody");
    status->add_flag("--json", status_as_json, "A JSON object a line");
    status->footer("Example: jangteo status --json");

    app.add_subcommand("catalogue", "Print the catalogue of messages: topics, queues and schemas as AsyncAPI 3");
    app.add_subcommand("openapi", "Print what the edge takes and answers, as OpenAPI 3.1: the same as /openapi.json");
    RebuildOptions rebuild_options;
    declare_rebuild(app, rebuild_options);
    DiffOptions diff_options;
    declare_diff(app, diff_options);
    Operators operators;
    operators.declare(app);

    std::vector<std::string> arguments = arguments_from_environment(app, environment);
    arguments.insert(arguments.end(), argv + 1, argv + argc);
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back.
    try {
        app.parse(arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }

    if (const auto problems = problems_of(config); !problems.empty()) {
        for (const auto& problem : problems) std::cerr << "jangteo: " << problem << '\n';
        return 2;
    }
    const std::string command = app.get_subcommands().front()->get_name();
    if (command == "config") {
        for (const auto& [name, value] : shown(config)) std::cout << name << " = " << value << '\n';
        return 0;
    }
    if (command == "openapi") {
        std::cout << openapi_document() << '\n';
        return 0;
    }
    if (command == "catalogue") {
        std::cout << catalogue() << '\n';
        return 0;
    }
    if (command == "token") {
        std::cout << mint_token(config, token_user, token_role) << '\n';
        return 0;
    }
    if (command == "audit") {
        const ops::audit::Settings settings{
            .kafka = {.brokers = config.kafka_brokers, .client_id = "jangteo-audit", .log = {}},
            .postgres = {.conninfo = config.postgres, .application_name = "jangteo-audit"},
            .patience = std::chrono::seconds{patience_s},
            .clock_offset = std::chrono::seconds{config.clock_offset_s}};
        return ops::audit::run(settings, std::cout) ? 0 : 1;
    }
    if (command == "rebuild") return rebuild(config, rebuild_options, std::cout);
    if (command == "diff") return diff(config, diff_options, std::cout);
    if (command == "status") return show_status(config, status_as_json, std::cout) ? 0 : 1;
    Signals signals;
    static std::stop_source stop;  // The waiting thread may outlive this function.
    if (operators.chosen()) {
        signals.stop_on_signal(stop, {});
        return operators.run(config, stop.get_token());
    }
    const auto& roles = roles_by_name.at(command).first;
    open_log(config.log_file, config.log_level, process_name(roles));
    signals.stop_on_signal(stop, "stopping; a second signal ends at once");
    run_roles(config, roles, stop.get_token());
    return 0;
}

}  // namespace

}  // namespace jangteo

int main(int argc, char** argv, char** environment)
{
    try {
        return jangteo::run(argc, argv, environment);
    } catch (const std::exception& error) {
        std::cerr << "jangteo: " << error.what() << '\n';
        return 1;
    }
}
