#include "sagas/runtime/runner.hpp"

#include "infra/loop/host.hpp"

#include <utility>

namespace jangteo::sagas {

namespace {

std::string inbox_of(const Process& process)
{
    return std::string(process.name()) + ".inbox";
}

std::string_view text_of(Inbox::Phase phase)
{
    switch (phase) {
        case Inbox::Phase::idle: return "idle";
        case Inbox::Phase::reading_snapshot: return "reading snapshot";
        case Inbox::Phase::running: return "running";
    }
    return "";
}

/// One owned inbox, and what it may ask for of Kafka.
struct Owned final : loop::Behind<Owned, InboxPorts> {
    using Status = InboxStatus;

    Owned(loop::Host<Owned>& the_host, std::uint64_t the_id, const Process& process, std::int32_t the_number,
          const InboxLimits& limits)
        : Behind(the_host, the_id, "sagas/" + std::string(process.name()), the_number),
          source{inbox_of(process), the_number},
          machine(process, the_number, limits, host.memory(), *this)
    {}

    // ---- What the inbox asks for.
    void send(std::uint64_t epoch, std::int64_t input_offset, const events::Record& command) override
    {
        host.loop().publish(command, {.owner = id, .epoch = epoch, .tag = input_offset, .append = false});
    }
    void read_inputs(std::int64_t offset) override { host.loop().read(source, offset); }
    void stop_inputs() override { host.loop().stop_reading(source); }

    // ---- What the host tells.
    [[nodiscard]] std::vector<kafka::TopicPartition> sources() const { return {source}; }
    void take(events::Record record) { machine.on_input(std::move(record)); }
    void sent(const loop::Sent& sent, bool ok, std::int64_t) { machine.on_sent(sent.epoch, sent.tag, ok); }
    [[nodiscard]] InboxStatus status() const
    {
        return {.saga = std::string(machine.process().name()),
                .partition = number,
                .phase = std::string(text_of(machine.phase())),
                .instances = machine.instances(),
                .counters = machine.counters(),
                .last_trouble = machine.last_trouble()};
    }

    const kafka::TopicPartition source;
    Inbox machine;
};

loop::Settings loop_settings(const RunnerSettings& settings, const std::vector<std::unique_ptr<Process>>& sagas)
{
    loop::Settings of_loop{.kafka = settings.kafka,
                           .group = settings.group,
                           .topics = {},
                           .written = settings.command_topics,
                           .session_timeout = settings.session_timeout};
    for (const auto& saga : sagas) of_loop.topics.push_back(inbox_of(*saga));
    return of_loop;
}

}  // namespace

struct Runner::Impl {
    Impl(RunnerSettings the_settings, std::vector<std::unique_ptr<Process>> the_sagas)
        : settings(std::move(the_settings)),
          sagas(std::move(the_sagas)),
          host({loop_settings(settings, sagas), settings.memory_limit, settings.open_store},
               [this](auto& its_host, std::uint64_t id, const kafka::TopicPartition& gained) {
                   return own(its_host, id, gained);
               })
    {}

    std::unique_ptr<Owned> own(loop::Host<Owned>& its_host, std::uint64_t id, const kafka::TopicPartition& gained)
    {
        for (const auto& saga : sagas) {
            if (gained.topic != inbox_of(*saga)) continue;
            return std::make_unique<Owned>(its_host, id, *saga, gained.partition, settings.limits);
        }
        return nullptr;
    }

    const RunnerSettings settings;
    const std::vector<std::unique_ptr<Process>> sagas;
    loop::Host<Owned> host;  ///< Last: its threads use all of the above.
};

Runner::Runner(RunnerSettings settings, std::vector<std::unique_ptr<Process>> sagas)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(sagas)))
{}

Runner::~Runner() = default;

void Runner::run(const std::stop_token& stop)
{
    impl_->host.run(stop);
}

std::vector<InboxStatus> Runner::status() const
{
    return impl_->host.status();
}

}  // namespace jangteo::sagas
