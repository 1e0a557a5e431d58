#include "main/metrics.hpp"

#include <fmt/core.h>
#include <iterator>
#include <utility>

namespace jangteo {

namespace {

/// `# HELP` and `# TYPE`, then one line for each of `items`.
template <class Items, class Line>
void family(std::string& to, std::string_view name, std::string_view type, std::string_view help, const Items& items,
            Line line)
{
    fmt::format_to(std::back_inserter(to), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    for (const auto& item : items) line(item);
}

}  // namespace

void append_metrics(std::string& to, const std::vector<producers::PartitionStatus>& partitions)
{
    const auto counter = [&](std::string_view name, std::string_view help, auto value_of) {
        family(to, name, "counter", help, partitions, [&](const producers::PartitionStatus& p) {
            fmt::format_to(std::back_inserter(to), "{}{{context=\"{}\",partition=\"{}\"}} {}\n", name, p.context,
                           p.partition, value_of(p.counters));
        });
    };
    family(to, "jangteo_partition_running", "gauge", "1 when the partition is owned here and decides.", partitions,
           [&](const producers::PartitionStatus& p) {
               fmt::format_to(std::back_inserter(to),
                              "jangteo_partition_running{{context=\"{}\",partition=\"{}\",phase=\"{}\"}} {}\n",
                              p.context, p.partition, p.phase, p.phase == "running" ? 1 : 0);
           });
    family(to, "jangteo_aggregates", "gauge", "Aggregates in memory.", partitions,
           [&](const producers::PartitionStatus& p) {
               fmt::format_to(std::back_inserter(to), "jangteo_aggregates{{context=\"{}\",partition=\"{}\"}} {}\n",
                              p.context, p.partition, p.aggregates);
           });
    using Counters = producers::PartitionCounters;
    counter("jangteo_commands_accepted_total", "Commands that became events.",
            [](const Counters& c) { return c.accepted; });
    counter("jangteo_commands_rejected_total", "Commands that were refused.",
            [](const Counters& c) { return c.rejected; });
    counter("jangteo_commands_repeated_total", "Repeats, answered with the first outcome.",
            [](const Counters& c) { return c.repeats; });
    counter("jangteo_commands_unanswerable_total", "Repeats whose first outcome is no longer known.",
            [](const Counters& c) { return c.unanswerable; });
    counter("jangteo_take_overs_total", "Take-overs, the first one included.",
            [](const Counters& c) { return c.take_overs; });
    counter("jangteo_replayed_events_total", "Events replayed by take-overs.",
            [](const Counters& c) { return c.replayed; });
    counter("jangteo_dead_records_total", "Records of former owners, skipped.",
            [](const Counters& c) { return c.dead_records; });
    counter("jangteo_aggregates_loaded_total", "Cold aggregates read from snapshots.",
            [](const Counters& c) { return c.loaded; });
    counter("jangteo_aggregates_evicted_total", "Aggregates forgotten to keep the memory limit.",
            [](const Counters& c) { return c.evicted; });
    counter("jangteo_snapshots_total", "Snapshots written behind.", [](const Counters& c) { return c.flushes; });
}

void append_metrics(std::string& to, const std::vector<sagas::InboxStatus>& inboxes, std::uint64_t timers_fired)
{
    const auto counter = [&](std::string_view name, std::string_view help, auto value_of) {
        family(to, name, "counter", help, inboxes, [&](const sagas::InboxStatus& i) {
            fmt::format_to(std::back_inserter(to), "{}{{saga=\"{}\",partition=\"{}\"}} {}\n", name, i.saga, i.partition,
                           value_of(i.counters));
        });
    };
    family(to, "jangteo_inbox_running", "gauge", "1 when the inbox is owned here and reads.", inboxes,
           [&](const sagas::InboxStatus& i) {
               fmt::format_to(std::back_inserter(to),
                              "jangteo_inbox_running{{saga=\"{}\",partition=\"{}\",phase=\"{}\"}} {}\n", i.saga,
                              i.partition, i.phase, i.phase == "running" ? 1 : 0);
           });
    family(to, "jangteo_saga_instances", "gauge", "Instances in memory.", inboxes, [&](const sagas::InboxStatus& i) {
        fmt::format_to(std::back_inserter(to), "jangteo_saga_instances{{saga=\"{}\",partition=\"{}\"}} {}\n", i.saga,
                       i.partition, i.instances);
    });
    using Counters = sagas::InboxCounters;
    counter("jangteo_saga_inputs_total", "Inputs taken.", [](const Counters& c) { return c.inputs; });
    counter("jangteo_saga_repeats_total", "Inputs that an instance had seen.",
            [](const Counters& c) { return c.repeats; });
    counter("jangteo_saga_commands_total", "Commands sent.", [](const Counters& c) { return c.commands; });
    counter("jangteo_saga_tasks_total", "Tasks put into queues.", [](const Counters& c) { return c.tasks; });
    counter("jangteo_saga_timers_total", "Timers asked for.", [](const Counters& c) { return c.timers; });
    counter("jangteo_saga_parked_total", "Inputs parked: they wait for an operator.",
            [](const Counters& c) { return c.parked; });
    fmt::format_to(std::back_inserter(to),
                   "# HELP jangteo_timers_fired_total Timers turned into inbox messages.\n"
                   "# TYPE jangteo_timers_fired_total counter\njangteo_timers_fired_total {}\n",
                   timers_fired);
}

void append_metrics(std::string& to, const std::vector<projections::Status>& read_models)
{
    const auto of_model = [&](std::string_view name, std::string_view type, std::string_view help, auto value_of) {
        family(to, name, type, help, read_models, [&](const projections::Status& s) {
            fmt::format_to(std::back_inserter(to), "{}{{projection=\"{}\"}} {}\n", name, s.projection, value_of(s));
        });
    };
    const auto of_partition = [&](std::string_view name, std::string_view help, auto value_of) {
        family(to, name, "gauge", help, read_models, [&](const projections::Status& s) {
            for (const auto& p : s.partitions) {
                fmt::format_to(std::back_inserter(to), "{}{{projection=\"{}\",context=\"{}\",partition=\"{}\"}} {}\n",
                               name, s.projection, p.place.context, p.place.partition, value_of(p));
            }
        });
    };
    using projections::PartitionStatus;
    using projections::Status;
    of_model("jangteo_projection_waiting", "gauge", "1 while it waits for something outside.",
             [](const Status& s) { return s.trouble.empty() ? 0 : 1; });
    of_model("jangteo_projection_events_total", "counter", "Events applied.", [](const Status& s) { return s.events; });
    of_model("jangteo_projection_rows_total", "counter", "Rows written.", [](const Status& s) { return s.rows; });
    of_model("jangteo_projection_batches_total", "counter", "Transactions.", [](const Status& s) { return s.batches; });
    of_model("jangteo_projection_parked_total", "counter", "Events parked.", [](const Status& s) { return s.parked; });
    of_model("jangteo_projection_troubles_total", "counter", "How often it began anew from its checkpoint.",
             [](const Status& s) { return s.troubles; });
    of_model("jangteo_projection_busy_seconds_total", "counter", "Time in batches.",
             [](const Status& s) { return static_cast<double>(s.busy.count()) / 1e6; });
    of_partition("jangteo_projection_lag_events", "Records of the log that are not applied, by Kafka's own end offset.",
                 [](const PartitionStatus& p) { return p.lag(); });
    of_partition("jangteo_projection_lag_seconds", "Age of the oldest record that is not applied.",
                 [](const PartitionStatus& p) { return static_cast<double>(p.age.count()) / 1e3; });
    of_partition("jangteo_projection_parked_aggregates", "Aggregates that wait for an operator.",
                 [](const PartitionStatus& p) { return p.parked_aggregates; });
    of_partition("jangteo_projection_stopped", "1 when too many aggregates of the partition are parked.",
                 [](const PartitionStatus& p) { return p.stopped ? 1 : 0; });
}

void append_metrics(std::string& to, const rabbitmq::TaskPublisherStatus& tasks)
{
    const auto gauge = [&](std::string_view name, std::string_view help, auto value) {
        fmt::format_to(std::back_inserter(to), "# HELP {0} {1}\n# TYPE {0} gauge\n{0} {2}\n", name, help, value);
    };
    gauge("jangteo_task_publisher_connected", "1 when RabbitMQ is reached.", tasks.connected ? 1 : 0);
    gauge("jangteo_task_publisher_blocked", "1 while RabbitMQ takes nothing.", tasks.blocked ? 1 : 0);
    gauge("jangteo_tasks_unconfirmed", "Tasks that are not safe in their queues yet.",
          tasks.waiting + tasks.unconfirmed);
}

void append_metrics(std::string& to, const std::vector<consumers::Consumers::TargetStatus>& targets)
{
    using Target = consumers::Consumers::TargetStatus;
    using Circuit = consumers::CircuitBreaker::State;
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help, auto value_of) {
        family(to, name, type, help, targets, [&](const Target& t) {
            fmt::format_to(std::back_inserter(to), "{}{{target=\"{}\"}} {}\n", name, t.worker.target, value_of(t));
        });
    };
    each("jangteo_worker_connected", "gauge", "1 when tasks can come.",
         [](const Target& t) { return t.worker.connected ? 1 : 0; });
    each("jangteo_worker_in_hand", "gauge", "Tasks taken and not let go of.",
         [](const Target& t) { return t.worker.in_hand; });
    each("jangteo_worker_done_total", "counter", "Tasks that are done.", [](const Target& t) { return t.worker.done; });
    each("jangteo_worker_repeated_total", "counter", "Tasks that came again although they were done.",
         [](const Target& t) { return t.worker.repeated; });
    each("jangteo_worker_put_off_total", "counter", "Tasks put off for another try.",
         [](const Target& t) { return t.worker.put_off; });
    each("jangteo_worker_quarantined_total", "counter", "Tasks given up: they wait for an operator.",
         [](const Target& t) { return t.worker.quarantined; });
    family(to, "jangteo_circuit", "gauge", "Of a target outside: 1 for the state that its circuit breaker is in.",
           targets, [&](const Target& t) {
               for (const auto& [state, name] : {std::pair{Circuit::closed, "closed"}, std::pair{Circuit::open, "open"},
                                                 std::pair{Circuit::half_open, "half_open"}}) {
                   fmt::format_to(std::back_inserter(to), "jangteo_circuit{{target=\"{}\",state=\"{}\"}} {}\n",
                                  t.outbound.target, name, t.outbound.circuit == state ? 1 : 0);
               }
           });
    each("jangteo_outbound_calls_total", "counter", "Calls.", [](const Target& t) { return t.outbound.calls; });
    each("jangteo_outbound_refused_total", "counter", "Calls that met an open circuit and were not made.",
         [](const Target& t) { return t.outbound.refused; });
    each("jangteo_outbound_retries_total", "counter", "Requests made again within a call.",
         [](const Target& t) { return t.outbound.retries; });
    each("jangteo_outbound_failures_total", "counter", "Requests that failed.",
         [](const Target& t) { return t.outbound.failures; });
    each("jangteo_circuit_opened_total", "counter", "How often the circuit breaker has opened.",
         [](const Target& t) { return t.outbound.times_opened; });
}

}  // namespace jangteo
