// One read model's thread: reads what this process owns, and applies it batch by batch.
#pragma once

#include "infra/kafka/partition_reader.hpp"
#include "projections/runtime/postgres_store.hpp"
#include "projections/runtime/runner.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <vector>

namespace jangteo::projections {

class Worker {
public:
    Worker(const ReadModel& model, const Config& config);

    /// From any thread.
    void own(std::set<Place> places);
    void run(std::stop_token stop);
    [[nodiscard]] Status status() const;
    [[nodiscard]] const ReadModel& model() const { return model_; }
    /// Kafka's end offsets, as asked just now.
    void see_ends(const std::map<Place, std::int64_t>& ends);

private:
    using Clock = std::chrono::steady_clock;

    /// One partition as others see it.
    struct Shown {
        PartitionStatus status;
        std::optional<events::Timestamp> pending;  ///< Time of the oldest record that has been read, not applied.
        std::optional<Clock::time_point> behind;   ///< Since when there has been something to apply.
    };

    void work(const std::stop_token& stop);
    void take_over_and_give_up();
    void begin_anew();
    bool read(const std::stop_token& stop);
    void apply();
    void refuse(const std::string& reason);
    void wait_for_tables(const std::string& what, const std::stop_token& stop);
    void trouble(const std::string& what, const std::stop_token& stop);
    void delete_old_sometimes();
    void look_for_interventions_sometimes();
    void show(const Batch& batch, Clock::duration took);
    void step(Step step) const;
    void log(kafka::LogLevel level, const std::string& text) const;

    const ReadModel& model_;
    const Config& config_;
    postgres::Session session_;
    PostgresStore store_;
    Projector projector_;
    kafka::PartitionReader reader_;

    bool prepared_ = false;
    std::set<Place> held_;
    std::vector<events::Record> records_;
    std::size_t most_records_;  ///< In one batch; fewer while the store refuses something.
    Clock::time_point rest_until_{};
    Clock::time_point next_deletion_{};
    Clock::time_point next_look_{};
    std::chrono::milliseconds retry_;

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::set<Place> wanted_;
    bool wanted_changed_ = false;
    Status status_;
    std::map<Place, Shown> shown_;
};

}  // namespace jangteo::projections
