#include "tests/simulation/claims.hpp"

#include "events/payments.hpp"
#include "events/points.hpp"

#include <algorithm>

namespace jangteo::simulation {

using namespace events::claims;

namespace {

events::RefundId refund_of(const events::ClaimId& id)
{
    return {events::uuid_v5(id.value, "refund")};
}

}  // namespace

events::orders::RequestClaim Claims::request(const events::OrderId& order, const events::ProductId& product,
                                             const events::Uuid& command_id)
{
    using events::orders::ClaimKind;
    const auto quantity = static_cast<std::int64_t>(1 + world_.below(3));
    return {.order_id = order,
            .claim_id = {command_id},
            .kind = world_.chance(0.4) ? ClaimKind::exchange : ClaimKind::refund,
            .lines = {{product, quantity}},
            .reason = "broken"};
}

std::vector<Claims::Step> Claims::next_steps()
{
    struct Seen {
        ClaimOpened opened;
        std::string last;
    };
    std::map<events::ClaimId, Seen> seen;
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        for (const auto& record : world_.log({"claims.events", partition})) {
            const auto id = events::ClaimId::parse(record.envelope.subject);
            if (!id || record.envelope.type == events::rejected_type) continue;
            auto& claim = seen[*id];
            claim.last = record.envelope.type;
            if (claim.last == ClaimOpened::type) from_json(record.value, claim.opened);
        }
    }
    std::vector<Step> steps;
    for (const auto& [id, claim] : seen) {
        const auto say = [&, order = claim.opened.order_id](const Command& command) {
            steps.emplace_back(command, order);
        };
        if (claim.last == ClaimOpened::type) {
            const auto what = world_.below(10);
            if (what == 0)
                say(RejectClaim{id, "used"});
            else if (what == 1)
                say(WithdrawClaim{id});
            else
                say(ApproveClaim{id, world_.chance(0.5)});
        } else if (claim.last == ClaimApproved::type) {
            say(CollectGoods{id, "CJ", "R-1"});
        } else if (claim.last == CollectionStarted::type) {
            ReceiveGoods receive{id, {}};
            for (const auto& line : claim.opened.lines) {
                const auto damaged =
                    static_cast<std::int64_t>(world_.below(static_cast<std::size_t>(line.quantity) + 1));
                receive.lines.push_back({line.product_id, line.quantity - damaged, damaged});
            }
            say(receive);
        } else if (claim.last == ReplacementReady::type) {
            say(ReshipGoods{id, "CJ", "R-2"});
        } else if (claim.last == ClaimHalted::type) {
            say(ResumeClaim{id});
        }
    }
    return steps;
}

void Claims::enter(const events::Record& record)
{
    if (record.envelope.type == events::rejected_type) return;
    if (record.topic == "orders.events") enter_orders(record);
    if (record.topic == "claims.events") enter_claims(record);
    if (record.envelope.type == events::payments::PaymentRefunded::type) {
        events::payments::PaymentRefunded back;
        events::payments::from_json(record.value, back);
        if (back.cause != events::payments::RefundCause::claim) return;
        money_back_[back.payment_id] += back.amount.value;
        for (auto& [id, claim] : claims_) {
            if (refund_of(id) == back.refund_id) claim.money += back.amount.value;
        }
    } else if (record.envelope.type == events::points::PointsRestored::type) {
        events::points::PointsRestored back;
        events::points::from_json(record.value, back);
        if (back.claim_id) claims_[*back.claim_id].points += back.amount.value;
    }
}

void Claims::enter_orders(const events::Record& record)
{
    using namespace events::orders;
    if (record.envelope.type == OrderAccepted::type) {
        OrderAccepted accepted;
        events::orders::from_json(record.value, accepted);
        accepted_[accepted.order_id] = accepted;
    } else if (record.envelope.type == ClaimRequested::type) {
        ClaimRequested requested;
        events::orders::from_json(record.value, requested);
        claims_[requested.claim_id].order_id = requested.order_id;
    } else if (record.envelope.type == ClaimEnded::type) {
        ClaimEnded ended;
        events::orders::from_json(record.value, ended);
        claims_[ended.claim_id].ended = ended;
    }
}

