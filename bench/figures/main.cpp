// jangteo-bench: the house against the floor and against SQL, in one run, rounds of both taking turns.
#include "bench/figures/floor.hpp"
#include "bench/figures/house.hpp"
#include "bench/figures/http_talks.hpp"
#include "bench/figures/machine.hpp"
#include "bench/figures/rebuild.hpp"
#include "bench/figures/report.hpp"
#include "bench/figures/runner.hpp"
#include "bench/figures/sql.hpp"
#include "infra/kafka/admin.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <thread>

namespace {

using namespace jangteo;
using namespace jangteo::bench;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int32_t partitions = 8;
constexpr std::size_t products = 10'000;
constexpr std::int64_t plenty = 1'000'000'000;
constexpr std::size_t many = 1'024;
constexpr std::size_t some = 256;
constexpr std::size_t million = 1'000'000;
constexpr std::size_t first_of_million = 20'000;  ///< Beyond the products of the other figures.
/// Less than a million aggregates take, so that the limit is at work.
constexpr const char* memory_limit = "JANGTEO_MEMORY_LIMIT_MB=256";
constexpr std::size_t hot_product = 0;
constexpr std::size_t sql_clients = 64;
constexpr std::size_t race_buyers = 1'000;
constexpr std::size_t race_units = 100;
constexpr milliseconds race_patience{30'000};
constexpr milliseconds warm_up{1'000};
constexpr double linger_ms = 0;  ///< As the house's own producers.

constexpr int figures_do_not_stand = 1;
constexpr int cannot_start = 2;

struct Options {
    std::string brokers;
    std::string url;
    std::string edge_address;
    std::string postgres;
    std::string secret;
    std::string json_file;
    std::string binary;
    std::vector<std::string> only;
    std::size_t rounds = 5;
    double round_s = 3;
    std::size_t http_connections = many;
    std::size_t order_connections = some;
};

void describe(CLI::App& app, Options& options)
{
    app.add_option("--brokers", options.brokers, "Kafka's address")->envname("JANGTEO_KAFKA_BROKERS")->required();
    app.add_option("--url", options.url, "The edge's address; else JANGTEO_EDGE_ADDRESS");
    app.add_option("--edge-address", options.edge_address)->envname("JANGTEO_EDGE_ADDRESS")->group("");
    app.add_option("--postgres", options.postgres, "libpq connection string, for SQL's side")
        ->envname("JANGTEO_POSTGRES");
    app.add_option("--secret", options.secret, "Secret that tokens are signed with")->envname("JANGTEO_JWT_SECRET");
    app.add_option("--json", options.json_file, "Write the figures to this file as JSON (- for standard output)");
    app.add_option("--binary", options.binary,
                   "The jangteo to start and end as it is needed; without it, the house has to run already")
        ->envname("JANGTEO_BINARY");
    app.add_option("--only", options.only,
                   "floor, runner, million, rebuild, http, hot, spread, race; several with commas")
        ->delimiter(',')
        ->check(CLI::IsMember({"floor", "runner", "million", "rebuild", "http", "hot", "spread", "race"}));
    app.add_option("--rounds", options.rounds, "Rounds of each")->check(CLI::Range(1, 100))->capture_default_str();
    app.add_option("--seconds", options.round_s, "Length of one measurement")
        ->check(CLI::Range(0.1, 600.0))
        ->capture_default_str();
    app.add_option("--http-connections", options.http_connections)->check(CLI::Range(1, 4000))->capture_default_str();
    app.add_option("--order-connections", options.order_connections)->check(CLI::Range(1, 4000))->capture_default_str();
}

Report empty_report()
{
    using Kind = Target::Kind;
    Report report;
    report.machine = machine_description();
    report.figures.emplace(
        "runner_vs_floor",
        Figure("per s", "HoldStock over 10,000 products, 1,024 in flight, without HTTP", Target{Kind::at_least, 0.6}));
    report.figures.emplace("runner_alone_vs_floor",
                           Figure("ms", "the same, 1 in flight, p50", Target{Kind::at_most, 2}));
    report.figures.emplace("runner_256_vs_floor",
                           Figure("per s", "the same, 256 in flight, against the floor with 256"));
    report.figures.emplace(
        "http_vs_floor",
        Figure("per s", "PUT inventory over 10,000 products through HTTP, against the floor with 1,024 in flight",
               Target{Kind::at_least, 0.25}));
    report.figures.emplace("http_alone_vs_floor",
                           Figure("ms", "the same, 1 connection, p50", Target{Kind::at_most, 2, 1}));
    report.figures.emplace(
        "hot_order_vs_sql",
        Figure("per s", "orders of one line of one product through HTTP to accepted, against pgbench",
               Target{Kind::at_least, 3}));
    report.figures.emplace("spread_order_vs_sql",
                           Figure("per s", "the same over 10,000 products", Target{Kind::at_least, 0.5}));
    report.figures.emplace(
        "rebuild_vs_copy",
        Figure("per s", "rebuild of read_orders from 1,000,000 events, against COPY of its rows with their indexes",
               Target{Kind::at_least, 1}));
    report.figures.emplace(
        "rebuild_read_p99_vs_idle",
        Figure("ms", "orders of a buyer, p99 beside a rebuild and its switch, against idle", Target{Kind::at_most, 2}));
    report.race.buyers = race_buyers;
    report.race.units = race_units;
    return report;
}

class Session {
public:
    explicit Session(const Options& options)
        : options_(options),
          only_(options.only.begin(), options.only.end()),
          duration_(static_cast<std::int64_t>(options.round_s * 1000)),
          report_(empty_report())
    {
        if (options_.url.empty() && !options_.edge_address.empty()) options_.url = "http://" + options_.edge_address;
    }

    bool run()
    {
        if (wants_floor()) {
            kafka::Admin admin({options_.brokers, "jangteo-bench"});
            admin.create_topics(
                {{floor_commands, partitions}, {floor_events, partitions}, {floor_answers, partitions}});
            std::cerr << "warming the broker up\n";
            (void)floor_run(some, seconds(5));
        }
        commands_figures();
        if (wanted("million") && !options_.binary.empty()) million_figures();
        if (only_.contains("rebuild")) rebuild_figures();
        if (wants_http()) http_figures();
        publish();
        return sound_ && (report_.race.runs == 0 || report_.race.right());
    }

private:
    [[nodiscard]] bool wanted(const std::string& name) const { return only_.empty() || only_.contains(name); }
    [[nodiscard]] bool wants_http() const
    {
        return wanted("http") || wanted("hot") || wanted("spread") || wanted("race");
    }
    [[nodiscard]] bool wants_floor() const { return wanted("floor") || wanted("runner") || wanted("http"); }

    /// The runner against the floor. What is measured is the runner, so no other part of the house is at work.
    void commands_figures()
    {
        if (!wanted("floor") && !wanted("runner")) return;
        const auto house = wanted("runner") ? start("producers") : nullptr;
        house_ = house.get();
        if (wanted("runner")) fill_shelves();
        for (std::size_t round = 1; round <= options_.rounds; ++round) {
            std::cerr << fmt::format("commands, round {} of {}\n", round, options_.rounds);
            runner_round();
        }
        house_ = nullptr;
    }

    /// A million aggregates, and a start on their log: what they take in memory, and how soon commands are answered.
    void million_figures()
    {
        {
            const auto house = start("producers", {memory_limit});
            wait_for_topic(edge_replies);
            std::cerr << fmt::format("putting {} products on the shelf\n", million);
            KafkaLoop loop(options_.brokers, inventory_commands, edge_replies, partitions, linger_ms);
            PutTalk put(partitions, first_of_million, plenty);
            note("new aggregates, 1024 in flight", "per s",
                 check("putting", loop.ask_all(put, million, many)).rate_per_s);
            note("memory of the producers with 1,000,000 aggregates and a limit of 256", "MB", house->memory_mb());
            HoldTalk hold(partitions, million, first_of_million);
            const auto cold = check("HoldStock over a million", loop.run(hold, many, warm_up, seconds(10)));
            note("runner over 1,000,000 products, 1024 in flight", "per s", cold.rate_per_s);
            note("memory of the producers after it", "MB", house->memory_mb());
        }
        for (std::size_t round = 1; round <= options_.rounds; ++round) {
            std::cerr << fmt::format("a start on more than {} events, round {} of {}\n", million, round,
                                     options_.rounds);
            KafkaLoop loop(options_.brokers, inventory_commands, edge_replies, partitions, linger_ms);
            HoldTalk hold(partitions, million, first_of_million);
            const auto begun = std::chrono::steady_clock::now();
            const auto house = start("producers");
            // Enough of them that no partition is left out.
            check("the first commands", loop.ask_all(hold, some, some));
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
            note("start on more than 1,000,000 events until every partition answers", "s", took.count());
        }
    }

    /// The orders read model from a million events, while the live runner is at work and somebody reads.
    void rebuild_figures()
    {
        if (options_.binary.empty() || options_.postgres.empty()) {
            throw std::runtime_error("a binary and a PostgreSQL are needed: JANGTEO_BINARY, JANGTEO_POSTGRES");
        }
        const auto house = start("projections");
        wait_for_topic("orders.events");
        std::cerr << fmt::format("writing {} events of orders\n", million);
        const auto events = write_orders(options_.brokers, partitions, million);
        wait_for_live_orders(options_.postgres, events);
        for (std::size_t round = 1; round <= options_.rounds; ++round) {
            std::cerr << fmt::format("a rebuild from {} events, round {} of {}\n", events, round, options_.rounds);
            const double copied_s = copy_orders(options_.postgres);
            OrderReader reader(options_.postgres);
            std::this_thread::sleep_for(seconds(1));
            (void)reader.take();
            std::this_thread::sleep_for(duration_);
            auto idle = reader.take();
            const auto rebuilt = rebuild_orders(options_.binary);
            auto busy = reader.take();
            const auto count = static_cast<double>(rebuilt.events);
            add("rebuild_vs_copy", count / rebuilt.built_s, count / copied_s);
            add("rebuild_read_p99_vs_idle", busy.latencies.percentile_ms(99), idle.latencies.percentile_ms(99));
            note("rebuild, failed reads", "", static_cast<double>(busy.failed + idle.failed));
            note("rebuild, everything, the switch included", "s", rebuilt.whole_s);
            note("rebuild, memory", "MB", rebuilt.memory_mb);
            note("rebuild, reads beside it, p50", "ms", busy.latencies.percentile_ms(50));
            if (busy.failed + idle.failed > 0) sound_ = false;
        }
    }

    /// Everything that goes through the edge, with the whole house behind it.
    void http_figures()
    {
        if (options_.url.empty() || options_.secret.empty()) {
            throw std::runtime_error(
                "the edge's address and secret are needed: JANGTEO_EDGE_ADDRESS, JANGTEO_JWT_SECRET");
        }
        if ((wanted("hot") || wanted("spread")) && options_.postgres.empty()) {
            throw std::runtime_error("a PostgreSQL is needed for SQL's side: JANGTEO_POSTGRES");
        }
        const auto house = start("all");
        if (house) house->wait_until_ready(address_of(options_.url), seconds(90));
        fill_shelves();
        if (wanted("hot") || wanted("spread")) {
            sql_ = std::make_unique<SqlShop>(options_.postgres, products);
            report_.machine["postgresql"] = sql_->server_version();
        }
        for (std::size_t round = 1; round <= options_.rounds; ++round) {
            std::cerr << fmt::format("through HTTP, round {} of {}\n", round, options_.rounds);
            if (wanted("http")) http_round();
            orders_round();
            if (wanted("race")) race_round();
            if (house) {
                house->expect_alive();
                note("memory of the whole house", "MB", house->memory_mb());
            }
        }
    }

    /// Nothing when the house runs already.
    std::unique_ptr<House> start(const std::string& role, std::vector<std::string> settings = {})
    {
        if (options_.binary.empty()) return nullptr;
        // All of the load comes from one address; the limit is there for the open internet.
        settings.emplace_back("JANGTEO_EDGE_CONNECTIONS_PER_ADDRESS=4096");
        return std::make_unique<House>(options_.binary, role, settings, log_file_);
    }

    void fill_shelves()
    {
        wait_for_topic(edge_replies);
        std::cerr << fmt::format("putting {} products on the shelf\n", products);
        KafkaLoop loop(options_.brokers, inventory_commands, edge_replies, partitions, linger_ms);
        PutTalk put(partitions, 0, plenty);
        check("putting products", loop.ask_all(put, products, some));
        HoldTalk hold(partitions, products);
        check("warming the runner up", loop.run(hold, some, milliseconds(0), seconds(5)));
    }

    /// A house that was started a moment ago may still be making its topics.
    void wait_for_topic(const std::string& topic)
    {
        kafka::Admin admin({options_.brokers, "jangteo-bench"});
        const auto until = std::chrono::steady_clock::now() + seconds(60);
        for (;;) {
            const auto known = admin.topics();
            if (std::find(known.begin(), known.end(), topic) != known.end()) return;
            if (std::chrono::steady_clock::now() > until) throw std::runtime_error("there is no topic " + topic);
            std::this_thread::sleep_for(milliseconds(100));
        }
    }

    Measured floor_run(std::size_t in_flight, milliseconds duration)
    {
        const FloorOwner owner(options_.brokers, partitions, linger_ms);
        KafkaLoop loop(options_.brokers, floor_commands, floor_answers, partitions, linger_ms);
        FloorTalk talk(partitions);
        return loop.run(talk, in_flight, warm_up, duration);
    }

    Measured runner_run(std::size_t in_flight)
    {
        KafkaLoop loop(options_.brokers, inventory_commands, edge_replies, partitions, linger_ms);
        HoldTalk talk(partitions, products);
        return check("HoldStock", loop.run(talk, in_flight, warm_up, duration_));
    }

    Measured put_run(std::size_t connections)
    {
        HttpLoop loop(address_of(options_.url), connections);
        PutRequests talk(tokens(), products);
        return check("PUT inventory", loop.run(talk, warm_up, duration_));
    }

    Measured order_run(std::size_t count)
    {
        HttpLoop loop(address_of(options_.url), options_.order_connections);
        OrderRequests talk(tokens(), "orders", options_.order_connections, hot_product, count);
        return check("orders", loop.run(talk, warm_up, duration_));
    }

    /// The floor and what stands on it take turns within a round, so that the machine's moods hit both.
    void runner_round()
    {
        const double alone_ms = floor_alone_ms();
        if (wanted("runner")) {
            auto alone = runner_run(1);
            add("runner_alone_vs_floor", alone.latencies.percentile_ms(50), alone_ms);
        }
        const double full = floor_full();
        if (wanted("runner")) {
            const double before_s = house_ != nullptr ? house_->processor_s() : 0;
            auto runner = runner_run(many);
            if (house_ != nullptr) {
                const auto asked = runner.rate_per_s * std::chrono::duration<double>(duration_ + warm_up).count();
                note("runner, processor time a command", "us", (house_->processor_s() - before_s) / asked * 1e6);
            }
            add("runner_vs_floor", runner.rate_per_s, full);
            note("runner, 1024 in flight, p50", "ms", runner.latencies.percentile_ms(50));
            note("runner, 1024 in flight, p99", "ms", runner.latencies.percentile_ms(99));
        }
        const double half = floor_run(some, duration_).rate_per_s;
        note("floor, 256 in flight", "per s", half);
        if (wanted("runner")) add("runner_256_vs_floor", runner_run(some).rate_per_s, half);
    }

    void http_round()
    {
        const double alone_ms = floor_alone_ms();
        auto alone = put_run(1);
        add("http_alone_vs_floor", alone.latencies.percentile_ms(50), alone_ms);
        const double full = floor_full();
        auto put = put_run(options_.http_connections);
        add("http_vs_floor", put.rate_per_s, full);
        const auto name = fmt::format("http, {} connections, ", options_.http_connections);
        note(name + "p50", "ms", put.latencies.percentile_ms(50));
        note(name + "p99", "ms", put.latencies.percentile_ms(99));
    }

    double floor_alone_ms()
    {
        auto measured = floor_run(1, duration_);
        const double p50_ms = measured.latencies.percentile_ms(50);
        note("floor, 1 in flight, p50", "ms", p50_ms);
        return p50_ms;
    }

    double floor_full()
    {
        const double rate = floor_run(many, duration_).rate_per_s;
        note("floor, 1024 in flight", "per s", rate);
        return rate;
    }

    void orders_round()
    {
        const auto sql_duration = std::max(seconds(1), std::chrono::ceil<seconds>(duration_));
        if (wanted("hot")) orders_figure("hot", 1, sql_duration);
        if (wanted("spread")) orders_figure("spread", products, sql_duration);
    }

    void orders_figure(const std::string& name, std::size_t count, seconds sql_duration)
    {
        const double base = sql_->orders_per_s(sql_clients, count, sql_duration);
        auto ours = order_run(count);
        add(name + "_order_vs_sql", ours.rate_per_s, base);
        note(fmt::format("{} order, {} connections, p50", name, options_.order_connections), "ms",
             ours.latencies.percentile_ms(50));
        note(fmt::format("{} order, {} connections, p99", name, options_.order_connections), "ms",
             ours.latencies.percentile_ms(99));
    }

    void race_round()
    {
        // A product of its own each time: one that has been raced for has no more units.
        const auto random = events::random_uuid();
        const std::size_t product = products + (std::size_t{random.data[0]} << 24 | std::size_t{random.data[1]} << 16 |
                                                std::size_t{random.data[2]} << 8 | random.data[3]);
        {
            KafkaLoop loop(options_.brokers, inventory_commands, edge_replies, partitions, linger_ms);
            PutTalk put(partitions, product, race_units);
            check("putting the raced product", loop.ask_all(put, 1, 1));
        }
        HttpLoop loop(address_of(options_.url), race_buyers);
        RaceRequests talk(tokens(), "race", race_buyers, product, 1);
        std::size_t hung = 0;
        const auto start = std::chrono::steady_clock::now();
        (void)loop.once_each(talk, race_patience, hung);
        auto& race = report_.race;
        ++race.runs;
        race.accepted.push_back(talk.accepted);
        race.refused.push_back(talk.refused);
        race.hung += hung;
        race.seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }

    Measured check(const std::string& what, Measured measured)
    {
        if (measured.unexpected > 0) {
            sound_ = false;
            std::cerr << fmt::format("{}: {} unexpected answers, the first: {}\n", what, measured.unexpected,
                                     measured.first_unexpected);
        }
        return measured;
    }

    void add(const std::string& name, double ours, double base)
    {
        report_.figures.at(name).add(ours, base);
        std::cerr << fmt::format("  {:<22} {:>10.2f} against {:>10.2f}: {:.2f}\n", name, ours, base, ours / base);
    }

    void note(const std::string& name, const std::string& unit, double value)
    {
        auto& lone = report_.lone[name];
        lone.unit = unit;
        lone.rounds.push_back(value);
    }

    Tokens& tokens()
    {
        if (!tokens_) tokens_ = std::make_unique<Tokens>(Tokens::signed_with(options_.secret));
        return *tokens_;
    }

    void publish()
    {
        std::ostream& readable = options_.json_file == "-" ? std::cerr : std::cout;
        readable << to_text(report_);
        if (!sound_) readable << "These figures do not stand: some answers were not the ones asked for (see above).\n";
        readable << std::flush;
        if (options_.json_file == "-") {
            std::cout << to_json(report_) << std::flush;
        } else if (!options_.json_file.empty()) {
            std::ofstream out(options_.json_file);
            out << to_json(report_) << std::flush;
            if (!out) throw std::runtime_error("cannot write " + options_.json_file);
        }
    }

    Options options_;
    std::set<std::string> only_;
    milliseconds duration_;
    Report report_;
    std::unique_ptr<Tokens> tokens_;
    std::unique_ptr<SqlShop> sql_;
    House* house_ = nullptr;
    std::string log_file_ = (std::filesystem::temp_directory_path() / "jangteo-bench-house.log").string();
    bool sound_ = true;
};

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app{"Measures Jangteo against the bare log and against SQL.", "jangteo-bench"};
    Options options;
    describe(app, options);
    CLI11_PARSE(app, argc, argv);
    try {
        return Session(options).run() ? EXIT_SUCCESS : figures_do_not_stand;
    } catch (const std::exception& error) {
        std::cerr << "jangteo-bench: " << error.what() << "\n";
        return cannot_start;
    }
}
