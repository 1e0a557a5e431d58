// One history: owners of partitions come, hang and go, two versions of the deciders are at work (a rolling deploy),
// appends arrive late, deliveries fail, callers repeat themselves; then the world heals and everything is checked.
#include "events/described_json.hpp"
#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "events/readers_rule.hpp"
#include "events/sagas.hpp"
#include "producers/contexts.hpp"
#include "producers/inventory/decider.hpp"
#include "producers/points/decider.hpp"
#include "producers/runtime/partition.hpp"
#include "sagas/list.hpp"
#include "sagas/runtime/inbox.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace jangteo::simulation {

namespace {

using events::Record;

constexpr std::int32_t products = 3;
constexpr std::int32_t users = 3;
constexpr int steps = 2'500;
constexpr std::string_view inbox_topic = "order_fulfilment.inbox";
constexpr std::string_view replies_topic = "edge.replies";

/// The version that is being rolled out: now and then it refuses what the other one would take.
class OtherVersion final : public producers::Context {
public:
    explicit OtherVersion(std::unique_ptr<producers::Context> context) : context_(std::move(context)) {}

    [[nodiscard]] std::string_view name() const override { return context_->name(); }
    [[nodiscard]] std::unique_ptr<producers::Aggregate> initial() const override { return context_->initial(); }
    producers::Outcome decide(producers::Aggregate& aggregate, std::string_view type, std::string_view json,
                              const producers::Meta& meta) const override
    {
        const bool may_say_no = type == events::inventory::HoldStock::type || type == events::points::SpendPoints::type;
        if (may_say_no && events::hash_of(meta.command_id.value) % 4 == 0) {
            return {.rejected = true,
                    .type = std::string(events::rejected_type),
                    .schema = "",
                    .value = events::rejection_to_json({"NEW_RULE", {}}, type)};
        }
        return context_->decide(aggregate, type, json, meta);
    }
    void evolve(producers::Aggregate& aggregate, std::string_view type, std::string_view json,
                const producers::Meta& meta) const override
    {
        context_->evolve(aggregate, type, json, meta);
    }
    state::StateRow collect(producers::Aggregate& aggregate, std::string key, std::int64_t offset) const override
    {
        return context_->collect(aggregate, std::move(key), offset);
    }
    [[nodiscard]] std::string to_text(const producers::Aggregate& aggregate) const override
    {
        return context_->to_text(aggregate);
    }
    void restore(producers::Aggregate& aggregate, const state::StateRow& row) const override
    {
        context_->restore(aggregate, row);
    }
    [[nodiscard]] std::size_t weight(const producers::Aggregate& aggregate) const override
    {
        return context_->weight(aggregate);
    }

private:
    std::unique_ptr<producers::Context> context_;
};

/// What the process of one owner has under way: appends on the network, and what it will hear next.
class Wire {
public:
    explicit Wire(World& world) : world_(world) {}

    void send(Record record, std::function<void(bool, std::int64_t)> done)
    {
        unsent_.push_back({std::move(record), std::move(done)});
    }
    void later(std::function<void()> what) { heard_.push_back(std::move(what)); }
    [[nodiscard]] bool has_unsent() const { return !unsent_.empty(); }
    [[nodiscard]] bool has_heard() const { return !heard_.empty() || !acks_.empty(); }

