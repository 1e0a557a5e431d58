#include "infra/postgres/array_text.hpp"
#include "infra/postgres/session.hpp"
#include "tests/integration/infra/database.hpp"

#include <gtest/gtest.h>
#include <atomic>
#include <random>
#include <thread>

namespace jangteo::postgres {
namespace {

using namespace std::chrono_literals;

class PostgresSession : public ::testing::Test {
protected:
    void SetUp() override
    {
        session.transact([](Transaction& transaction) {
            transaction.execute("CREATE TABLE entries (id bigint PRIMARY KEY, text text)");
        });
    }

    std::int64_t count(Session& of) { return of.query("SELECT count(*) FROM entries").integer(0, 0); }
    static std::int64_t backend(Transaction& transaction)
    {
        return transaction.run("SELECT pg_backend_pid()").integer(0, 0);
    }
    void terminate(std::int64_t pid)
    {
        other.query("SELECT pg_terminate_backend($1)", {pid});
        for (int i = 0; i < 500; ++i) {
            if (other.query("SELECT FROM pg_stat_activity WHERE pid = $1", {pid}).empty()) return;
            std::this_thread::sleep_for(10ms);
        }
        FAIL() << "the backend is still there";
    }

    tests::Database database;
    Session session{database.settings()};
    Session other{database.settings()};
};

const std::vector<std::string>& nasty_texts()
{
    static const std::vector<std::string> texts = [] {
        std::vector<std::string> made{
            "",      "plain", " ",     "NULL",     "null",   "\\N", "\\.",     "\\",      "\\\\",   "\"",     "'",
            "a\tb",  "a\nb",  "a\rb",  "a\r\nb",   "\b\f\v", "{",   "}",       "{1,2}",   ",",      "a,b",    "{\"a\"}",
            "\\x41", "\\101", "$1",    "$$",       "--",     ";",   "'; DROP", "장터 💥", "\u00a0", "\u2028", "\x01",
            "\x7f",  "\\n",   "\\t\\", "\"\"\"\"", "\n",     "\t",  "\r",      "\\N\n",   "a\\\tb"};
        made.push_back(std::string(100'000, '\\'));
        made.push_back(std::string(100'000, '"'));
        // Random texts of what has a meaning somewhere.
        std::mt19937 random(20'260'118);
        const std::vector<std::string> pieces{"\\", "\"", "\t", "\n", "\r", "N", "{",
                                              "}",  ",",  "'",  "a",  "장", "$", "."};
        for (int i = 0; i < 3'000; ++i) {
            std::string text;
            for (auto length = random() % 12; length > 0; --length) text += pieces[random() % pieces.size()];
            made.push_back(text);
        }
        return made;
    }();
    return texts;
}

TEST_F(PostgresSession, commits_what_ends_well_and_rolls_back_what_throws)
{
    EXPECT_EQ(session.transact([](Transaction& transaction) {
        return transaction.run("INSERT INTO entries VALUES ($1, $2), (2, NULL)", {1, "one"}).affected();
    }),
              2U);
    EXPECT_EQ(count(other), 2);
    EXPECT_THROW(session.transact([](Transaction& transaction) {
        transaction.run("INSERT INTO entries VALUES (3, NULL)");
        throw std::domain_error("from the caller");
    }),
                 std::domain_error);
    EXPECT_EQ(count(session), 2);
}

TEST_F(PostgresSession, every_kind_of_value_goes_out_and_comes_back)
{
    const auto id = events::random_uuid();
    const auto time = *events::parse_iso8601("2026-01-18T14:30:00.123456Z");
    const std::string binary("\0\x01\\x\xff", 5);
    const Rows rows = session.query(
        "SELECT $1::text, $2::bigint, $3::uuid, $4::timestamptz, $5::bytea, $6::boolean, $7::text, $8::timestamptz",
        {"text", std::numeric_limits<std::int64_t>::min(), id, time, bytes(binary), true, std::nullopt,
         *events::parse_iso8601("1999-12-31T23:59:59Z")});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.text(0, 0), "text");
    EXPECT_EQ(rows.integer(0, 1), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(rows.uuid(0, 2), id);
    EXPECT_EQ(rows.timestamp(0, 3), time);
    EXPECT_EQ(rows.bytes(0, 4), binary);
    EXPECT_TRUE(rows.boolean(0, 5));
    EXPECT_TRUE(rows.null(0, 6));
    EXPECT_FALSE(rows.null(0, 0));
    EXPECT_EQ(rows.timestamp(0, 7), *events::parse_iso8601("1999-12-31T23:59:59Z"));
    EXPECT_THROW(static_cast<void>(rows.integer(0, 0)), StatementError);
    EXPECT_THROW(static_cast<void>(rows.uuid(0, 6)), StatementError);
}

TEST_F(PostgresSession, a_wrong_statement_is_not_trouble_outside)
{
    session.query("INSERT INTO entries VALUES (1, NULL)");
    try {
        session.query("INSERT INTO entries VALUES (1, NULL)");
        FAIL();
    } catch (const StatementError& error) {
        EXPECT_EQ(error.sqlstate(), "23505");
    }
    EXPECT_THROW(session.query("SELEC 1"), StatementError);
    EXPECT_THROW(session.transact([](Transaction& transaction) { transaction.execute("SELECT nothing FROM nowhere"); }),
                 StatementError);
    EXPECT_EQ(count(session), 1) << "the session is still good";
}

TEST_F(PostgresSession, a_nul_is_refused_and_never_cuts_a_text)
{
    const std::string nul("a\0b", 3);
    EXPECT_THROW(session.query("INSERT INTO entries VALUES (1, $1)", {nul}), StatementError);
    EXPECT_THROW(session.transact([&](Transaction& transaction) {
        ArrayText texts;
        texts.add(nul);
        transaction.run("INSERT INTO entries SELECT 1, * FROM unnest($1::text[])", {texts.take()});
    }),
                 StatementError);
    EXPECT_THROW(session.transact([&](Transaction& transaction) {
        auto copy = transaction.copy("entries", {"id", "text"});
        copy.field(1);
        copy.field(nul);
        copy.end_row();
        copy.finish();
    }),
                 StatementError);
    EXPECT_EQ(count(session), 0);
}

TEST_F(PostgresSession, arrays_carry_every_text_as_it_is)
{
    const auto& texts = nasty_texts();
    ArrayText ids;
    ArrayText values;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        ids.add(i);
        values.add(i % 10 == 9 ? std::optional<std::string>{} : texts[i]);
    }
    session.transact([&](Transaction& transaction) {
        transaction.run("INSERT INTO entries SELECT * FROM unnest($1::bigint[], $2::text[])",
                        {ids.take(), values.take()});
    });
    const Rows rows = session.query("SELECT id, text FROM entries ORDER BY id");
    ASSERT_EQ(rows.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        ASSERT_EQ(rows.null(i, 1), i % 10 == 9) << i;
        if (i % 10 != 9) {
            ASSERT_EQ(rows.text(i, 1), texts[i]) << i;
        }
    }
}

TEST_F(PostgresSession, copy_carries_every_text_as_it_is)
{
    const auto& texts = nasty_texts();
    session.transact([&](Transaction& transaction) {
        auto copy = transaction.copy("entries", {"text", "id"});
        for (std::size_t i = 0; i < texts.size(); ++i) {
            copy.field(i % 10 == 9 ? std::optional<std::string>{} : texts[i]);
            copy.field(i);
            copy.end_row();
        }
        copy.finish();
        // The transaction goes on after it.
        transaction.run("INSERT INTO entries VALUES (-1, 'after')");
    });
    const Rows rows = session.query("SELECT id, text FROM entries WHERE id >= 0 ORDER BY id");
    ASSERT_EQ(rows.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        ASSERT_EQ(rows.null(i, 1), i % 10 == 9) << i;
        if (i % 10 != 9) {
            ASSERT_EQ(rows.text(i, 1), texts[i]) << i;
        }
    }
    EXPECT_EQ(count(session), static_cast<std::int64_t>(texts.size()) + 1);
}

TEST_F(PostgresSession, copy_of_every_kind_of_value_and_of_nothing)
{
    const auto id = events::random_uuid();
    const auto time = *events::parse_iso8601("2026-01-18T14:30:00.5Z");
    const auto rows = session.transact([&](Transaction& transaction) {
        transaction.execute("CREATE TABLE kinds (a uuid, b timestamptz, c bigint, d boolean, e text)");
        transaction.copy("kinds", {"a"}).finish();
        auto copy = transaction.copy("kinds", {"a", "b", "c", "d", "e"});
        copy.field(id);
        copy.field(time);
        copy.field(-5);
        copy.field(true);
        copy.field(std::optional<std::string>{});
        copy.end_row();
        copy.finish();
        return transaction.run("SELECT a, b, c, d, e FROM kinds");
    });
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.uuid(0, 0), id);
    EXPECT_EQ(rows.timestamp(0, 1), time);
    EXPECT_EQ(rows.integer(0, 2), -5);
    EXPECT_TRUE(rows.boolean(0, 3));
    EXPECT_TRUE(rows.null(0, 4));
}

TEST_F(PostgresSession, a_copy_that_breaks_a_constraint_leaves_nothing_and_the_session_good)
{
    EXPECT_THROW(session.transact([](Transaction& transaction) {
        auto copy = transaction.copy("entries", {"id"});
        for (int i = 0; i < 30'000; ++i) {
            copy.field(i % 20'000);
            copy.end_row();
        }
        copy.finish();
    }),
                 StatementError);
    EXPECT_EQ(count(session), 0);
    EXPECT_THROW(session.transact([](Transaction& transaction) {
        auto copy = transaction.copy("entries", {"id"});
        copy.field(1);
        copy.end_row();
        throw std::domain_error("before the end");
    }),
                 std::domain_error);
    EXPECT_EQ(count(session), 0);
}

TEST_F(PostgresSession, a_connection_broken_in_a_first_transaction_is_unavailable)
{
    int runs = 0;
    session.disconnect();
    EXPECT_THROW(session.transact([&](Transaction& transaction) {
        ++runs;
        transaction.run("INSERT INTO entries VALUES (1, NULL)");
        terminate(backend(transaction));
        transaction.run("INSERT INTO entries VALUES (2, NULL)");
    }),
                 Unavailable);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(count(session), 0) << "and the next call has a new connection";
}

TEST_F(PostgresSession, a_connection_that_broke_while_idle_is_made_anew)
{
    const auto pid = session.transact([](Transaction& transaction) { return backend(transaction); });
    terminate(pid);
    EXPECT_EQ(count(session), 0);
    terminate(session.transact([](Transaction& transaction) { return backend(transaction); }));
    int runs = 0;
    session.transact([&](Transaction& transaction) {
        ++runs;
        transaction.run("INSERT INTO entries VALUES (1, NULL)");
    });
    EXPECT_EQ(count(session), 1);
    EXPECT_GE(runs, 1);
}

TEST_F(PostgresSession, a_new_connection_has_every_setting_of_the_first)
{
    auto settings = database.settings();
    settings.synchronous_commit = false;
    settings.statement_timeout = 1'234ms;
    settings.lock_timeout = 567ms;
    settings.application_name = R"(it's a \name)";
    Session with_settings(settings);
    for (int round = 0; round < 2; ++round) {
        const Rows rows = with_settings.query(
            "SELECT current_setting('synchronous_commit'), current_setting('statement_timeout'),"
            " current_setting('lock_timeout'), current_setting('application_name'), current_setting('timezone'),"
            " pg_backend_pid()");
        EXPECT_EQ(rows.text(0, 0), "off");
        EXPECT_EQ(rows.text(0, 1), "1234ms");
        EXPECT_EQ(rows.text(0, 2), "567ms");
        EXPECT_EQ(rows.text(0, 3), R"(it's a \name)");
        EXPECT_EQ(rows.text(0, 4), "UTC");
        terminate(rows.integer(0, 5));
    }
}

TEST_F(PostgresSession, a_connection_broken_in_commit_leaves_the_outcome_in_doubt_and_runs_nothing_again)
{
    session.transact([](Transaction& transaction) {
        transaction.execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(20); RETURN NULL; "
            "END$$;"
            "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON entries DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION slow()");
    });
    std::atomic<std::int64_t> pid{0};
    std::thread killer([&] {
        while (pid == 0) std::this_thread::sleep_for(10ms);
        std::this_thread::sleep_for(300ms);  // It sleeps in COMMIT now.
        terminate(pid);
    });
    int runs = 0;
    bool in_doubt = false;
    try {
        session.transact([&](Transaction& transaction) {
            ++runs;
            transaction.run("INSERT INTO entries VALUES (1, NULL)");
            pid = backend(transaction);
        });
        ADD_FAILURE() << "committed";
    } catch (const Unavailable& error) {
        in_doubt = error.in_doubt();
    }
    killer.join();
    EXPECT_TRUE(in_doubt);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(count(session), 0);
}

TEST_F(PostgresSession, deadlocks_are_run_again_until_both_have_their_way)
{
    session.query("INSERT INTO entries SELECT i, '0' FROM generate_series(1, 2) i");
    std::atomic<int> runs{0};
    const auto add = [&](std::int64_t first, std::int64_t second) {
        Session own(database.settings());
        std::mt19937 random(static_cast<unsigned>(first));
        for (int i = 0; i < 20; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds{random() % 20});
            const auto both = [&](Transaction& transaction) {
                ++runs;
                for (const auto id : {first, second}) {
                    transaction.run("UPDATE entries SET text = (text::bigint + 1)::text WHERE id = $1", {id});
                    std::this_thread::sleep_for(5ms);
                }
            };
            for (bool done = false; !done;) {
                try {
                    own.transact(both);
                    done = true;
                } catch (const Unavailable&) {
                    // On a busy machine six tries may all meet the other one; the same call may be made again.
                }
            }
        }
    };
    session.transact([&](Transaction& transaction) {
        transaction.execute("ALTER DATABASE " + std::string(transaction.run("SELECT current_database()").text(0, 0)) +
                            " SET deadlock_timeout = '20ms'");
    });
    std::thread one([&] { add(1, 2); });
    std::thread two([&] { add(2, 1); });
    one.join();
    two.join();
    const Rows rows = session.query("SELECT text FROM entries ORDER BY id");
    EXPECT_EQ(rows.text(0, 0), "40");
    EXPECT_EQ(rows.text(1, 0), "40");
    EXPECT_GT(runs, 40) << "no deadlock came about: this test has shown nothing";
}

TEST_F(PostgresSession, conflicts_without_end_are_trouble_outside)
{
    int runs = 0;
    EXPECT_THROW(session.transact([&](Transaction& transaction) {
        ++runs;
        transaction.execute("DO $$BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END$$");
    }),
                 Unavailable);
    EXPECT_EQ(runs, 6);
    EXPECT_EQ(count(session), 0);
}

TEST_F(PostgresSession, a_statement_or_lock_that_takes_too_long_is_trouble_outside)
{
    auto settings = database.settings();
    settings.statement_timeout = 200ms;
    Session impatient(settings);
    EXPECT_THROW(impatient.query("SELECT pg_sleep(20)"), Unavailable);
    EXPECT_EQ(count(impatient), 0);
    settings.statement_timeout = 0ms;
    settings.lock_timeout = 200ms;
    Session locked_out(settings);
    session.transact([&](Transaction& transaction) {
        transaction.execute("LOCK TABLE entries");
        EXPECT_THROW(count(locked_out), Unavailable);
    });
}

TEST_F(PostgresSession, a_prepared_statement_follows_a_swap_of_schemas)
{
    session.transact([](Transaction& transaction) {
        transaction.execute(
            "CREATE SCHEMA live; CREATE TABLE live.rows AS SELECT 'old' AS version;"
            "CREATE SCHEMA next; CREATE TABLE next.rows AS SELECT 'new' AS version");
    });
    constexpr auto question = "SELECT version FROM live.rows";
    EXPECT_EQ(session.query(question).text(0, 0), "old");
    other.transact([](Transaction& transaction) {
        transaction.execute("ALTER SCHEMA live RENAME TO past; ALTER SCHEMA next RENAME TO live");
    });
    EXPECT_EQ(session.query(question).text(0, 0), "new");
}

TEST_F(PostgresSession, many_different_statements_work)
{
    for (int i = 0; i < 700; ++i) {
        const auto text = std::to_string(i);
        ASSERT_EQ(session.query("SELECT $1::text || '" + text + "'", {"x"}).text(0, 0), "x" + text);
    }
}

TEST(PostgresUnavailable, a_server_that_is_not_there_is_trouble_outside)
{
    Session session({.conninfo = "host=127.0.0.1 port=1 dbname=none user=none", .application_name = "infra-test"});
    EXPECT_THROW(session.query("SELECT 1"), Unavailable);
    EXPECT_THROW(session.transact([](Transaction&) {}), Unavailable);
    EXPECT_THROW(Session({.conninfo = "postgresql://127.0.0.1/none", .application_name = ""}), std::invalid_argument);
}

}  // namespace
}  // namespace jangteo::postgres