void Claims::enter_claims(const events::Record& record)
{
    auto& claim = claims_[*events::ClaimId::parse(record.envelope.subject)];
    claim.last = record.envelope.type;
    const auto event = decode_event(record.envelope.type, record.value);
    if (const auto* opened = std::get_if<ClaimOpened>(&event)) claim.lines = opened->lines;
    if (const auto* received = std::get_if<GoodsReceived>(&event)) claim.received = received->lines;
}

std::string Claims::wrong_with(const Claim& claim)
{
    using events::orders::ClaimOutcome;
    if (!claim.ended) return "never ended after " + claim.last;
    const auto& ended = *claim.ended;
    const auto outcome = ended.outcome;
    const bool fits =
        outcome == ClaimOutcome::returned    ? claim.last == ClaimRefunded::type || claim.last == ClaimHalted::type
        : outcome == ClaimOutcome::exchanged ? claim.last == ClaimClosed::type
                                             : claim.last == ClaimRejected::type || claim.last == ClaimWithdrawn::type;
    if (!fits) return "ended as " + claim.last;
    const auto money = ended.refund_amount.value;
    const auto points = ended.points_back.value;
    if (money + points != ended.product_amount.value + ended.shipping_fee.value) return "shares out another amount";
    if (outcome != ClaimOutcome::returned && money + points != 0) return "pays for what did not come back";
    if (claim.points != points) return "has had other points back than were due";
    const bool halted = claim.last == ClaimHalted::type;
    if (claim.money != money && !(halted && claim.money == 0)) return "has had other money back than was due";
    return {};
}

std::string Claims::check() const
{
    std::map<events::OrderId, std::pair<std::int64_t, std::int64_t>> shared_out;  // Money and points.
    for (const auto& [id, claim] : claims_) {
        const auto wrong = wrong_with(claim);
        if (!wrong.empty()) return "a claim " + wrong;
        auto& [money, points] = shared_out[claim.order_id];
        money += claim.ended->refund_amount.value;
        points += claim.ended->points_back.value;
        const auto& accepted = accepted_.at(claim.order_id);
        if (money > accepted.total_amount.value || points > accepted.points_used.value)
            return "more comes back than was paid";
    }
    for (const auto& [order, amounts] : shared_out) {
        std::int64_t products = 0;
        std::int64_t shipping = 0;
        bool nothing_left = false;
        for (const auto& [id, claim] : claims_) {
            if (claim.order_id != order) continue;
            products += claim.ended->product_amount.value;
            shipping += claim.ended->shipping_fee.value;
            nothing_left |= claim.ended->nothing_left;
        }
        const auto& accepted = accepted_.at(order);
        if (nothing_left != (products == accepted.product_amount.value))
            return "an order does not know what is left of it";
        if (shipping != 0 && (!nothing_left || shipping != accepted.shipping_fee.value))
            return "shipping comes back too early";
        const bool all = nothing_left && shipping == accepted.shipping_fee.value;
        if (all && amounts != std::pair{accepted.total_amount.value, accepted.points_used.value}) {
            return "all has come back, and not all that was paid";
        }
    }
    return {};
}

std::int64_t Claims::restocked(const events::ProductId& product, const events::OrderId& order) const
{
    std::int64_t units = 0;
    for (const auto& [id, claim] : claims_) {
        if (claim.order_id != order) continue;
        for (const auto& line : claim.received) units += line.product_id == product ? line.resellable : 0;
    }
    return units;
}

std::int64_t Claims::sent_instead(const events::ProductId& product, const events::OrderId& claim) const
{
    const auto found = claims_.find({claim.value});
    if (found == claims_.end() || found->second.last != ClaimClosed::type) return 0;
    std::int64_t units = 0;
    for (const auto& line : found->second.lines) units += line.product_id == product ? line.quantity : 0;
    return units;
}

std::int64_t Claims::points_back(const events::OrderId& order) const
{
    std::int64_t points = 0;
    for (const auto& [id, claim] : claims_) points += claim.order_id == order ? claim.points : 0;
    return points;
}

std::int64_t Claims::money_back(const events::PaymentId& payment) const
{
    const auto found = money_back_.find(payment);
    return found == money_back_.end() ? 0 : found->second;
}

}  // namespace jangteo::simulation
