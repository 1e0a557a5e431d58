#include "producers/runtime/runner.hpp"

#include "infra/kafka/record_fetcher.hpp"
#include "infra/loop/host.hpp"

#include <set>
#include <utility>

namespace jangteo::producers {

namespace {

std::string_view text_of(Partition::Phase phase)
{
    switch (phase) {
        case Partition::Phase::idle: return "idle";
        case Partition::Phase::reading_snapshot: return "reading snapshot";
        case Partition::Phase::marking: return "marking";
        case Partition::Phase::replaying: return "replaying";
        case Partition::Phase::running: return "running";
    }
    return "";
}

/// One owned partition, and what it may ask for of Kafka.
struct Owned final : loop::Behind<Owned, PartitionPorts> {
    using Status = PartitionStatus;

    Owned(loop::Host<Owned>& the_host, std::uint64_t the_id, const Context& context, std::int32_t the_number,
          const RunnerSettings& settings, std::shared_ptr<kafka::RecordFetcher>& the_fetcher)
        : Behind(the_host, the_id, "producers/" + std::string(context.name()), the_number),
          commands{std::string(context.name()) + ".commands", the_number},
          events{std::string(context.name()) + ".events", the_number},
          kafka(settings.kafka),
          fetcher(the_fetcher),
          machine(context, the_number, settings.forwards, settings.limits, host.memory(), *this)
    {}

    // ---- What the partition asks for.
    events::Uuid draw_uuid() override { return events::random_uuid(); }
    void append(std::uint64_t epoch, const events::Record& record) override
    {
        host.loop().publish(record, {.owner = id, .epoch = epoch, .tag = 0, .append = true});
    }
    void answer(std::uint64_t epoch, std::int64_t command_offset, const events::Record& record) override
    {
        host.loop().publish(record, {.owner = id, .epoch = epoch, .tag = command_offset, .append = false});
    }
    void read_events(std::int64_t offset) override { host.loop().read(events, offset); }
    void stop_events() override { host.loop().stop_reading(events); }
    void read_commands(std::int64_t offset) override { host.loop().read(commands, offset); }
    void stop_commands() override { host.loop().stop_reading(commands); }
    void fetch_outcome(std::uint64_t epoch, std::int64_t offset) override
    {
        host.loop().in_background_from_log(
            "reading an outcome of " + events.topic,
            [this_id = id, epoch, offset, from = events, &h = host, &settings = kafka, &f = fetcher] {
                if (!f) f = std::make_shared<kafka::RecordFetcher>(settings);
                return [&h, this_id, epoch, offset, record = f->fetch({from, offset})] {
                    h.with(this_id, [&](Partition& partition) { partition.on_outcome(epoch, offset, record); });
                };
            });
    }

    // ---- What the host tells.
    [[nodiscard]] std::vector<kafka::TopicPartition> sources() const { return {commands, events}; }
    void take(events::Record record)
    {
        record.topic == events.topic ? machine.on_event(std::move(record)) : machine.on_command(std::move(record));
    }
    void sent(const loop::Sent& sent, bool ok, std::int64_t offset)
    {
        sent.append ? machine.on_appended(sent.epoch, offset) : machine.on_answered(sent.epoch, sent.tag, ok);
    }
    [[nodiscard]] PartitionStatus status() const
    {
        return {.context = std::string(machine.context().name()),
                .partition = number,
                .phase = std::string(text_of(machine.phase())),
                .aggregates = machine.aggregates(),
                .counters = machine.counters(),
                .last_trouble = machine.last_trouble()};
    }

    const kafka::TopicPartition commands;
    const kafka::TopicPartition events;
    const kafka::Settings& kafka;
    std::shared_ptr<kafka::RecordFetcher>&
        fetcher;  ///< One for all partitions; of the thread that reads single records.
    Partition machine;
};

loop::Settings loop_settings(const RunnerSettings& settings, const std::vector<std::unique_ptr<Context>>& contexts)
{
    loop::Settings of_loop{.kafka = settings.kafka,
                           .group = settings.group,
                           .topics = {},
                           .written = {},
                           .session_timeout = settings.session_timeout};
    std::set<std::string> written;
    for (const auto& context : contexts) {
        of_loop.topics.push_back(std::string(context->name()) + ".commands");
        written.insert(std::string(context->name()) + ".events");
    }
    for (const auto& forward : settings.forwards) written.insert(forward.topic);
    of_loop.written.assign(written.begin(), written.end());
    return of_loop;
}

}  // namespace

struct Runner::Impl {
    Impl(RunnerSettings the_settings, std::vector<std::unique_ptr<Context>> the_contexts)
        : settings(std::move(the_settings)),
          contexts(std::move(the_contexts)),
          host({loop_settings(settings, contexts), settings.memory_limit, settings.open_store},
               [this](auto& its_host, std::uint64_t id, const kafka::TopicPartition& gained) {
                   return own(its_host, id, gained);
               })
    {}

    std::unique_ptr<Owned> own(loop::Host<Owned>& its_host, std::uint64_t id, const kafka::TopicPartition& gained)
    {
        for (const auto& context : contexts) {
            if (gained.topic != std::string(context->name()) + ".commands") continue;
            return std::make_unique<Owned>(its_host, id, *context, gained.partition, settings, fetcher);
        }
        return nullptr;
    }

    const RunnerSettings settings;
    const std::vector<std::unique_ptr<Context>> contexts;
    std::shared_ptr<kafka::RecordFetcher> fetcher;
    loop::Host<Owned> host;  ///< Last: its threads use all of the above.
};

Runner::Runner(RunnerSettings settings, std::vector<std::unique_ptr<Context>> contexts)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(contexts)))
{}

Runner::~Runner() = default;

void Runner::run(const std::stop_token& stop)
{
    impl_->host.run(stop);
}

std::vector<PartitionStatus> Runner::status() const
{
    return impl_->host.status();
}

}  // namespace jangteo::producers
