// A log in Kafka that only one test writes, a database of its own, and what the rows must come to.
#pragma once

#include "events/inventory.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/publisher.hpp"
#include "infra/postgres/migrations.hpp"
#include "projections/runtime/memory_store.hpp"
#include "projections/runtime/postgres_store.hpp"
#include "projections/runtime/runner.hpp"
#include "projections/runtime/values.hpp"
#include "projections/stock.hpp"
#include "tests/integration/infra/database.hpp"
#include "tests/integration/projections/elsewhere.hpp"

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <thread>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us.

namespace jangteo::projections {

using namespace std::chrono_literals;

class World : public testing::Test {
protected:
    static constexpr std::int32_t partitions = 4;

    World()
    {
        migrate(session);
        kafka::Admin(tests::kafka_server()).create_topics({{events_topic(context), partitions}});
        wait_for_leaders();
        publisher.prepare({events_topic(context)});
        for (std::int32_t p = 0; p < partitions; ++p) taken_over(p);
    }

    /// A new partition has a leader a little before the broker knows that it is the one. What is appended in between may
    /// be acknowledged without an offset, and not be there: an owner notices and begins anew, a test cannot.
    void wait_for_leaders() const
    {
        kafka::Admin admin(tests::kafka_server());
        for (const auto deadline = std::chrono::steady_clock::now() + 10s;;) {
            try {
                admin.offsets(events_topic(context));
                return;
            } catch (const kafka::Error&) {
                if (std::chrono::steady_clock::now() > deadline) throw;
                std::this_thread::sleep_for(20ms);
            }
        }
    }

    // --- What happens ---

    static events::ProductId product(int number)
    {
        return {events::uuid_v5(events::url_namespace, "product:" + std::to_string(number))};
    }

    void append(const events::Uuid& writer, std::int64_t sequence, std::int32_t partition, std::string type,
                std::string subject, std::string value)
    {
        auto& log = logs[static_cast<std::size_t>(partition)];
        auto& record = log.records.emplace_back();
        record.topic = events_topic(context);
        record.partition = partition;
        record.offset = static_cast<std::int64_t>(log.records.size()) - 1;
        record.value = std::move(value);
        record.envelope.id = events::uuid_v5(writer, std::to_string(record.offset));
        record.envelope.type = std::move(type);
        record.envelope.subject = std::move(subject);
        record.envelope.time = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
        record.envelope.writer = writer;
        record.envelope.sequence = sequence;
        record.envelope.command_offset = record.offset;
        while (!publisher.publish(record, static_cast<std::uint64_t>(record.offset))) publisher.poll(10ms);
    }

    void taken_over(std::int32_t partition)
    {
        auto& log = logs[static_cast<std::size_t>(partition)];
        log.writer = events::random_uuid();
        log.sequence = 0;
        append(log.writer, 0, partition, std::string(events::taken_over_type), "", "{}");
    }

    /// A product is always in the same partition.
    void happened(int number, std::string type, std::string value)
    {
        auto& log = logs[static_cast<std::size_t>(number % partitions)];
        append(log.writer, ++log.sequence, number % partitions, std::move(type), product(number).text(),
               std::move(value));
    }

    void received(int number, std::int64_t on_hand, std::string reason = "delivery")
    {
        const events::inventory::StockReceived event{product(number), 1, on_hand, 0, std::move(reason)};
        happened(number, std::string(event.type), to_json(event));
    }

    /// Many events of some products; every so often an owner is replaced, and the old one appends once more.
    void much_happens(int events, int products)
    {
        for (int i = 0; i < events; ++i) {
            ++happenings;
            if (i % 97 == 50) {
                const auto p = i % partitions;
                const auto former = logs[static_cast<std::size_t>(p)];
                taken_over(p);
                const events::inventory::StockReceived late{product(p), 1, 1'000'000, 0, "too late"};
                append(former.writer, former.sequence + 1, p, std::string(late.type), late.product_id.text(),
                       to_json(late));
            }
            received(happenings * 7 % products, happenings);
        }
        flush();
    }

    void flush() { ASSERT_TRUE(publisher.flush(30s)); }

    // --- What must come of it ---

    void wait_until_applied(std::chrono::seconds limit = 30s)
    {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        std::string reached;
        while (std::chrono::steady_clock::now() < deadline) {
            if (applied(reached)) return;
            std::this_thread::sleep_for(20ms);
        }
        FAIL() << "not applied in time; reached " << reached;
    }

