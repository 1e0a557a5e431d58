// One history: owners of partitions come, hang and go, two versions of the deciders are at work (a rolling deploy),
// appends arrive late, deliveries fail, callers repeat themselves; then the world heals and everything is checked.
#include "events/described_json.hpp"
#include "events/inventory.hpp"
#include "events/members.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/periods.hpp"
#include "events/points.hpp"
#include "events/readers_rule.hpp"
#include "events/sagas.hpp"
#include "events/settlement.hpp"
#include "events/shipping.hpp"
#include "producers/contexts.hpp"
#include "sagas/list.hpp"
#include "sagas/runtime/instance.hpp"
#include "tests/simulation/books.hpp"
#include "tests/simulation/claims.hpp"
#include "tests/simulation/gateway.hpp"
#include "tests/simulation/ledgers.hpp"
#include "tests/simulation/other_version.hpp"
#include "tests/simulation/owners.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace jangteo::simulation {

namespace {

constexpr std::int32_t products = 3;
constexpr std::int32_t users = 3;
constexpr std::size_t sellers = 2;
constexpr int last_orders = 15;  ///< Rounds of peace in which people still pay, ship and tell.
constexpr int steps = 2'500;
constexpr std::string_view inbox_suffix = ".inbox";
constexpr std::string_view replies_topic = "edge.replies";

std::string inbox_of(const sagas::Process& saga)
{
    return std::string(saga.name()) + std::string(inbox_suffix);
}

class History {
public:
    explicit History(std::uint64_t seed) : world_(seed), edge_(world_), gateway_(world_), claims_(world_)
    {
        for (auto& context : contexts_at_play()) {
            auto& versions = contexts_[std::string(context->name())];
            versions.push_back(std::move(context));
        }
        for (auto& context : contexts_at_play()) {
            auto& versions = contexts_[std::string(context->name())];
            versions.push_back(std::make_unique<OtherVersion>(std::move(context)));
        }
        for (auto& saga : sagas::all_sagas({.payment_window = std::chrono::milliseconds{20'000},
                          .ask_gateway_again_after = std::chrono::milliseconds{500},
                          .look_for_deposit_every = std::chrono::milliseconds{2'000},
                          .confirm_after = std::chrono::milliseconds{20'000}})) {
            for (const auto& listens : saga->listens_to()) {
                forwards_.push_back({std::string(listens.event_type), inbox_of(*saga), listens.takes_over_the_answer});
            }
            sagas_[inbox_of(*saga)] = std::move(saga);
        }
        for (std::int32_t number = 0; number < partitions; ++number) {
            for (const auto& [name, versions] : contexts_) spawn({name + ".commands", number});
            for (const auto& [inbox, saga] : sagas_) spawn({inbox, number});
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
    /// Idle owners would only take steps from the others.
    static std::vector<std::unique_ptr<producers::Context>> contexts_at_play()
    {
        auto contexts = producers::all_contexts();
        std::erase_if(contexts, [](const auto& context) { return context->name() == "inquiries"; });
        return contexts;
    }

    // ---- What happens -----------------------------------------------------------------------------------------------

    void anything()
    {
        world_.now += std::chrono::milliseconds{world_.below(20)};
        const auto dice = world_.below(1'000);
        if (dice < 380) return deliver();
        if (dice < 885) return owners_[world_.below(owners_.size())]->step();
        if (dice < 920) return owners_[world_.below(owners_.size())]->tick();
        if (dice < 930) return gateway_.work(true);
        if (dice < 970) return somebody_asks();
        if (dice < 978) return fire_timers();
        if (dice < 980) return somebody_breaks_an_input();
        if (dice < 983) return somebody_pushes();
        if (dice < 986) return spawn(owners_[world_.below(owners_.size())]->source());
        if (dice < 995) return kill(world_.below(owners_.size()));
        auto& wire = owners_[world_.below(owners_.size())]->wire;
        if (wire.has_unsent()) wire.fail_one();
    }

    void deliver()
    {
        std::vector<Wire*> waiting;
        if (edge_.has_unsent()) waiting.push_back(&edge_);
        if (gateway_.wire.has_unsent()) waiting.push_back(&gateway_.wire);
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
        if (source.first.ends_with(inbox_suffix)) {
            owners_.push_back(std::make_unique<SagaOwner>(world_, *sagas_.at(source.first), source.second));
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
            record.topic = row.saga + std::string(inbox_suffix);
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

    // ---- Operators --------------------------------------------------------------------------------------------------

    static std::string inbox_of_orders() { return "order_fulfilment" + std::string(inbox_suffix); }

    Record input_for(const std::string& inbox, const events::OrderId& order, std::string_view type, std::string value)
    {
        Record record;
        record.topic = inbox;
        record.key = order.text();
        record.value = std::move(value);
        record.envelope.id = world_.draw_uuid();
        record.envelope.type = type;
        record.envelope.subject = record.key;
        record.envelope.correlation_id = order.value;
        record.envelope.time = world_.now;
        return record;
    }

    /// Something that cannot be read comes to an order's process, and what follows it waits.
    void somebody_breaks_an_input()
    {
        if (orders_.empty()) return;
        const auto order = orders_[world_.below(orders_.size())];
        auto record = input_for(inbox_of_orders(), order, events::inventory::StockHeld::type, "{\"broken\":");
        nobodys_inputs_.insert(record.envelope.id);
        broken_.insert(order);
        world_.append(std::move(record));
    }

    /// An operator pushes any order's process, whether it needs it or not. What the gateway is asked is only asked again:
    /// to take its answers as given would be a lie about money.
    void somebody_pushes()
    {
        using events::sagas::Push;
        if (orders_.empty()) return;
        const auto order = orders_[world_.below(orders_.size())];
        if (world_.chance(0.2)) return push("payment_gateway", order, Push::retry, {});
        const auto dice = world_.below(10);
        if (dice < 4) return push("order_fulfilment", order, Push::retry, {});
        if (dice < 7) return push("order_fulfilment", order, Push::skip, a_step_of(order));
        push("order_fulfilment", order, Push::compensate, {});
    }

    void push(const std::string& saga, const events::OrderId& order, events::sagas::Push what,
              std::optional<events::Uuid> step)
    {
        const events::sagas::InstancePushed pushed{saga, order.value, what, step, "operator:kim", "it stands still"};
        auto record =
            input_for(saga + std::string(inbox_suffix), order, events::sagas::InstancePushed::type, to_json(pushed));
        nobodys_inputs_.insert(record.envelope.id);
        world_.append(std::move(record));
    }

    /// One whose answer had not come when the instance was last written.
    std::optional<events::Uuid> a_step_of(const events::OrderId& order)
    {
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& row : world_.store.load("sagas/order_fulfilment", partition, {order.text()})) {
                sagas::StoredInstance instance;
                events::described::from_text(row.state, instance);
                if (!instance.unanswered.empty()) return instance.unanswered.back().id;
            }
        }
        return std::nullopt;
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
    events::SellerId seller(std::size_t n) { return {events::uuid_v5(events::url_namespace, "s" + std::to_string(n))}; }
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
                events::inventory::PutItem{
                    product(n), static_cast<std::int64_t>(4 + world_.below(8)), "thing", {1'000}, seller(n % sellers)},
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
                if (world_.chance(0.4)) earn.expires_at = world_.now + std::chrono::seconds{5 + world_.below(45)};
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
        if (world_.chance(0.05)) {
            return ask("members", events::members::CheckIn{user(world_.below(users))}, command_id, command_id);
        }
        if (!orders_.empty() && world_.chance(0.12)) {
            events::orders::CancelOrder cancel;
            cancel.order_id = orders_[world_.below(orders_.size())];
            cancel.reason = "changed my mind";
            cancel.cause = events::orders::CancelCause::buyer;
            return ask("orders", cancel, command_id, cancel.order_id.value);
        }
        if (world_.chance(0.05)) return somebody_settles(command_id);
        if (!orders_.empty() && world_.chance(0.4)) return goods_move(command_id);
        if (!orders_.empty() && world_.chance(0.25)) return somebody_claims(command_id);
        if (!orders_.empty() && world_.chance(0.55)) return somebody_pays(command_id);
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

    /// Mostly one to which one of these has happened; now and then any.
    events::OrderId some_order(const std::set<std::string_view>& types)
    {
        std::vector<std::string> found;
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& record : world_.log({"orders.events", partition})) {
                if (types.contains(record.envelope.type)) found.push_back(record.envelope.subject);
            }
        }
        if (found.empty() || world_.chance(0.2)) return orders_[world_.below(orders_.size())];
        return *events::OrderId::parse(found[world_.below(found.size())]);
    }

    /// A seller ships, perhaps what is not paid or not his; a carrier tells of it, in any order and twice; a buyer keeps
    /// what has come, or has not.
    void goods_move(const events::Uuid& command_id)
    {
        const auto order = some_order({events::orders::OrderConfirmed::type, events::orders::PartShipped::type,
                                       events::orders::PartDelivered::type});
        const auto whose = seller(world_.below(sellers));
        const auto what = world_.below(10);
        if (what < 4) {
            return ask("orders", events::orders::ShipPart{order, whose, "CJ", "T-1"}, command_id, order.value);
        }
        if (what < 9) {
            using events::shipping::ShipmentStatus;
            const events::ShipmentId shipment{events::uuid_v5(order.value, "shipment/" + whose.text())};
            const auto status = world_.chance(0.7) ? ShipmentStatus::delivered : ShipmentStatus::in_transit;
            return ask("shipping", events::shipping::RecordTracking{shipment, status, {}, {}, world_.now}, command_id,
                       order.value);
        }
        ask("orders", events::orders::ConfirmPurchase{order, events::orders::ConfirmationCause::buyer}, command_id,
            order.value);
    }

    /// A buyer wants to give something back, or those who are asked about it go on.
    void somebody_claims(const events::Uuid& command_id)
    {
        const auto said = claims_.next_steps();
        if (!said.empty() && world_.chance(0.5)) return goes_on(said[world_.below(said.size())], command_id);
        const auto order = some_order({events::orders::PartDelivered::type});
        ask("orders", claims_.request(order, some_product_of(order), command_id), command_id, order.value);
    }
    /// Mostly one of the order's; now and then any.
    events::ProductId some_product_of(const events::OrderId& order)
    {
        for (const auto& question : asked_) {
            if (question.envelope.type != events::orders::PlaceOrder::type) continue;
            if (question.envelope.subject != order.text() || world_.chance(0.1)) continue;
            events::orders::PlaceOrder placed;
            events::orders::from_json(question.value, placed);
            return placed.lines[world_.below(placed.lines.size())].product_id;
        }
        return product(world_.below(products));
    }
    void goes_on(const Claims::Step& step, const events::Uuid& command_id)
    {
        std::visit([&](const auto& command) { ask("claims", command, command_id, step.second.value); }, step.first);
    }

    /// Perhaps before the order is accepted, perhaps for one that came to nothing, with points or at the gateway, then
    /// says so, perhaps twice or in vain; or somebody only says that something happened there.
    void somebody_pays(const events::Uuid& command_id)
    {
        using namespace events::payments;
        const auto order_id = some_order({events::orders::OrderAccepted::type});
        if (!payments_.empty() && world_.chance(0.6)) {
            const auto& [order, payment] = payments_[world_.below(payments_.size())];
            if (world_.chance(0.2)) return ask("payments", CheckPayment{order, payment}, command_id, order.value);
            if (world_.chance(0.1)) return names_account(order, payment, command_id);
            if (world_.chance(0.05)) {
                return ask("payments", CancelPayment{order, payment, "another way"}, command_id, order.value);
            }
            if (world_.chance(0.15)) {
                RequestRefund refund{.order_id = order, .payment_id = payment, .refund_id = {command_id}};
                refund.reason = "spilt";
                refund.cause = RefundCause::requested;
                if (world_.chance(0.8)) refund.amount = {static_cast<std::int64_t>(1 + world_.below(1'500))};
                return ask("payments", refund, command_id, order.value);
            }
            const CompletePayment complete{order, payment, "key:" + payment.text(), gateway_.price_of(payment)};
            return ask("payments", complete, command_id, order.value);
        }
        if (world_.chance(0.2)) {
            const PreparePayment points{order_id, {command_id}, user(0), Method::point, Provider::none, {0}};
            return ask("payments", points, command_id, order_id.value);
        }
        const events::PaymentId payment_id{command_id};
        payments_.push_back({order_id, payment_id});
        const auto provider = world_.chance(0.4) ? Provider::inicis : Provider::toss;
        const bool by_account = provider == Provider::toss && world_.chance(0.4);
        gateway_.ask_for(payment_id, total_of(order_id), by_account);
        const PreparePayment prepare{.order_id = order_id,
                                     .payment_id = payment_id,
                                     .user_id = user(0),
                                     .method = by_account ? Method::virtual_account : Method::card,
                                     .provider = provider,
                                     .amount = gateway_.price_of(payment_id)};
        ask("payments", prepare, command_id, order_id.value);
    }

    /// Of some other payment, it is refused.
    void names_account(const events::OrderId& order, const events::PaymentId& payment, const events::Uuid& command_id)
    {
        const events::payments::NameRefundAccount named{order, payment, {"88", "v1.own"}};
        ask("payments", named, command_id, order.value);
    }

    /// What an order costs, once it is accepted; before that nobody knows.
    std::optional<events::Won> total_of(const events::OrderId& order_id)
    {
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& record : world_.log({"orders.events", partition})) {
                if (record.envelope.type != events::orders::OrderAccepted::type) continue;
                events::orders::OrderAccepted accepted;
                events::orders::from_json(record.value, accepted);
                if (accepted.order_id == order_id) return accepted.total_amount;
            }
        }
        return std::nullopt;
    }

    /// An operator settles the week, or the month, that has only begun, also again; pays, holds and releases what there is
    /// to pay, and what there is not.
    void somebody_settles(const events::Uuid& command_id)
    {
        using namespace events::settlement;
        if (world_.chance(0.3)) {
            const std::string period = world_.chance(0.7) ? "2026-W01" : "2026-01";
            const auto run_id = events::run_of(period);
            return ask("settlement", StartRun{events::the_market(), run_id, period, true}, command_id, run_id.value);
        }
        const auto whose = seller(world_.below(sellers));
        const std::string period = world_.chance(0.5) ? "2026-W01" : "2026-01";
        const events::SettlementId id{events::uuid_v5(whose.value, "settlement/" + period)};
        switch (world_.below(5)) {
            case 0: return ask("settlement", HoldSettlement{whose, id, "why"}, command_id, id.value);
            case 1: return ask("settlement", ReleaseSettlement{whose, id}, command_id, id.value);
            case 2: return ask("settlement", ConfirmSettlement{whose, id}, command_id, id.value);
            default: return ask("settlement", PaySettlement{whose, id, "KB"}, command_id, id.value);
        }
    }

    // ---- Peace ------------------------------------------------------------------------------------------------------

    /// One owner for each partition, the last that came, and everything arrives. What was ordered goes on for a while.
    bool heal()
    {
        healed_ = true;
        std::set<Place> seen;
        for (std::size_t i = owners_.size(); i-- > 0;) {
            if (!seen.insert(owners_[i]->source()).second) kill(i);
        }
        int quiet = 0;  ///< Rounds in which nothing happened.
        for (int round = 0; round < 200; ++round) {
            if (round < last_orders && !orders_.empty()) {
                for (int i = 0; i < 3; ++i)
                    world_.chance(0.6) ? goods_move(world_.draw_uuid()) : somebody_pays(world_.draw_uuid());
                somebody_settles(world_.draw_uuid());
                for (int i = 0; i < 2; ++i) somebody_claims(world_.draw_uuid());
            }
            // Who has begun goes on to the end; what no gateway gives back stays where it is.
            for (const auto& step : claims_.next_steps()) {
                const bool halted = std::holds_alternative<events::claims::ResumeClaim>(step.first);
                if (!halted || (round < last_orders && world_.chance(0.3))) goes_on(step, world_.draw_uuid());
            }
            // In the end every buyer has said where his money goes.
            if (round == last_orders + 1) {
                for (const auto& [order, payment] : payments_) names_account(order, payment, world_.draw_uuid());
            }
            while (edge_.has_unsent()) edge_.deliver_one();
            while (!world_.tasks.empty()) gateway_.work(false);
            while (gateway_.wire.has_unsent()) gateway_.wire.deliver_one();
            for (const auto& orphan : orphans_) {
                while (orphan->wire.has_unsent()) orphan->wire.deliver_one();
            }
            // An operator leaves out what could not be read.
            if (round < last_orders) {
                for (const auto& order : broken_) push("order_fulfilment", order, events::sagas::Push::skip, {});
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
            quiet = busy ? 0 : quiet + 1;  // What happened last is written down a round or two later.
            if (quiet > 3 && round > last_orders + 25 && !next_timer()) return true;
            fire_timers();
        }
        return false;
    }

    /// What is due within the hour: points that expire in a year are nobody's business here.
    [[nodiscard]] const state::TimerRow* next_timer() const
    {
        for (const auto& [id, timer] : world_.store.timers) {
            if (timer.due_at < world_.now + std::chrono::hours{1}) return &timer;
        }
        return nullptr;
    }

    std::string restless()
    {
        for (const auto& owner : owners_) {
            if (!owner->idle()) return owner->source().first + "/" + std::to_string(owner->source().second);
        }
        const auto* timer = next_timer();
        return timer == nullptr ? "busy to the end" : timer->saga + " waits for " + timer->name + " " + timer->token;
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
        if (wrong.empty()) wrong = claims_.check();
        if (wrong.empty()) wrong = check_orders();
        if (wrong.empty()) wrong = check_money();
        if (wrong.empty()) wrong = ledgers_.check();
        if (wrong.empty()) wrong = check_attendance();
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
            claims_.enter(record);
            std::string wrong = books_.enter(record);
            if (wrong.empty()) wrong = ledgers_.enter(record);
            if (!wrong.empty()) return wrong;
        }
        for (const auto& command : commands) {
            if (!outcomes.contains(command.envelope.id)) return "a command has no outcome";
        }
        return check_snapshots(context, partition, states);
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

    /// A worker that did its task twice, and found another state the second time (an account, then its deposit), hears that
    /// it is done. Whoever asked has had an answer by then, and an edge takes the first.
    static bool comes_too_late(const Record& answer)
    {
        return answer.envelope.type == events::rejected_type && answer.value.find("already done") != std::string::npos;
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
            if (!fresh && first->second != answer.value && !comes_too_late(answer)) {
                return "a question was answered in two ways";
            }
        }
        for (const auto& [inbox, saga] : sagas_) {
            for (std::int32_t partition = 0; partition < partitions; ++partition) {
                for (const auto& input : world_.log({inbox, partition})) {
                    if (input.envelope.type == events::sagas::TimerFired::type) continue;
                    if (nobodys_inputs_.contains(input.envelope.id)) continue;
                    const auto outcome = outcomes.find(input.envelope.causation_id);
                    if (outcome == outcomes.end() || outcome->second.value != input.value) {
                        return "a saga was told what the log does not say";
                    }
                }
            }
        }
        for (const auto& question : asked_) {
            // What became of a payment or a refund may have been found out by another question, for instance by one that
            // was put again because its task was lost: then the payment shows it.
            const auto& type = outcomes.find(question.envelope.id)->second.envelope.type;
            const bool asks_gateway = type == events::payments::ConfirmationRequested::type ||
                                      type == events::payments::RefundRequested::type;
            if (asks_gateway) continue;
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
                const auto& says = record.envelope;
                if (says.type == events::rejected_type) continue;
                if (says.type == events::orders::OrderCancelled::type &&
                    last[says.subject] == events::orders::PartShipped::type) {
                    return "an order was cancelled of which a part had left";
                }
                last[says.subject] = says.type;
                std::string wrong = see_rewards_of(record);
                if (!wrong.empty()) return wrong;
            }
        }
        if (!delivered_.empty()) return "an order that has come was never kept";
        for (const auto& order : orders_) {
            const auto& type = last[order.text()];
            for (std::int32_t partition = 0; partition < partitions; ++partition) {
                for (const auto& row : world_.store.load("sagas/order_fulfilment", partition, {order.text()})) {
                    if (row.state.find(R"("parked_because":"")") == std::string::npos) return "parked: " + row.state;
                }
            }
            static const std::set<std::string_view> paid{
                events::orders::OrderConfirmed::type, events::orders::PartShipped::type,
                events::orders::PartDelivered::type, events::orders::PurchaseConfirmed::type,
                events::orders::ClaimEnded::type};
            const bool bought = paid.contains(type);
            if (bought) bought_orders_.insert(order);
            if (!bought && type != events::orders::OrderRefused::type && type != events::orders::OrderCancelled::type) {
                return "an order ended as " + type;
            }
        }
        for (const auto& [what, units] : books_.bought()) {
            const auto& [product_id, buyer] = what;  // An order, or a claim of which a replacement was sent.
            const auto due = units_ordered(product_id, buyer) - claims_.restocked(product_id, buyer) +
                             claims_.sent_instead(product_id, buyer);
            if (units != due) return "what was bought is not what was paid";
        }
        for (const auto& [product_id, quantity] : books_.held()) {
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
                    if (!bought_orders_.contains(*spent.order_id)) continue;
                    given[spent.user_id] -= spent.amount.value - claims_.points_back(*spent.order_id);
                } else if (record.envelope.type == events::points::PointsExpired::type) {
                    events::points::PointsExpired expired;
                    events::points::from_json(record.value, expired);
                    given[expired.user_id] -= expired.amount.value;
                }
            }
        }
        for (const auto& [user_id, amount] : given) {
            if (books_.points_of(user_id) != amount) return "points are missing when every order has ended";
        }
        if (books_.outlived(world_.now)) return "points have outlived their time";
        return {};
    }

    /// Of a paid order.
    std::int64_t units_ordered(const events::ProductId& product_id, const events::OrderId& order)
    {
        if (!bought_orders_.contains(order)) return 0;
        std::int64_t units = 0;
        for (const auto& question : asked_) {
            if (question.envelope.type != events::orders::PlaceOrder::type) continue;
            if (question.envelope.subject != order.text()) continue;
            events::orders::PlaceOrder placed;
            events::orders::from_json(question.value, placed);
            for (const auto& line : placed.lines) units += line.product_id == product_id ? line.quantity : 0;
        }
        return units;
    }

    /// What has come as a whole is kept by its buyer or by time, and what is kept is rewarded with 2 %, once.
    std::string see_rewards_of(const Record& record)
    {
        const auto& says = record.envelope;
        if (says.type == events::orders::PartDelivered::type) {
            events::orders::PartDelivered delivered;
            events::orders::from_json(record.value, delivered);
            if (delivered.order_status == events::orders::OrderStanding::delivered) {
                delivered_.insert(delivered.order_id);
            }
        }
        if (says.type == events::orders::ClaimEnded::type) {
            events::orders::ClaimEnded ended;
            events::orders::from_json(record.value, ended);
            if (ended.nothing_left) delivered_.erase(ended.order_id);  // All of it has come back.
        }
        if (says.type != events::orders::PurchaseConfirmed::type) return {};
        events::orders::PurchaseConfirmed kept;
        events::orders::from_json(record.value, kept);
        if (delivered_.erase(kept.order_id) == 0) return "an order was kept twice, or before it had come";
        std::int64_t rewarded = 0;
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& other : accepted("points", partition)) {
                if (other.envelope.type != events::points::PointsEarned::type) continue;
                events::points::PointsEarned earned;
                events::points::from_json(other.value, earned);
                if (earned.order_id == kept.order_id) rewarded += earned.amount.value;
            }
        }
        return rewarded == kept.reward_base.value / 50 ? std::string() : "a kept order is not rewarded with 2 %";
    }

    /// All of a history is one day: whoever was there was there once, and has the points of one day.
    std::string check_attendance()
    {
        std::map<std::string, std::int64_t> owed;
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& record : accepted("members", partition)) {
                if (record.envelope.type != events::members::CheckedIn::type) continue;
                if (++owed[record.envelope.subject] > 1) return "somebody was there twice on a day";
            }
        }
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& record : accepted("points", partition)) {
                if (record.envelope.type != events::points::PointsEarned::type) continue;
                events::points::PointsEarned earned;
                events::points::from_json(record.value, earned);
                if (earned.source != events::points::PointSource::daily_checkin) continue;
                if (--owed[record.envelope.subject] < 0) return "a day was rewarded twice, or without being there";
            }
        }
        const bool all = std::ranges::all_of(owed, [](const auto& one) { return one.second == 0; });
        return all ? std::string() : "somebody was there and has no points";
    }

    /// The gateway has the price of every order that is confirmed by a payment there, once, and nothing else.
    std::string check_money()
    {
        std::map<events::PaymentId, std::int64_t> wanted;
        std::set<events::PaymentId> confirming;
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            for (const auto& record : accepted("payments", partition)) {
                if (record.envelope.type == events::rejected_type) continue;
                const auto event = events::payments::decode_event(record.envelope.type, record.value);
                if (const auto* asked = std::get_if<events::payments::ConfirmationRequested>(&event)) {
                    confirming.insert(asked->payment_id);
                } else if (const auto* failed = std::get_if<events::payments::PaymentFailed>(&event)) {
                    confirming.erase(failed->payment_id);
                } else if (const auto* unwanted = std::get_if<events::payments::UnwantedCapture>(&event)) {
                    confirming.erase(unwanted->payment_id);
                } else if (const auto* issued = std::get_if<events::payments::VirtualAccountIssued>(&event)) {
                    confirming.erase(issued->payment_id);
                } else if (const auto* too_late = std::get_if<events::payments::UnwantedAccount>(&event)) {
                    confirming.erase(too_late->payment_id);
                } else if (const auto* paid = std::get_if<events::payments::PaymentCompleted>(&event)) {
                    confirming.erase(paid->payment_id);
                    if (bought_orders_.contains(paid->order_id)) wanted[paid->payment_id] += paid->amount.value;
                } else if (const auto* back = std::get_if<events::payments::PaymentRefunded>(&event)) {
                    const bool requested = back->cause == events::payments::RefundCause::requested;
                    if (requested && bought_orders_.contains(back->order_id)) {
                        wanted[back->payment_id] -= back->amount.value;
                    }
                }
            }
        }
        if (!confirming.empty()) return "what became of a payment is not known";
        if (auto wrong = gateway_.wrong(); !wrong.empty()) return wrong;
        for (const auto& [order, payment] : payments_) {
            wanted[payment] -= claims_.money_back(payment);
            if (gateway_.kept(payment) == wanted[payment]) continue;
            return "the gateway has " + std::to_string(gateway_.kept(payment)) + " of a payment instead of " +
                   std::to_string(wanted[payment]);
        }
        return {};
    }

    World world_;
    Wire edge_;
    Gateway gateway_;
    Claims claims_;
    std::map<std::string, std::vector<std::unique_ptr<producers::Context>>> contexts_;
    std::map<std::string, std::unique_ptr<sagas::Process>> sagas_;  ///< By their inbox.
    std::vector<producers::Forward> forwards_;
    std::vector<std::unique_ptr<Owner>> owners_;
    std::vector<std::unique_ptr<Owner>> orphans_;
    std::vector<Record> asked_;
    std::vector<events::OrderId> orders_;
    std::vector<std::pair<events::OrderId, events::PaymentId>> payments_;  ///< At the gateway.
    std::set<events::Uuid> nobodys_inputs_;                                ///< Pushes, and what cannot be read.
    std::set<events::OrderId> broken_;                                     ///< To whose processes such has come.
    bool healed_ = false;
    Books books_;
    Ledgers ledgers_;
    std::set<events::OrderId> bought_orders_;
    std::set<events::OrderId> delivered_;  ///< And not kept yet.
};

}  // namespace

std::string run_history(std::uint64_t seed)
{
    return History(seed).run();
}

}  // namespace jangteo::simulation
