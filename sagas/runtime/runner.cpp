#include "sagas/runtime/runner.hpp"

#include "infra/loop/host.hpp"
#include "infra/rabbitmq/task_publisher.hpp"

#include <stdexcept>
#include <unordered_map>
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

/// The tasks of all inboxes on their way to RabbitMQ. As long as it takes none they stay here, and the inboxes that
/// sent them go no further than their limit of what is unsent.
class Outbox {
public:
    Outbox(const rabbitmq::Settings& settings, std::vector<rabbitmq::Topology> targets)
        : publisher_(settings, {.topologies = std::move(targets), .limit = most_tasks})
    {}

    void put(const Errand& errand, const loop::Sent& sent)
    {
        const rabbitmq::Task task{.id = errand.id,
                                  .type = errand.type,
                                  .body = errand.value,
                                  .correlation_id = errand.correlation_id,
                                  .traceparent = errand.traceparent,
                                  .settles = errand.settles.empty() ? std::string() : errand.settles.text()};
        const auto token = next_token_++;
        if (!publisher_.publish(rabbitmq::Topology{.target = errand.target}.main_queue(), task, token)) {
            throw std::runtime_error("too many tasks wait for RabbitMQ");
        }
        sent_.emplace(token, sent);
    }

    /// What is safe in its queue since.
    std::vector<loop::Sent> delivered()
    {
        std::vector<loop::Sent> found;
        for (const auto token : publisher_.poll(std::chrono::milliseconds{0})) {
            const auto sent = sent_.find(token);
            found.push_back(sent->second);
            sent_.erase(sent);
        }
        return found;
    }

    [[nodiscard]] rabbitmq::TaskPublisherStatus status() const { return publisher_.status(); }

private:
    static constexpr std::size_t most_tasks = 1'000'000;  ///< Never reached: every inbox has a limit of its own.

    rabbitmq::TaskPublisher publisher_;
    std::unordered_map<std::uint64_t, loop::Sent> sent_;
    std::uint64_t next_token_ = 0;
};

/// One owned inbox, and what it may ask for of Kafka and RabbitMQ.
struct Owned final : loop::Behind<Owned, InboxPorts> {
    using Status = InboxStatus;

    Owned(loop::Host<Owned>& the_host, std::uint64_t the_id, const Process& process, std::int32_t the_number,
          const InboxLimits& limits, Outbox& the_outbox)
        : Behind(the_host, the_id, "sagas/" + std::string(process.name()), the_number),
          outbox(the_outbox),
          source{inbox_of(process), the_number},
          machine(process, the_number, limits, host.memory(), *this)
    {}

    // ---- What the inbox asks for.
    void send(std::uint64_t epoch, std::int64_t input_offset, const events::Record& command) override
    {
        host.loop().publish(command, {.owner = id, .epoch = epoch, .tag = input_offset, .append = false});
    }
    void ask(std::uint64_t epoch, std::int64_t input_offset, const Errand& errand) override
    {
        outbox.put(errand, {.owner = id, .epoch = epoch, .tag = input_offset, .append = false});
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

    Outbox& outbox;
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
          outbox(settings.rabbitmq, settings.targets),
          host(
              {loop_settings(settings, sagas), settings.memory_limit, settings.open_store, [this] { hear_of_tasks(); }},
              [this](auto& its_host, std::uint64_t id, const kafka::TopicPartition& gained) {
                  return own(its_host, id, gained);
              })
    {}

    std::unique_ptr<Owned> own(loop::Host<Owned>& its_host, std::uint64_t id, const kafka::TopicPartition& gained)
    {
        for (const auto& saga : sagas) {
            if (gained.topic != inbox_of(*saga)) continue;
            return std::make_unique<Owned>(its_host, id, *saga, gained.partition, settings.limits, outbox);
        }
        return nullptr;
    }

    void hear_of_tasks()
    {
        for (const auto& sent : outbox.delivered()) {
            host.with(sent.owner, [&](Inbox& inbox) { inbox.on_sent(sent.epoch, sent.tag, true); });
        }
    }

    const RunnerSettings settings;
    const std::vector<std::unique_ptr<Process>> sagas;
    Outbox outbox;
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

rabbitmq::TaskPublisherStatus Runner::tasks_status() const
{
    return impl_->outbox.status();
}

}  // namespace jangteo::sagas