    /// The network delivers the oldest append to some partition; its acknowledgement is on its way.
    void deliver_one()
    {
        const auto& any = unsent_[world_.below(unsent_.size())].record;
        const auto oldest = std::find_if(unsent_.begin(), unsent_.end(), [&](const Unsent& candidate) {
            return candidate.record.topic == any.topic && candidate.record.partition == any.partition;
        });
        Unsent unsent = std::move(*oldest);
        unsent_.erase(oldest);
        const std::string topic = unsent.record.topic;
        const std::int64_t offset = world_.append(std::move(unsent.record));
        if (unsent.done) acks_[topic].push_back([done = std::move(unsent.done), offset] { done(true, offset); });
    }
    /// The oldest append fails: whether it is in the log, nobody knows.
    void fail_one()
    {
        Unsent unsent = std::move(unsent_.front());
        unsent_.pop_front();
        const std::string topic = unsent.record.topic;
        if (world_.chance(0.5)) world_.append(std::move(unsent.record));
        if (unsent.done) acks_[topic].push_back([done = std::move(unsent.done)] { done(false, -1); });
    }
    /// The owner hears one thing that has happened: acknowledgements of a topic in their order, the rest in its own.
    void hear_one()
    {
        if (!heard_.empty() && (acks_.empty() || world_.chance(0.5))) {
            const auto what = std::move(heard_.front());
            heard_.pop_front();
            return what();
        }
        auto topic = std::next(acks_.begin(), static_cast<std::ptrdiff_t>(world_.below(acks_.size())));
        const auto what = std::move(topic->second.front());
        topic->second.pop_front();
        if (topic->second.empty()) acks_.erase(topic);
        what();
    }
    /// Its owner is dead. What it had sent may still arrive, a part of it or all.
    void orphan()
    {
        heard_.clear();
        acks_.clear();
        for (auto& unsent : unsent_) unsent.done = nullptr;
        if (!unsent_.empty() && world_.chance(0.5)) unsent_.resize(world_.below(unsent_.size() + 1));
    }

private:
    World& world_;
    std::deque<Unsent> unsent_;
    std::deque<std::function<void()>> heard_;
    std::map<std::string, std::deque<std::function<void()>>> acks_;
};

/// What every kind of owner can be asked by the scheduler.
class Owner {
public:
    explicit Owner(World& the_world) : world(the_world), wire(the_world) {}
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    virtual ~Owner() = default;

    virtual void step() = 0;
    virtual void tick() = 0;
    [[nodiscard]] virtual bool idle() = 0;
    [[nodiscard]] virtual Place source() const = 0;

    World& world;
    Wire wire;
    bool alive = true;
};

template <class Cursor>
bool readable(World& world, const Place& place, const Cursor& cursor)
{
    return cursor && *cursor < static_cast<std::int64_t>(world.log(place).size());
}

class ProducerOwner final : public Owner, producers::PartitionPorts {
public:
    ProducerOwner(World& the_world, const producers::Context& context, std::int32_t number,
                  const std::vector<producers::Forward>& forwards)
        : Owner(the_world),
          space_("producers/" + std::string(context.name())),
          commands_{std::string(context.name()) + ".commands", number},
          events_{std::string(context.name()) + ".events", number},
          partition_(context, number, forwards, limits(), memory_, *this)
    {
        memory_.limit = 4'000;  // A few aggregates: the rest has to come from the snapshots.
        partition_.take_over();
    }

    void step() override
    {
        const bool hears = wire.has_heard();
        const bool reads_event = readable(world, events_, event_cursor_);
        const bool reads_command = readable(world, commands_, command_cursor_);
        if (hears && (!(reads_event || reads_command) || world.chance(0.6))) return wire.hear_one();
        if (reads_event) return partition_.on_event(world.log(events_)[static_cast<std::size_t>((*event_cursor_)++)]);
        if (reads_command) {
            return partition_.on_command(world.log(commands_)[static_cast<std::size_t>((*command_cursor_)++)]);
        }
        tick();
    }
    void tick() override { partition_.tick(); }
    bool idle() override
    {
        return !wire.has_unsent() && !wire.has_heard() && !readable(world, events_, event_cursor_) &&
               !readable(world, commands_, command_cursor_) &&
               partition_.phase() == producers::Partition::Phase::running && partition_.settled();
    }
    Place source() const override { return commands_; }

private:
    static producers::PartitionLimits limits()
    {
        producers::PartitionLimits small;
        small.window = 4'096;
        small.flush_after_events = 12;
        small.flush_interval = std::chrono::milliseconds{400};
        small.in_flight = 6;
        small.load_batch = 3;
        return small;
    }

