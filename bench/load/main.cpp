// jangteo-load: a retailer's baskets become orders, through the HTTP edge like everybody else's.
#include "bench/journey/journey.hpp"
#include "bench/load/loader.hpp"
#include "bench/load/play.hpp"
#include "bench/load/progress.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>

namespace {

using namespace jangteo::bench;

constexpr int something_unexpected = 1;
constexpr int cannot_start = 2;

/// An order that is led on mostly waits: for the gateway, for the order's process, for what is to be seen.
constexpr std::size_t orders_for_a_connection = 4;

struct Options {
    JourneyFiles files;
    LoadSettings load;
    std::string json_file;
    std::string secret;
    std::string token_command;
    std::string standins;
    double patience_s = 90;
};

void describe(CLI::App& app, Options& options)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    app.add_option("--url", options.load.url, "Where the edge listens")->capture_default_str();
    app.add_option("--products", options.files.products, "products.csv or products.csv.gz")->required();
    app.add_option("--baskets", options.files.baskets, "baskets.csv or baskets.csv.gz")->required();
    app.add_option("--limit", options.files.limit, "Send only the first baskets of the file");
    app.add_flag("--all-products", options.files.all_products, "Stock also products that none of the baskets has");
    app.add_option("--stock", options.load.stock, "Units of each product")
        ->check(CLI::Range(std::int64_t{0}, most))
        ->capture_default_str();
    app.add_option("--grant-points", options.load.grant_points, "Points for each household, once")
        ->check(CLI::Range(std::int64_t{0}, most))
        ->capture_default_str();
    app.add_option("--points-every", options.load.points_every, "Every K-th basket asks for points (0: none)");
    app.add_option("--points-to-use", options.load.points_to_use, "How many points it asks for")
        ->check(CLI::Range(std::int64_t{0}, most));
    app.add_option("--concurrency", options.load.concurrency, "Connections, each with one request on its way")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    app.add_option("--patience", options.patience_s, "Seconds to try one command again before it counts as failed")
        ->check(CLI::Range(0.0, 86'400.0))
        ->capture_default_str();
    app.add_option("--play", options.standins,
                   "Then lead the accepted orders on to their ends, four for each connection; their buyers pay at the "
                   "stand-ins of this address");
    app.add_option("--json", options.json_file, "Write the summary to this file as JSON (- for standard output)");
    app.add_option("--secret", options.secret, "Secret that tokens are signed with; better in the environment")
        ->envname("JANGTEO_JWT_SECRET");
    app.add_option("--token-command", options.token_command,
                   "Get tokens from this command instead; it is run with --user ID [--role seller|admin]");
}

bool write_json(const std::string& file, const std::string& json)
{
    if (file == "-") {
        std::cout << json << std::flush;
        return std::cout.good();
    }
    std::ofstream out(file);
    out << json << std::flush;
    return out.good();
}

Ending play_on(const Summary& summary, const Options& options, Tokens& tokens)
{
    const auto& load = options.load;
    const auto orders_at_once = load.concurrency * orders_for_a_connection;
    auto ending = play(summary.placed, {load.url, options.standins, orders_at_once, load.patience}, tokens);
    if (!summary.refused.empty()) ending.orders["refused"] = summary.refused;
    return ending;
}

int run(const Options& options)
{
    if (options.secret.empty() && options.token_command.empty()) {
        std::cerr << "jangteo-load: no way to get tokens: set JANGTEO_JWT_SECRET or give --token-command\n";
        return cannot_start;
    }
    auto tokens =
        options.token_command.empty() ? Tokens::signed_with(options.secret) : Tokens::printed_by(options.token_command);
    const auto journey = read_journey(options.files);
    std::cerr << with_thousands(journey.baskets.size()) << " baskets of " << with_thousands(journey.households.size())
              << " households with " << with_thousands(journey.products.size()) << " products go to "
              << options.load.url << "\n";
    if (!options.standins.empty()) find_standins(options.standins);
    auto summary = load(journey, options.load, tokens);
    std::ostream& readable = options.json_file == "-" ? std::cerr : std::cout;
    readable << to_text(summary) << std::flush;
    std::optional<Ending> ending;
    if (!options.standins.empty() && summary.unexpected == 0) {
        ending = play_on(summary, options, tokens);
        readable << to_text(*ending) << std::flush;
    }
    if (!options.json_file.empty() && !write_json(options.json_file, to_json(summary, ending))) {
        std::cerr << "jangteo-load: cannot write " << options.json_file << "\n";
        return something_unexpected;
    }
    return summary.unexpected == 0 && (!ending || ending->well()) ? EXIT_SUCCESS : something_unexpected;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app{"Turns a retailer's baskets into orders through Jangteo's HTTP edge.", "jangteo-load"};
    Options options;
    describe(app, options);
    CLI11_PARSE(app, argc, argv);
    options.load.patience = std::chrono::milliseconds(static_cast<std::int64_t>(options.patience_s * 1000));
    try {
        return run(options);
    } catch (const std::exception& error) {
        std::cerr << "jangteo-load: " << error.what() << "\n";
        return cannot_start;
    }
}
