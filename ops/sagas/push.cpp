#include "ops/sagas/push.hpp"

#include "events/described_json.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/publisher.hpp"

#include <algorithm>
#include <thread>

namespace jangteo::ops::sagas {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds acknowledgement_timeout{10'000};
constexpr milliseconds look_interval{100};

events::Record record_of(const events::sagas::InstancePushed& pushed, std::chrono::seconds ahead)
{
    events::Record record;
    record.topic = pushed.saga + ".inbox";
    record.value = to_json(pushed);
    auto& says = record.envelope;
    says.id = events::random_uuid();
    says.type = events::sagas::InstancePushed::type;
    says.source = "/jangteo/operators";
    says.subject = events::to_string(pushed.correlation_id);
    says.time = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) + ahead;
    says.schema = events::sagas::InstancePushed::schema;
    says.correlation_id = pushed.correlation_id;
    says.causation_id = says.id;
    says.actor = pushed.actor;
    return record;
}

}  // namespace

std::optional<jangteo::sagas::StoredInstance> instance(const Settings& settings, const std::string& saga,
                                                       const events::Uuid& correlation_id)
{
    kafka::Admin admin(settings.kafka);
    const auto key = events::to_string(correlation_id);
    const auto partition = kafka::partition_of(key, admin.partitions(saga + ".inbox"));
    postgres::Session session(settings.postgres);
    const auto rows = session.query(
        "SELECT state FROM write_side.snapshots WHERE space = $1 AND partition = $2 AND key = $3 AND layer = 0",
        {"sagas/" + saga, partition, key});
    if (rows.empty()) return std::nullopt;
    jangteo::sagas::StoredInstance stored;
    events::described::from_text(rows.text(0, 0), stored);
    return stored;
}

std::vector<events::Uuid> push(const Settings& settings, const std::vector<events::sagas::InstancePushed>& pushes)
{
    bool delivered = true;
    kafka::Publisher publisher(settings.kafka, {.message_timeout = acknowledgement_timeout},
                               [&delivered](std::uint64_t, bool ok, std::int64_t) { delivered = delivered && ok; });
    std::vector<events::Uuid> ids;
    for (const auto& pushed : pushes) {
        const auto record = record_of(pushed, settings.clock_offset);
        while (!publisher.publish(record, ids.size())) publisher.poll(look_interval);
        ids.push_back(record.envelope.id);
    }
    if (!publisher.flush(acknowledgement_timeout) || !delivered) {
        throw kafka::Error("the log has not taken the push: whether it has is unknown; look before pushing again", 0,
                           false, true);
    }
    return ids;
}

std::optional<std::string> outcome(const Settings& settings, const events::sagas::InstancePushed& pushed,
                                   const events::Uuid& id, milliseconds patience)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    while (true) {
        if (const auto stored = instance(settings, pushed.saga, pushed.correlation_id)) {
            const auto found = std::ranges::find(stored->pushes, id, &jangteo::sagas::PushMade::id);
            if (found != stored->pushes.end()) return found->outcome;
        }
        if (std::chrono::steady_clock::now() > until) return std::nullopt;
        std::this_thread::sleep_for(look_interval);
    }
}

}  // namespace jangteo::ops::sagas
