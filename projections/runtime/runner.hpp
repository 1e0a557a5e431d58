// Keeps the read models up to date: reads `*.events` from the checkpoints in PostgreSQL, folds batches into rows, and
// commits rows and checkpoint together. Exactly once: the checkpoint's row is the fence, and nothing relies on Kafka's
// group offsets; the group only says who owns what.
//
// Every read model has its own thread, connection and reader, so that one that waits holds up no other.
#pragma once

#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"
#include "projections/list.hpp"
#include "projections/runtime/status.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::projections {

/// After a batch is committed: everything of the partition below `next_offset` can be asked for.
struct Applied {
    std::string_view projection;
    std::string_view context;
    std::int32_t partition = 0;
    std::int64_t next_offset = 0;
};

/// Places in a batch, for tests that want something to go wrong there.
enum class Step { locked, folded, written, committed };

struct Config {
    kafka::Settings kafka;
    std::string postgres;  ///< Keyword form: `host=… port=… dbname=…`
    std::vector<const ReadModel*> read_models = list();
    std::string group = "jangteo.projections";
    std::chrono::milliseconds session_timeout{3'000};

    std::size_t batch_records = 20'000;
    std::size_t batch_bytes = 8 << 20;    ///< Of record values.
    std::size_t rows_in_memory = 50'000;  ///< Of each table that changes.
    Projector::ParkingLimit parking{};
    /// Live, a read model rests after a batch so many times as long as the batch took: many small batches would cost
    /// more than they are worth. An event that comes after the rest is applied at once.
    int rest_factor = 4;
    std::chrono::milliseconds longest_rest{50};
    /// After trouble (PostgreSQL or Kafka away): growing from one to the other.
    std::chrono::milliseconds first_retry{100};
    std::chrono::milliseconds last_retry{5'000};

    kafka::Log log{};                               ///< Called from several threads.
    std::function<void(const Applied&)> applied{};  ///< Called from several threads; must only notify.
    std::function<void(std::string_view projection, Step)> on_step{};  ///< For tests.
};

class Runner {
public:
    /// Connects to nothing yet.
    explicit Runner(Config config);
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;
    ~Runner();

    /// Makes the tables that are missing. Throws WrongVersion (the message says what to do), postgres::Unavailable and
    /// postgres::StatementError. The migrations have to be there; `run` does this, too, as soon as it can.
    void prepare();

    /// Runs until it is told to stop; then it returns within a batch, and gives its partitions back at once. What is
    /// wrong outside is waited for, and told by `status` and the log.
    void run(std::stop_token stop);

    /// From any thread.
    [[nodiscard]] std::vector<Status> status() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::projections