    events::Uuid draw_uuid() override { return world.draw_uuid(); }
    events::Timestamp now() override { return world.now; }
    void append(std::uint64_t epoch, const Record& record) override
    {
        wire.send(record,
                  [this, epoch](bool ok, std::int64_t offset) { partition_.on_appended(epoch, ok ? offset : -1); });
    }
    void answer(std::uint64_t epoch, std::int64_t command_offset, const Record& answer) override
    {
        Record record = answer;
        if (record.partition < 0) record.partition = World::partition_of(record);
        wire.send(std::move(record), [this, epoch, command_offset](bool ok, std::int64_t) {
            partition_.on_answered(epoch, command_offset, ok);
        });
    }
    void read_snapshot(std::uint64_t epoch) override
    {
        wire.later([this, epoch] { partition_.on_snapshot(epoch, world.store.snapshot(space_, partition_.number())); });
        wire.later([this, epoch] {
            std::vector<std::uint64_t> known;
            world.store.each_key(space_, partition_.number(),
                                 [&](std::string_view key) { known.push_back(state::fingerprint_of(key)); });
            partition_.on_known_keys(epoch, known);
        });
    }
    void load(std::uint64_t epoch, std::vector<std::string> keys) override
    {
        wire.later([this, epoch, keys] {
            partition_.on_loaded(epoch, keys, world.store.load(space_, partition_.number(), keys));
        });
    }
    void write(std::uint64_t epoch, state::Flush flush) override
    {
        wire.later([this, epoch, flush = std::move(flush)] {
            world.store.write(space_, partition_.number(), flush);
            wire.later([this, epoch] { partition_.on_written(epoch); });
        });
    }
    void read_events(std::int64_t offset) override { event_cursor_ = offset; }
    void stop_events() override { event_cursor_.reset(); }
    void read_commands(std::int64_t offset) override { command_cursor_ = offset; }
    void stop_commands() override { command_cursor_.reset(); }
    void fetch_outcome(std::uint64_t epoch, std::int64_t offset) override
    {
        wire.later([this, epoch, offset] {
            partition_.on_outcome(epoch, offset, world.log(events_)[static_cast<std::size_t>(offset)]);
        });
    }

    const std::string space_;
    const Place commands_;
    const Place events_;
    std::optional<std::int64_t> event_cursor_;
    std::optional<std::int64_t> command_cursor_;
    state::MemoryBudget memory_;
    producers::Partition partition_;
};

class SagaOwner final : public Owner, sagas::InboxPorts {
public:
    SagaOwner(World& the_world, const sagas::Process& process, std::int32_t number)
        : Owner(the_world),
          space_("sagas/" + std::string(process.name())),
          source_{std::string(process.name()) + ".inbox", number},
          inbox_(process, number, limits(), memory_, *this)
    {
        memory_.limit = 6'000;
        inbox_.take_over();
    }

    void step() override
    {
        if (wire.has_heard() && (!readable(world, source_, cursor_) || world.chance(0.6))) return wire.hear_one();
        if (readable(world, source_, cursor_)) {
            return inbox_.on_input(world.log(source_)[static_cast<std::size_t>((*cursor_)++)]);
        }
        tick();
    }
    void tick() override { inbox_.tick(); }
    bool idle() override
    {
        return !wire.has_unsent() && !wire.has_heard() && !readable(world, source_, cursor_) &&
               inbox_.phase() == sagas::Inbox::Phase::running && inbox_.settled();
    }
    Place source() const override { return source_; }

private:
    static sagas::InboxLimits limits()
    {
        sagas::InboxLimits small;
        small.flush_after_inputs = 8;
        small.flush_interval = std::chrono::milliseconds{300};
        small.unsent = 6;
        small.load_batch = 3;
        return small;
    }

    events::Timestamp now() override { return world.now; }
    void send(std::uint64_t epoch, std::int64_t input_offset, const Record& command) override
    {
        Record record = command;
        record.partition = World::partition_of(record);
        wire.send(std::move(record),
                  [this, epoch, input_offset](bool ok, std::int64_t) { inbox_.on_sent(epoch, input_offset, ok); });
    }
    void read_snapshot(std::uint64_t epoch) override
    {
        wire.later([this, epoch] { inbox_.on_snapshot(epoch, world.store.snapshot(space_, inbox_.number())); });
        wire.later([this, epoch] {
            std::vector<std::uint64_t> known;
            world.store.each_key(space_, inbox_.number(),
                                 [&](std::string_view key) { known.push_back(state::fingerprint_of(key)); });
            inbox_.on_known_keys(epoch, known);
        });
    }
    void load(std::uint64_t epoch, std::vector<std::string> keys) override
    {
        wire.later(
            [this, epoch, keys] { inbox_.on_loaded(epoch, keys, world.store.load(space_, inbox_.number(), keys)); });
    }
    void write(std::uint64_t epoch, state::Flush flush) override
    {
        wire.later([this, epoch, flush = std::move(flush)] {
            world.store.write(space_, inbox_.number(), flush);
            wire.later([this, epoch] { inbox_.on_written(epoch); });
        });
    }
    void read_inputs(std::int64_t offset) override { cursor_ = offset; }
    void stop_inputs() override { cursor_.reset(); }

