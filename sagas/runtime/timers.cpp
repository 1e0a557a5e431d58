#include "sagas/runtime/timers.hpp"

#include "events/sagas.hpp"
#include "infra/kafka/publisher.hpp"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

namespace jangteo::sagas {

namespace {

constexpr std::chrono::milliseconds longest_delay{5'000};
constexpr std::chrono::milliseconds acknowledgement_timeout{5'000};

events::Record firing(const postgres::Rows& rows, std::size_t row, events::Timestamp now)
{
    const events::sagas::TimerFired fired{.saga = std::string(rows.text(row, 1)),
                                          .correlation_id = rows.uuid(row, 2),
                                          .name = std::string(rows.text(row, 3)),
                                          .token = std::string(rows.text(row, 4)),
                                          .due_at = rows.timestamp(row, 5)};
    events::Record record;
    record.topic = fired.saga + ".inbox";
    record.value = to_json(fired);
    auto& says = record.envelope;
    says.id = rows.uuid(row, 0);
    says.type = events::sagas::TimerFired::type;
    says.source = "/jangteo/sagas/timers";
    says.subject = events::to_string(fired.correlation_id);
    says.time = now;
    says.schema = events::sagas::TimerFired::schema;
    says.correlation_id = fired.correlation_id;
    says.causation_id = says.id;
    says.actor = "timer:" + fired.name;
    return record;
}

/// One claim, fired and deleted. Returns how many.
std::size_t fire_due(postgres::Session& session, kafka::Publisher& publisher, bool& delivered, int batch,
                     events::Timestamp now)
{
    return session.transact([&](postgres::Transaction& transaction) -> std::size_t {
        const auto due = transaction.run(
            "SELECT id, saga, correlation_id, name, token, due_at FROM sagas.timers WHERE due_at <= $1"
            " ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED",
            {now, batch});
        if (due.empty()) return 0;
        delivered = true;
        std::string ids = "{";
        for (std::size_t row = 0; row < due.size(); ++row) {
            if (!publisher.publish(firing(due, row, now), row))
                throw std::runtime_error("the publisher's queue is full");
            ids += (row == 0 ? "" : ",") + std::string(due.text(row, 0));
        }
        if (!publisher.flush(acknowledgement_timeout) || !delivered) {
            throw std::runtime_error("timers could not be delivered");
        }
        transaction.run("DELETE FROM sagas.timers WHERE id = ANY($1::uuid[])", {ids + "}"});
        return due.size();
    });
}

}  // namespace

void TimerScheduler::run(const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any stopped;
    const auto pause = [&](std::chrono::milliseconds time) {
        std::unique_lock lock(mutex);
        stopped.wait_for(lock, stop, time, [] { return false; });
    };

    postgres::Session session(settings_.postgres);
    std::unique_ptr<kafka::Publisher> publisher;
    bool delivered = true;
    auto delay = settings_.interval;
    while (!stop.stop_requested()) {
        try {
            if (!publisher) {
                publisher = std::make_unique<kafka::Publisher>(
                    settings_.kafka, kafka::PublisherOptions{},
                    [&delivered](std::uint64_t, bool ok, std::int64_t) { delivered = delivered && ok; });
            }
            const std::size_t fired = fire_due(session, *publisher, delivered, settings_.batch, settings_.now());
            fired_ += fired;
            delay = settings_.interval;
            if (fired < static_cast<std::size_t>(settings_.batch)) pause(delay);
        } catch (const std::exception& error) {
            publisher.reset();  // What is under way in it must not count for the next claim.
            if (settings_.kafka.log) {
                settings_.kafka.log(
                    kafka::LogLevel::warning,
                    std::string("timers wait ") + std::to_string(delay.count()) + " ms: " + error.what());
            }
            pause(delay);
            delay = std::min(delay * 2, longest_delay);
        }
    }
}

}  // namespace jangteo::sagas
