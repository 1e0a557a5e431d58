// Exports while people shop, killed again and again: in the end they have what the log has, event by event, once each.
#include "infra/kafka/admin.hpp"
#include "ops/log/selection.hpp"
#include "tests/e2e/house.hpp"
#include "tests/e2e/operators.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

namespace jangteo::e2e {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
namespace fs = std::filesystem;

class Export : public House {
public:
    Export() : folder(log_folder() + "/export")
    {
        fs::remove_all(folder);
        fs::create_directories(folder);
    }
    ~Export() override { fs::remove_all(folder); }

    [[nodiscard]] std::vector<std::string> words(const std::string& format, std::vector<std::string> more = {}) const
    {
        std::vector<std::string> all{"export", "--format", format, "--to", folder + "/" + format};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    /// What counts in the log, as NDJSON; of each partition from `since` on, Kafka's time.
    std::size_t write_log(const std::string& path, std::optional<events::Timestamp> since)
    {
        kafka::Admin admin({from_environment("JANGTEO_TEST_KAFKA"), "jangteo-e2e", {}});
        LogReader reader({from_environment("JANGTEO_TEST_KAFKA"), "jangteo-e2e", {}});
        const Story story(reader.read());
        std::ofstream out(path);
        std::size_t count = 0;
        for (const auto& [context, partitions] : story.accepted) {
            const auto topic = context + ".events";
            const auto from = since ? admin.offsets_at(topic, *since) : std::vector<std::int64_t>(partitions.size());
            for (std::size_t partition = 0; partition < partitions.size(); ++partition) {
                for (const auto* record : partitions[partition]) {
                    if (record->offset < from[partition]) continue;
                    out << ops::log::json_of(*record, false) << '\n';
                    ++count;
                }
            }
        }
        return count;
    }

    /// Reads the exports with DuckDB and compares them with the log.
    void compare(const std::vector<std::string>& exported, std::optional<events::Timestamp> since)
    {
        const auto log = folder + "/log.ndjson";
        const auto count = write_log(log, since);
        ASSERT_GT(count, 0U);
        std::vector<std::string> command{from_environment("JANGTEO_TEST_ANALYTICS") + "/bin/python", "-B",
                                         JANGTEO_COMPARE_EXPORT, "--log", log};
        for (const auto& format : exported) command.push_back(folder + "/" + format);
        Process comparing("compare", command, log_folder() + "/compare.log");
        const auto until = Clock::now() + 200s;
        while (comparing.runs() && Clock::now() < until) std::this_thread::sleep_for(20ms);
        EXPECT_EQ(comparing.exit_status(), 0) << comparing.last_lines(40);
        say(comparing.last_lines(1));
    }

    const std::string folder;
    const std::vector<std::string> formats{"parquet", "ndjson", "csv"};
};

TEST_F(Export, killed_again_and_again_has_every_event_once)
{
    constexpr int wanted_kills = 12;
    constexpr int wanted_half_done = 3;
    start_roles();
    const auto began =
        events::Timestamp(std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now() - 1s));
    const std::vector<std::string> small{"--from", events::to_iso8601(began), "--step", "20"};
    Shoppers shoppers(*this, {.pause = 15ms, .most = 100'000});
    shoppers.go_on(2s);
    int killed = 0;
    int half_done = 0;  // Files were being written, or had not got their names.
    std::uniform_int_distribution<int> patience_ms(1, 1'500);
    const auto until = Clock::now() + 120s;
    for (std::size_t round = 0; (killed < wanted_kills || half_done < wanted_half_done) && Clock::now() < until;
         ++round) {
        const auto& format = formats[round % formats.size()];
        Process process("export", operator_command(words(format, small)), log_folder() + "/export.log");
        shoppers.go_on(std::chrono::milliseconds(patience_ms(random)));
        if (!process.runs()) {
            EXPECT_EQ(process.exit_status(), 0) << process.last_lines(20);
            continue;
        }
        process.kill();
        ++killed;
        const auto writing = folder + "/" + format + "/.writing";
        if (fs::exists(writing) && !fs::is_empty(writing)) ++half_done;
    }
    EXPECT_GE(killed, wanted_kills) << "exports ended before they could be killed";
    EXPECT_GE(half_done, wanted_half_done) << "nothing was under way when they were killed";
    shoppers.finish();
    caller().listen(1s);
    stop_all();  // So that the log is the same for all who read it now.
    for (const auto& format : formats) {
        const auto said = operate(words(format, small));
        EXPECT_EQ(said.status, 0) << said.text;
        EXPECT_TRUE(fs::is_empty(folder + "/" + format + "/.writing"));
    }
    say(std::to_string(killed) + " exports killed, " + std::to_string(half_done) + " of them half done, beside " +
        std::to_string(shoppers.placed()) + " orders");
    compare(formats, began);
}

TEST_F(Export, has_the_whole_log_and_nothing_more_the_second_time)
{
    start_roles();
    Shoppers shoppers(*this, {.most = 40});
    shoppers.go_on(1s);
    shoppers.finish();
    stop_all();
    const auto planned = operate(words("parquet", {"--dry-run"}));
    EXPECT_EQ(planned.status, 0) << planned.text;
    EXPECT_TRUE(planned.has("orders/TYPE/PARTITION-FIRST-LAST.parquet")) << planned.text;
    EXPECT_FALSE(fs::exists(folder + "/parquet")) << "a dry run writes nothing";

    const auto first = operate(words("parquet", {"--json"}));
    ASSERT_EQ(first.status, 0) << first.text;
    const auto summary = json::parse(first.lines().back());
    EXPECT_GT(summary.at("files").as_int64(), 0);
    EXPECT_GT(summary.at("events").at("orders/OrderPlaced").as_int64(), 0);
    compare({"parquet"}, {});

    const auto second = operate(words("parquet", {"--json"}));
    EXPECT_EQ(second.status, 0) << second.text;
    const auto nothing = json::parse(second.lines().back());
    EXPECT_EQ(nothing.at("files").as_int64(), 0) << second.text;
    EXPECT_EQ(nothing.at("allEvents"), summary.at("allEvents"));

    const auto other = operate(words("parquet", {"--context", "orders"}));
    EXPECT_EQ(other.status, 1) << other.text;
    EXPECT_TRUE(other.has("take another folder")) << other.text;
    EXPECT_EQ(operate(words("csv", {"--context", "nonsense"})).status, 2);
    EXPECT_EQ(operate(words("csv", {"--type", "Nonsense"})).status, 2);
    const auto one = operate(words("csv", {"--type", "OrderPlaced"}));
    EXPECT_EQ(one.status, 0) << one.text;
    EXPECT_TRUE(fs::exists(folder + "/csv/orders/OrderPlaced"));
    EXPECT_FALSE(fs::exists(folder + "/csv/orders/OrderAccepted"));
    EXPECT_FALSE(fs::exists(folder + "/csv/points"));
}

}  // namespace
}  // namespace jangteo::e2e
