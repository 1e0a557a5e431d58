#include "consumers/payments/worker.hpp"

#include "consumers/payments/errands.hpp"
#include "events/payments.hpp"

#include <chrono>
#include <utility>

namespace jangteo::consumers::payments {

namespace {

using namespace events::payments;

/// What one thread has for itself.
struct Bench {
    HttpClient client;
    std::unique_ptr<Gateway> gateway;
};

events::Record record_of(const Command& command, const rabbitmq::Task& task, const std::string& provider, bool settles,
                         events::Timestamp now)
{
    events::Record record;
    record.topic = commands_topic;
    record.value = to_json(command);
    auto& says = record.envelope;
    says.type = type_of(command);
    // The same when the task is done again, unless something else comes of it then.
    says.id = events::uuid_v5(task.id, says.type);
    says.source = "/jangteo/consumers/payments";
    says.subject = subject_of(command);
    says.time = now;
    says.schema = schema_of(command);
    says.correlation_id = task.correlation_id;
    says.causation_id = task.id;
    says.traceparent = task.traceparent;
    says.actor = "gateway:" + provider;
    // Also when it is refused, because somebody else has found out first: the caller waits for no other answer.
    if (settles) says.reply_to = events::ReturnAddress::parse(task.settles);
    return record;
}

}  // namespace

CarryOut make_carry_out(Outbound& outbound, const MakeGateway& make, const std::string& provider, Clock now,
                        KeyOf key_of)
{
    auto bench = std::make_shared<Bench>();
    bench->gateway = make([&outbound, own = bench.get()](const HttpRequest& request, Repeatable repeatable) {
        return outbound.call(own->client, request, repeatable);
    });
    return [bench, provider, now = std::move(now), key_of = std::move(key_of)](const rabbitmq::Task& task, bool first) {
        const auto finding = carry_out(*bench->gateway, decode_task(task.type, task.body), first, key_of);
        Outcome outcome{.commands = {}, .final = finding.final, .why = finding.why, .in_doubt = finding.in_doubt};
        if (finding.tell) outcome.commands.push_back(record_of(*finding.tell, task, provider, finding.final, now()));
        return outcome;
    };
}

}  // namespace jangteo::consumers::payments