    const std::string space_;
    const Place source_;
    std::optional<std::int64_t> cursor_;
    state::MemoryBudget memory_;
    sagas::Inbox inbox_;
};

class History {
public:
    explicit History(std::uint64_t seed) : world_(seed), edge_(world_)
    {
        for (auto& context : producers::all_contexts()) {
            auto& versions = contexts_[std::string(context->name())];
            versions.push_back(std::move(context));
        }
        for (auto& context : producers::all_contexts()) {
            auto& versions = contexts_[std::string(context->name())];
            versions.push_back(std::make_unique<OtherVersion>(std::move(context)));
        }
        sagas_ = sagas::all_sagas({.payment_window = std::chrono::milliseconds{20'000}});
        for (const auto& listens : sagas_.front()->listens_to()) {
            forwards_.push_back(
                {std::string(listens.event_type), std::string(inbox_topic), listens.takes_over_the_answer});
        }
        for (std::int32_t number = 0; number < partitions; ++number) {
            for (const auto& [name, versions] : contexts_) spawn({name + ".commands", number});
            spawn({std::string(inbox_topic), number});
        }
        stock_up();
    }

    std::string run()
    {
        for (int i = 0; i < steps; ++i) anything();
        if (!heal()) return "the world does not come to rest: " + restless();
        return check();
    }

private:
    // ---- What happens -----------------------------------------------------------------------------------------------

    void anything()
    {
        world_.now += std::chrono::milliseconds{world_.below(20)};
        const auto dice = world_.below(1'000);
        if (dice < 380) return deliver();
        if (dice < 900) return owners_[world_.below(owners_.size())]->step();
        if (dice < 945) return owners_[world_.below(owners_.size())]->tick();
        if (dice < 970) return somebody_asks();
        if (dice < 978) return fire_timers();
        if (dice < 986) return spawn(owners_[world_.below(owners_.size())]->source());
        if (dice < 995) return kill(world_.below(owners_.size()));
        auto& wire = owners_[world_.below(owners_.size())]->wire;
        if (wire.has_unsent()) wire.fail_one();
    }

    void deliver()
    {
        std::vector<Wire*> waiting;
        if (edge_.has_unsent()) waiting.push_back(&edge_);
        for (const auto& owner : owners_) {
            if (owner->wire.has_unsent()) waiting.push_back(&owner->wire);
        }
        for (const auto& orphan : orphans_) {
            if (orphan->wire.has_unsent()) waiting.push_back(&orphan->wire);
        }
        if (!waiting.empty()) waiting[world_.below(waiting.size())]->deliver_one();
    }

    /// The group gives a partition to somebody else; the former owner may not know.
    void spawn(const Place& source)
    {
        const auto rivals =
            std::count_if(owners_.begin(), owners_.end(), [&](const auto& owner) { return owner->source() == source; });
        if (rivals >= 3) return;
        if (source.first == inbox_topic) {
            owners_.push_back(std::make_unique<SagaOwner>(world_, *sagas_.front(), source.second));
        } else {
            const auto& versions = contexts_[source.first.substr(0, source.first.find('.'))];
            const auto& version = *versions[healed_ ? 0 : world_.below(versions.size())];
            owners_.push_back(std::make_unique<ProducerOwner>(world_, version, source.second, forwards_));
        }
    }

    void kill(std::size_t index)
    {
        const Place source = owners_[index]->source();
        owners_[index]->wire.orphan();
        orphans_.push_back(std::move(owners_[index]));
        owners_.erase(owners_.begin() + static_cast<std::ptrdiff_t>(index));
        const bool orphaned =
            std::none_of(owners_.begin(), owners_.end(), [&](const auto& owner) { return owner->source() == source; });
        if (orphaned) spawn(source);
    }

    void fire_timers()
    {
        for (auto timer = world_.store.timers.begin(); timer != world_.store.timers.end();) {
            if (timer->second.due_at > world_.now) {
                ++timer;
                continue;
            }
            const auto& row = timer->second;
            Record record;
            record.topic = std::string(inbox_topic);
            record.key = events::to_string(row.correlation_id);
            record.envelope.id = row.id;
            record.envelope.type = events::sagas::TimerFired::type;
            record.envelope.subject = record.key;
            record.envelope.correlation_id = row.correlation_id;
            record.envelope.time = world_.now;
            record.value =
                to_json(events::sagas::TimerFired{row.saga, row.correlation_id, row.name, row.token, row.due_at});
            world_.append(std::move(record));
            // A scheduler that dies between sending and deleting fires again.
            timer = world_.chance(0.7) ? world_.store.timers.erase(timer) : std::next(timer);
        }
    }

    // ---- What people ask --------------------------------------------------------------------------------------------

    template <class Tag>
    events::Id<Tag> id(const std::string& name)
    {
        return {events::uuid_v5(events::url_namespace, name)};
    }
    events::ProductId product(std::size_t n)
    {
        return {events::uuid_v5(events::url_namespace, "p" + std::to_string(n))};
    }
    events::UserId user(std::size_t n) { return {events::uuid_v5(events::url_namespace, "u" + std::to_string(n))}; }

    template <class Command>
    void ask(const std::string& context, const Command& command, const events::Uuid& command_id,
             const events::Uuid& correlation_id)
    {
        Record record;
        record.topic = context + ".commands";
        record.value = to_json(command);
        record.envelope.id = command_id;
        record.envelope.type = Command::type;
        record.envelope.subject = subject_of(command);
        record.envelope.correlation_id = correlation_id;
        record.envelope.time = world_.now;
        record.envelope.reply_to = {std::string(replies_topic), 0, "edge", command_id};
        record.envelope.fingerprint = 7;
        record.partition = World::partition_of(record);
        asked_.push_back(record);
        edge_.send(std::move(record), nullptr);
    }

    void stock_up()
    {
        for (std::size_t n = 0; n < products; ++n) {
            const auto command_id = world_.draw_uuid();
            ask("inventory",
                events::inventory::PutItem{product(n),
                                           static_cast<std::int64_t>(4 + world_.below(8)),
                                           "thing",
                                           {1'000},
                                           {events::uuid_v5(events::url_namespace, "seller")}},
                command_id, command_id);
        }
        for (std::size_t n = 0; n < users; ++n) {
            for (int lot = 0; lot < 3; ++lot) {
                const auto command_id = world_.draw_uuid();
                events::points::EarnPoints earn;
                earn.user_id = user(n);
                earn.amount = {static_cast<std::int64_t>(300 + world_.below(400))};
                earn.source = events::points::PointSource::admin;
                earn.description = "gift";
                ask("points", earn, command_id, command_id);
            }
        }
    }

    void somebody_asks()
    {
        if (!asked_.empty() && world_.chance(0.25)) {
            // Somebody did not hear and asks again, the same.
            Record again = asked_[world_.below(asked_.size())];
            edge_.send(std::move(again), nullptr);
            return;
        }
        const auto command_id = world_.draw_uuid();
        if (!orders_.empty() && world_.chance(0.2)) {
            events::orders::CancelOrder cancel;
            cancel.order_id = orders_[world_.below(orders_.size())];
            cancel.reason = "changed my mind";
            cancel.cause = events::orders::CancelCause::buyer;
            return ask("orders", cancel, command_id, cancel.order_id.value);
        }
        if (!orders_.empty() && world_.chance(0.25)) {
            // Somebody pays, perhaps before the order is accepted, perhaps for one that came to nothing.
            const auto order_id = orders_[world_.below(orders_.size())];
            return ask("payments",
                       events::payments::PreparePayment{order_id,
                                                        {command_id},
                                                        user(0),
                                                        events::payments::Method::point,
                                                        events::payments::Provider::none,
                                                        {0}},
                       command_id, order_id.value);
        }
        events::orders::PlaceOrder order;
        order.order_id = {events::uuid_v5(command_id, "order")};
        order.user_id = user(world_.below(users));
        const auto lines = 1 + world_.below(3);
        for (std::size_t line = 0; line < lines; ++line) {
            order.lines.push_back(
                {product(world_.below(products)), static_cast<std::int64_t>(1 + world_.below(3)), {}});
        }
        order.shipping_address = {"홍길동", "010-1234-5678", "04524", "서울", {}};
        if (world_.chance(0.5)) order.points_to_use = {static_cast<std::int64_t>(1 + world_.below(600))};
        orders_.push_back(order.order_id);
        ask("orders", order, command_id, order.order_id.value);
    }

    // ---- Peace ------------------------------------------------------------------------------------------------------

    /// One owner for each partition, the last that came, and everything arrives.
    bool heal()
    {
        healed_ = true;
        std::set<Place> seen;
        for (std::size_t i = owners_.size(); i-- > 0;) {
            if (!seen.insert(owners_[i]->source()).second) kill(i);
        }
        for (int round = 0; round < 200; ++round) {
            while (edge_.has_unsent()) edge_.deliver_one();
            for (const auto& orphan : orphans_) {
                while (orphan->wire.has_unsent()) orphan->wire.deliver_one();
            }
            bool busy = false;
            for (const auto& owner : owners_) {
                for (int i = 0; i < 2'000 && !owner->idle(); ++i) {
                    busy = true;
                    if (owner->wire.has_unsent()) owner->wire.deliver_one();
                    owner->step();
                }
                owner->tick();
            }
            world_.now += std::chrono::seconds{1};
            if (!busy && round > 25 && world_.store.timers.empty()) return true;
            fire_timers();
        }
        return false;
    }

    std::string restless()
    {
        for (const auto& owner : owners_) {
            if (!owner->idle()) return owner->source().first + "/" + std::to_string(owner->source().second);
        }
        return "timers";
    }

    // ---- What must hold ---------------------------------------------------------------------------------------------

    /// The accepted records of an events partition, by the readers' rule.
    std::vector<Record> accepted(const std::string& context, std::int32_t partition)
    {
        events::ReadersRule rule;
        std::vector<Record> records;
        for (const auto& record : world_.log({context + ".events", partition})) {
            if (rule.see(record.envelope) == events::ReadersRule::Verdict::accepted) records.push_back(record);
        }
        return records;
    }

    std::string check()
    {
        std::map<events::Uuid, Record> outcomes;  // By command id.
        for (const auto& [context, versions] : contexts_) {
            for (std::int32_t partition = 0; partition < partitions; ++partition) {
                std::string wrong = check_partition(context, partition, outcomes);
                if (!wrong.empty()) return context + "/" + std::to_string(partition) + ": " + wrong;
            }
        }
        std::string wrong = check_answers(outcomes);
        if (wrong.empty()) wrong = check_orders();
        return wrong;
    }

    std::string check_partition(const std::string& context, std::int32_t partition,
                                std::map<events::Uuid, Record>& outcomes)
    {
        const auto& commands = world_.log({context + ".commands", partition});
        std::map<std::string, std::unique_ptr<producers::Aggregate>> states;
        for (const auto& record : accepted(context, partition)) {
            const auto& says = record.envelope;
            const auto& command = commands[static_cast<std::size_t>(says.command_offset)];
            if (command.envelope.id != says.causation_id) return "an outcome names another command";
            if (!outcomes.emplace(says.causation_id, record).second) return "a command has two outcomes";
            if (says.type == events::rejected_type) continue;
            auto& state = states[says.subject];
            if (!state) state = contexts_[context].front()->initial();
            contexts_[context].front()->evolve(
                *state, says.type, record.value,
                {{says.causation_id}, says.time, says.actor, partition, says.command_offset});
            std::string wrong = check_event(record);
            if (!wrong.empty()) return wrong;
        }
        for (const auto& command : commands) {
            if (!outcomes.contains(command.envelope.id)) return "a command has no outcome";
        }
        return check_snapshots(context, partition, states);
    }

    /// Replays beside the deciders' own fold: stock and balances by the numbers that the events themselves carry.
    std::string check_event(const Record& record)
    {
        const auto& says = record.envelope;
        if (says.type == events::inventory::StockHeld::type) {
            events::inventory::StockHeld held;
            events::inventory::from_json(record.value, held);
            const std::int64_t before = held_[held.product_id];
            held_[held.product_id] += held.quantity;
            if (held.reserved != before + held.quantity) return "reserved does not follow from the log";
            if (held.reserved > held.on_hand) return "more is reserved than there is";
        } else if (says.type == events::inventory::StockReleased::type) {
            events::inventory::StockReleased released;
            events::inventory::from_json(record.value, released);
            held_[released.product_id] -= released.quantity;
            if (released.reserved != held_[released.product_id] || released.reserved < 0)
                return "released what was not held";
        } else if (says.type == events::inventory::ItemPut::type) {
            events::inventory::ItemPut put;
            events::inventory::from_json(record.value, put);
            on_hand_[put.product_id] = put.on_hand;
        } else if (says.type == events::inventory::StockDeducted::type) {
            events::inventory::StockDeducted deducted;
            events::inventory::from_json(record.value, deducted);
            held_[deducted.product_id] -= deducted.quantity;
            on_hand_[deducted.product_id] -= deducted.quantity;
            if (deducted.reserved != held_[deducted.product_id] || deducted.reserved < 0 ||
                deducted.on_hand != on_hand_[deducted.product_id])
                return "deducted what was not held";
            bought_[{deducted.product_id, deducted.order_id}] += deducted.quantity;
        } else if (says.type == events::inventory::StockRestored::type) {
            events::inventory::StockRestored restored;
            events::inventory::from_json(record.value, restored);
            on_hand_[restored.product_id] += restored.quantity;
            if (restored.on_hand != on_hand_[restored.product_id]) return "on hand does not follow from the log";
            auto& bought = bought_[{restored.product_id, restored.order_id}];
            bought -= restored.quantity;
            if (bought < 0) return "restored what was not bought";
        } else if (says.type == events::points::PointsEarned::type) {
            events::points::PointsEarned earned;
            events::points::from_json(record.value, earned);
            lots_[earned.user_id].push_back({earned.lot_id, earned.amount.value});
            return balance_is(earned.user_id, earned.balance);
        } else if (says.type == events::points::PointsSpent::type) {
            events::points::PointsSpent spent;
            events::points::from_json(record.value, spent);
            auto& lots = lots_[spent.user_id];
            for (const auto& taken : spent.allocations) {
                for (auto& lot : lots) {
                    if (lot.first == taken.lot_id) {
                        lot.second -= taken.amount.value;
                        break;
                    }
                    if (lot.second != 0) return "a younger lot was used while an older one was open";
                }
            }
            return balance_is(spent.user_id, spent.balance);
        } else if (says.type == events::points::PointsRestored::type) {
            events::points::PointsRestored restored;
            events::points::from_json(record.value, restored);
            for (const auto& back : restored.returned) {
                for (auto& lot : lots_[restored.user_id])
                    lot.second += lot.first == back.lot_id ? back.amount.value : 0;
            }
            return balance_is(restored.user_id, restored.balance);
        }
        return {};
    }

    std::string balance_is(const events::UserId& user_id, events::Points balance)
    {
        std::int64_t sum = 0;
        for (const auto& lot : lots_[user_id]) {
            if (lot.second < 0) return "a lot is below zero";
            sum += lot.second;
        }
        return sum == balance.value ? std::string() : "a balance is not the sum of its lots";
    }

    /// A snapshot is the fold of the log up to its offset; here all of it, since the world is at rest.
    std::string check_snapshots(const std::string& context, std::int32_t partition,
                                std::map<std::string, std::unique_ptr<producers::Aggregate>>& states)
    {
        const auto& logic = *contexts_[context].front();
        for (auto& [key, state] : states) {
            auto restored = logic.initial();
            const auto rows = world_.store.load("producers/" + context, partition, {key});
            for (const auto& row : rows) logic.restore(*restored, row);
            const auto expected = logic.to_text(*state);
            const auto found = logic.to_text(*restored);
            if (expected != found) return "a snapshot is not the fold of the log: " + found + " instead of " + expected;
        }
        return {};
    }

    std::string check_answers(const std::map<events::Uuid, Record>& outcomes)
    {
        std::map<events::Uuid, std::string> said;  // What the edge heard first, by question.
        for (const auto& answer : world_.log({std::string(replies_topic), 0})) {
            if (answer.envelope.type == "jangteo.StillRunning") continue;
            const auto outcome = outcomes.find(answer.envelope.causation_id);
            if (outcome == outcomes.end()) return "an answer to a command without an outcome";
            if (outcome->second.value != answer.value || outcome->second.envelope.type != answer.envelope.type) {
                return "an answer contradicts the log";
            }
            const auto [first, fresh] = said.emplace(answer.envelope.reply_to.request_id, answer.value);
            if (!fresh && first->second != answer.value) return "a question was answered in two ways";
        }
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& input : world_.log({std::string(inbox_topic), partition})) {
                if (input.envelope.type == events::sagas::TimerFired::type) continue;
                const auto outcome = outcomes.find(input.envelope.causation_id);
                if (outcome == outcomes.end() || outcome->second.value != input.value) {
                    return "a saga was told what the log does not say";
                }
            }
        }
        for (const auto& question : asked_) {
            if (!said.contains(question.envelope.id)) return "a question was never answered: " + question.envelope.type;
        }
        return {};
    }

    /// Every order is settled; nobody paid, so all are given up in the end, and nothing is left held or spent.
    std::string check_orders()
    {
        std::map<std::string, std::string> last;
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& record : accepted("orders", partition)) {
                if (record.envelope.type != events::rejected_type) last[record.envelope.subject] = record.envelope.type;
            }
        }
        for (const auto& order : orders_) {
            const auto& type = last[order.text()];
            for (std::int32_t partition = 0; partition < partitions; ++partition) {
                for (const auto& row : world_.store.load("sagas/order_fulfilment", partition, {order.text()})) {
                    if (row.state.find(R"("parked_because":"")") == std::string::npos) return "parked: " + row.state;
                }
            }
            const bool bought = type == events::orders::OrderConfirmed::type;
            if (bought) bought_orders_.insert(order);
            if (!bought && type != events::orders::OrderRefused::type && type != events::orders::OrderCancelled::type) {
                return "an order ended as " + type;
            }
            for (const auto& [what, units] : bought_) {
                if (what.second == order && (units > 0) != bought) return "what was bought is not what was paid";
            }
        }
        for (const auto& [product_id, quantity] : held_) {
            if (quantity != 0) return "stock is still held when every order has ended";
        }
        std::map<events::UserId, std::int64_t> given;
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& record : accepted("points", partition)) {
                if (record.envelope.type == events::points::PointsEarned::type) {
                    events::points::PointsEarned earned;
                    events::points::from_json(record.value, earned);
                    given[earned.user_id] += earned.amount.value;
                } else if (record.envelope.type == events::points::PointsSpent::type) {
                    events::points::PointsSpent spent;
                    events::points::from_json(record.value, spent);
                    // What a paid order has used stays used; of every other order it has come back.
                    if (bought_orders_.contains(*spent.order_id)) given[spent.user_id] -= spent.amount.value;
                }
            }
        }
        for (const auto& [user_id, amount] : given) {
            std::int64_t sum = 0;
            for (const auto& lot : lots_[user_id]) sum += lot.second;
            if (sum != amount) return "points are missing when every order has ended";
        }
        return {};
    }

    World world_;
    Wire edge_;
    std::map<std::string, std::vector<std::unique_ptr<producers::Context>>> contexts_;
    std::vector<std::unique_ptr<sagas::Process>> sagas_;
    std::vector<producers::Forward> forwards_;
    std::vector<std::unique_ptr<Owner>> owners_;
    std::vector<std::unique_ptr<Owner>> orphans_;
    std::vector<Record> asked_;
    std::vector<events::OrderId> orders_;
    bool healed_ = false;

    std::map<events::ProductId, std::int64_t> held_;
    std::map<events::ProductId, std::int64_t> on_hand_;
    std::map<std::pair<events::ProductId, events::OrderId>, std::int64_t> bought_;  ///< Deducted and not restored.
    std::set<events::OrderId> bought_orders_;
    std::map<events::UserId, std::vector<std::pair<events::LotId, std::int64_t>>> lots_;
};

}  // namespace

std::string run_history(std::uint64_t seed)
{
    return History(seed).run();
}

}  // namespace jangteo::simulation