    bool applied(std::string& reached)
    {
        const auto rows = session.query(
            "SELECT partition, next_offset FROM projections.checkpoints WHERE projection = 'stock' ORDER BY 1");
        reached.clear();
        std::size_t complete = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto end = logs[static_cast<std::size_t>(rows.integer(i, 0))].records.size();
            reached += std::to_string(rows.integer(i, 1)) + "/" + std::to_string(end) + " ";
            if (rows.integer(i, 1) == static_cast<std::int64_t>(end)) ++complete;
        }
        return complete == partitions;
    }

    /// The tables hold exactly what the same log gives when it is folded in memory.
    void expect_rows_equal_replay()
    {
        MemoryStore replayed;
        Projector projector(stock::model(), 1'000'000);
        for (const auto& log : logs) {
            projector.open({context, log.records.front().partition}, {}, {});
            const auto batch = projector.fold(log.records, replayed);
            ASSERT_TRUE(replayed.commit(batch));
            projector.settle(batch);
        }
        PostgresStore store(model);
        for (const auto& table : model.tables()) {
            const auto& expected = replayed.tables().at(std::string(table.name));
            const auto count =
                session.query("SELECT count(*) FROM read_stock." + std::string(table.name)).integer(0, 0);
            EXPECT_EQ(count, static_cast<std::int64_t>(expected.size())) << table.name;
            RowImages keys;
            for (const auto& [key, image] : expected) {
                keys.bytes += key;
                ++keys.count;
            }
            std::size_t equal = 0;
            session.transact([&](postgres::Transaction& transaction) {
                equal = 0;
                PostgresStore::Source(store, transaction).load(table, keys, [&](std::string_view found) {
                    if (expected.at(key_of(table, found)) == found) ++equal;
                });
            });
            EXPECT_EQ(equal, expected.size()) << table.name;
        }
        const auto parked = session.query("SELECT count(*) FROM projections.parked").integer(0, 0);
        EXPECT_EQ(parked, static_cast<std::int64_t>(replayed.parked().size()));
    }

    static std::string key_of(const TableDefinition& table, std::string_view row)
    {
        std::string key;
        std::vector<std::string_view> columns;
        while (!row.empty()) columns.push_back(next_row(row, 1));
        for (const auto column : table.key) key += columns[column];
        return key;
    }

    // --- Who applies it ---

    Config config() const
    {
        Config config;
        config.kafka = tests::kafka_server();
        config.postgres = database.settings().conninfo;
        config.group = group;
        config.read_models = {&model};
        config.first_retry = 20ms;
        config.log = [](kafka::LogLevel, std::string_view text) {
            std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
        };
        return config;
    }

    struct Log {
        std::vector<events::Record> records;  ///< As they stand in Kafka.
        events::Uuid writer{};
        std::int64_t sequence = 0;
    };

    std::string context = tests::name_of_its_own("stock");
    std::string group = tests::name_of_its_own("group");
    Elsewhere model{stock::model(), context};
    tests::Database database;
    postgres::Session session{database.settings()};
    std::array<Log, partitions> logs;
    int happenings = 0;
    kafka::Publisher publisher{tests::kafka_server(), {}, [](std::uint64_t expected, bool ok, std::int64_t offset) {
                                   EXPECT_TRUE(ok);
                                   EXPECT_EQ(offset, static_cast<std::int64_t>(expected));
                               }};
};

/// A runner on a thread of its own.
class Running {
public:
    explicit Running(Config config)
        : runner(std::move(config)), thread_([this](std::stop_token stop) { runner.run(stop); })
    {}

    Runner runner;

private:
    std::jthread thread_;
};

/// A runner in another process (process.cpp), or a rebuild (rebuild_process.cpp).
class Process {
public:
    explicit Process(std::vector<std::string> texts) : Process(PROJECTIONS_PROCESS, std::move(texts)) {}
    Process(const char* program, std::vector<std::string> texts)
    {
        texts.insert(texts.begin(), program);
        std::vector<char*> arguments;
        for (auto& text : texts) arguments.push_back(text.data());
        arguments.push_back(nullptr);
        if (posix_spawn(&pid_, program, nullptr, nullptr, arguments.data(), environ) != 0) {
            throw std::runtime_error("the process cannot be started: " + texts[0]);
        }
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process()
    {
        if (pid_ == 0) return;
        send(SIGKILL);
        wait();
    }

    void send(int signal) const { ::kill(pid_, signal); }
    /// Its exit code, or minus the signal that ended it.
    int wait()
    {
        int status = 0;
        waitpid(std::exchange(pid_, 0), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    pid_t pid_ = 0;
};

}  // namespace jangteo::projections
