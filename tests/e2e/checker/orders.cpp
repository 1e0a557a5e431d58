#include "events/orders.hpp"
#include "events/inventory.hpp"
#include "events/points.hpp"
#include "events/sagas.hpp"
#include "tests/e2e/checker/checker.hpp"

#include <algorithm>

namespace jangteo::e2e {

namespace {

using namespace events::orders;

struct Order {
    std::string number;
    events::UserId user_id;
    std::vector<OrderLine> lines;
    ShippingAddress address;
    std::int64_t points_to_use = 0;
    std::string status = "placing";
    std::optional<events::PaymentId> paid_by{};
    std::optional<OrderAccepted> accepted{};
    std::optional<OrderRefused> refused{};
    std::optional<OrderCancelled> cancelled{};
    std::optional<PurchaseConfirmed> kept{};
    struct Part {
        PartShipped shipped;
        events::Timestamp shipped_at;
        std::optional<events::Timestamp> delivered_at{};
    };
    std::vector<Part> parts{};  ///< That have left, in that order.
    std::optional<events::Timestamp> kept_at{};
    std::map<events::ClaimId, ClaimRequested> claims{};  ///< That are open.
    std::vector<ClaimEnded> ended{};
    [[nodiscard]] std::int64_t back(auto member) const
    {
        std::int64_t sum = 0;
        for (const auto& claim : ended) sum += (claim.*member).value;
        return sum;
    }
    std::vector<const events::Record*> history{};

    [[nodiscard]] std::map<events::ProductId, std::int64_t> wanted() const
    {
        std::map<events::ProductId, std::int64_t> sum;
        for (const auto& line : lines) sum[line.product_id] += line.quantity;
        return sum;
    }
};

class Books {
public:
    Books(Findings& findings, const Surroundings& around) : findings_(findings), around_(around) {}

    void see(const events::Record& record)
    {
        record_ = &record;
        if (record.envelope.type == events::rejected_type) return;
        std::visit(
            [&](const auto& event) {
                Order& order = orders[event.order_id];
                order.history.push_back(&record);
                apply(order, event);
            },
            decode_event(record.envelope.type, record.value));
    }

    /// What an order holds of stock and points is what its end says, to the unit.
    void settle(const events::OrderId& id, const Order& order)
    {
        const auto want = [&](bool good, const auto&... what) {
            if (!good) findings_.want(good, "order ", id.text(), " (", order.status, "): ", what...);
        };
        want(order.status != "placing", "has not ended");
        const bool has_goods = order.status == "pending";
        static const std::map<events::ProductId, StockBooks::Held> nothing;
        const auto found = around_.stock.by_order.find(id);
        const auto& held = found == around_.stock.by_order.end() ? nothing : found->second;
        const auto wanted = order.wanted();
        for (const auto& [product, hold] : held) {
            want(wanted.contains(product), "holds a product that nobody ordered");
            want(hold.times <= 1, "has had stock of one product more than once");
            want(has_goods || hold.quantity == 0, "still holds ", std::to_string(hold.quantity), " of ",
                 product.text());
        }
        for (const auto& [product, quantity] : wanted) {
            const auto hold = held.find(product);
            const auto has = hold == held.end() ? 0 : hold->second.quantity;
            want(!has_goods || has == quantity, "holds ", std::to_string(has), " of ", product.text(), " instead of ",
                 std::to_string(quantity));
        }
        const auto spending = around_.points.by_order.find(id);
        const auto spent = spending == around_.points.by_order.end() ? PointBooks::Spent{} : spending->second;
        want(spent.times <= 1, "has spent points more than once");
        const bool has_points = has_goods || (order.paid_by && !order.cancelled);
        const auto points_due = has_points ? order.points_to_use - order.back(&ClaimEnded::points_back) : 0;
        want(spent.amount == points_due, "has ", std::to_string(spent.amount), " points spent of ",
             std::to_string(order.points_to_use));
        if (order.accepted) check_prices(want, order, held);
        check_parts(want, order);
        check_money(want, id, order);
        check_goods(want, id, order);
        check_claims(want, order);
        const auto rewarded = around_.points.rewards.find(id);
        const auto reward = rewarded == around_.points.rewards.end() ? PointBooks::Reward{} : rewarded->second;
        const auto owed = order.kept ? order.kept->reward_base.value / 50 : 0;  // 2 %
        want(reward.times <= 1 && reward.amount == owed, "is rewarded with ", std::to_string(reward.amount),
             " points instead of ", std::to_string(owed));
    }

    std::map<events::OrderId, Order> orders;

private:
    void want(bool good, const std::string& what)
    {
        findings_.want(good, *record_, " ", record_->envelope.type, ": ", what);
    }

    void apply(Order& order, const OrderPlaced& e)
    {
        want(order.history.size() == 1, "is placed again");
        want(numbers_.insert(e.order_number).second, "has a number that another order has");
        order.number = e.order_number;
        order.user_id = e.user_id;
        order.lines = e.lines;
        order.address = e.shipping_address;
        order.points_to_use = e.points_to_use.value;
    }
    void apply(Order& order, const OrderAccepted& e)
    {
        want(order.status == "placing", "comes after the order was " + order.status);
        want(e.order_number == order.number && e.user_id == order.user_id, "is about another order");
        order.status = "pending";
        order.accepted = e;
    }
    void apply(Order& order, const OrderRefused& e)
    {
        want(order.status == "placing", "comes after the order was " + order.status);
        order.status = "refused";
        order.refused = e;
    }
    void apply(Order& order, const OrderConfirmed& e)
    {
        want(order.status == "pending", "comes after the order was " + order.status);
        order.status = "confirmed";
        order.paid_by = e.payment_id;
    }
    void apply(Order& order, const ProcessingStarted&)
    {
        want(order.status == "confirmed", "comes after the order was " + order.status);
        order.status = "processing";
    }
    void apply(Order& order, const PartShipped& e)
    {
        want(order.status == "confirmed" || order.status == "processing", "comes after the order was " + order.status);
        const bool again = std::ranges::any_of(
            order.parts, [&](const Order::Part& part) { return part.shipped.seller_id == e.seller_id; });
        want(!again, "is shipped twice");
        std::vector<ShippedLine> lines;
        for (const auto& line : order.accepted->lines) {
            if (line.seller_id == e.seller_id) lines.push_back({line.product_id, line.quantity});
        }
        want(!lines.empty() && lines == e.lines, "ships other lines than the seller has in the order");
        order.parts.push_back({e, record_->envelope.time});
        moved(order, e.order_status);
    }
    void apply(Order& order, const PartDelivered& e)
    {
        const auto part = std::ranges::find_if(
            order.parts, [&](const Order::Part& one) { return one.shipped.shipment_id == e.shipment_id; });
        if (part == order.parts.end()) return want(false, "is delivered without having been shipped");
        want(!part->delivered_at, "is delivered twice");
        part->delivered_at = record_->envelope.time;
        moved(order, e.order_status);
    }
    /// What the event says of the whole order must be what its parts come to.
    void moved(Order& order, OrderStanding says)
    {
        std::set<events::SellerId> sellers;
        for (const auto& line : order.accepted->lines) sellers.insert(line.seller_id);
        const auto delivered =
            std::ranges::count_if(order.parts, [](const Order::Part& part) { return part.delivered_at.has_value(); });
        order.status = std::ssize(sellers) == delivered                 ? "delivered"
                       : std::ssize(sellers) == std::ssize(order.parts) ? "shipped"
                                                                        : "processing";
        want(order.status == to_text(says),
             "says that the order is " + std::string(to_text(says)) + ", and it is " + order.status);
    }
    void apply(Order& order, const PurchaseConfirmed& e)
    {
        want(order.status == "delivered" && !order.kept, "comes after the order was " + order.status);
        std::int64_t sum = 0;
        for (const auto& seller : e.sellers) sum += seller.product_amount.value;
        want(order.claims.empty(), "comes while something is claimed");
        const auto products = order.accepted->product_amount.value;
        want(sum == products - order.back(&ClaimEnded::product_amount),
             "shares out another amount than the products cost that were kept");
        const auto points = std::min(order.points_to_use, products) - order.back(&ClaimEnded::points_back);
        want(e.reward_base.value == sum - points, "has another base for the reward");
        order.kept = e;
        order.kept_at = record_->envelope.time;
    }
    void apply(Order& order, const ClaimRequested& e)
    {
        want(!order.kept, "comes after the purchase was confirmed");
        const auto part = std::ranges::find_if(
            order.parts, [&](const Order::Part& one) { return one.shipped.seller_id == e.seller_id; });
        want(part != order.parts.end() && part->delivered_at, "claims what has not come");
        want(order.claims.emplace(e.claim_id, e).second, "is requested again");
        auto left = order.wanted();
        for (const auto& [id, claim] : order.claims) {
            for (const auto& line : claim.lines) left[line.product_id] -= line.quantity;
        }
        for (const auto& claim : order.ended) {
            if (claim.outcome != ClaimOutcome::returned) continue;
            for (const auto& line : claim.lines) left[line.product_id] -= line.quantity;
        }
        for (const auto& line : e.lines) want(left[line.product_id] >= 0, "claims more than there is");
    }
    /// DOA-POINT-07 by hand: of what came back so far points paid as large a part as of all products, rounded down.
    void apply(Order& order, const ClaimEnded& e)
    {
        const auto claim = order.claims.find(e.claim_id);
        if (claim == order.claims.end()) return want(false, "ends what was not open");
        want(claim->second.lines == e.lines && claim->second.seller_id == e.seller_id, "ends another claim");
        order.claims.erase(claim);
        order.ended.push_back(e);
        if (e.outcome != ClaimOutcome::returned) {
            return want(e.refund_amount.value + e.points_back.value + e.product_amount.value == 0 && !e.nothing_left,
                        "pays for what did not come back");
        }
        const auto& accepted = *order.accepted;
        std::int64_t worth = 0;
        for (const auto& line : e.lines) {
            const auto bought = std::ranges::find(accepted.lines, line.product_id, &AcceptedLine::product_id);
            worth += bought == accepted.lines.end() ? 0 : bought->unit_price.value * line.quantity;
        }
        const auto products = accepted.product_amount.value;
        const auto back = order.back(&ClaimEnded::product_amount);
        want(e.product_amount.value == worth, "is worth something else");
        want(e.refund_amount.value + e.points_back.value == worth + e.shipping_fee.value, "shares out another amount");
        want(e.payment_id == order.paid_by, "is paid by another payment");
        const auto on_products = std::min(accepted.points_used.value, products);
        const auto due = products == 0 ? 0 : on_products * back / products;
        const auto with_shipping = e.shipping_fee.value > 0 ? accepted.points_used.value - on_products : 0;
        want(order.back(&ClaimEnded::points_back) == due + with_shipping, "gives back another part of the points");
        std::int64_t units = 0;
        for (const auto& [product, quantity] : order.wanted()) units += quantity;
        bool sellers_fault = true;
        for (const auto& one : order.ended) {
            if (one.outcome != ClaimOutcome::returned) continue;
            sellers_fault &= one.sellers_fault;
            for (const auto& line : one.lines) units -= line.quantity;
        }
        want(e.nothing_left == (units == 0), "is wrong about what is left");
        want(e.shipping_fee.value == (units == 0 && sellers_fault ? accepted.shipping_fee.value : 0),
             "gives back another shipping fee");
        if (e.nothing_left) order.status = "returned";
    }
    void apply(Order& order, const OrderCancelled& e)
    {
        want(order.parts.empty(), "comes after a part was shipped");
        want(order.status == "pending" || order.status == "confirmed" || order.status == "processing",
             "comes after the order was " + order.status);
        order.status = "cancelled";
        order.cancelled = e;
    }

    /// Whatever has left is followed, and what its carrier has delivered the order knows.
    template <class Want>
    void check_parts(const Want& want, const Order& order) const
    {
        for (const auto& part : order.parts) {
            const auto found = around_.shipping.shipments.find(part.shipped.shipment_id);
            if (found == around_.shipping.shipments.end()) {
                want(false, "has shipped a part that nobody follows");
                continue;
            }
            const auto& followed = found->second;
            want(followed.order_id == part.shipped.order_id && followed.seller_id == part.shipped.seller_id &&
                     followed.carrier == part.shipped.carrier &&
                     followed.tracking_number == part.shipped.tracking_number,
                 "is followed as another shipment");
            want(followed.delivered == part.delivered_at.has_value(),
                 "does not know whether its part has been delivered");
        }
    }

    /// Whatever is to be delivered is paid by one payment, with what it costs; what was given up keeps nothing.
    template <class Want>
    void check_money(const Want& want, const events::OrderId& id, const Order& order) const
    {
        static const PaymentBooks::OfOrder nothing;
        const auto found = around_.payments.by_order.find(id);
        const auto& has = found == around_.payments.by_order.end() ? nothing : found->second;
        want(!order.paid_by || has.completed.contains(*order.paid_by),
             "was confirmed by a payment of which it has no completion");
        if (order.cancelled || order.refused) {
            want(has.money.kept == 0, "keeps ", std::to_string(has.money.kept), " won of ",
                 std::to_string(has.money.captured));
            want(has.closed || !order.cancelled, "can still be paid");
            return;
        }
        if (!order.paid_by) return want(has.completed.empty(), "is paid but not confirmed");
        if (has.completed.size() != 1) {
            return want(false, "has ", std::to_string(has.completed.size()), " completed payments instead of one");
        }
        const auto& payment = has.completed.begin()->second;
        const auto due = order.accepted ? order.accepted->total_amount.value : 0;
        want(payment.amount == due, "is paid with ", std::to_string(payment.amount), " won instead of ",
             std::to_string(due));
        want(payment.back == payment.on_request, "has had ", std::to_string(payment.back), " won go back, ",
             std::to_string(payment.on_request), " of them on request");
    }

    /// Units that have left for good: what was paid, less what can be sold again.
    template <class Want>
    void check_goods(const Want& want, const events::OrderId& id, const Order& order) const
    {
        std::map<events::ProductId, std::int64_t> due;
        if (order.paid_by && !order.cancelled) due = order.wanted();
        for (const auto& [claim_id, claim] : around_.claims.claims) {
            if (claim.order_id != id) continue;
            for (const auto& [product, units] : claim.restocked) due[product] -= units;
        }
        const auto found = around_.stock.bought.find(id);
        if (found != around_.stock.bought.end()) {
            for (const auto& [product, units] : found->second) due[product] -= units;
        }
        for (const auto& [product, units] : due) {
            want(units == 0, "has ", std::to_string(-units), " of ", product.text(), " more than it should");
        }
    }

    /// Each claim has gone as far as the order says, and whoever gave something back has got what is due for it.
    template <class Want>
    void check_claims(const Want& want, const Order& order) const
    {
        for (const auto& [id, requested] : order.claims) {
            const auto found = around_.claims.claims.find(id);
            want(found != around_.claims.claims.end(), "has a claim that was never opened");
        }
        for (const auto& ended : order.ended) {
            const auto found = around_.claims.claims.find(ended.claim_id);
            if (found == around_.claims.claims.end()) {
                want(false, "has a claim that was never opened");
                continue;
            }
            const auto& claim = found->second;
            const auto back =
                around_.payments.back.find(events::RefundId{events::uuid_v5(ended.claim_id.value, "refund")});
            const auto money = back == around_.payments.back.end() ? 0 : back->second;
            want(claim.halted || money == ended.refund_amount.value, "has given back ", std::to_string(money),
                 " won instead of ", std::to_string(ended.refund_amount.value));
            if (ended.outcome == ClaimOutcome::dropped) {
                want(claim.status == "rejected" || claim.status == "withdrawn", "dropped what is ", claim.status);
            } else if (ended.outcome == ClaimOutcome::exchanged) {
                want(claim.status == "closed", "exchanged what is ", claim.status);
            } else {
                want(claim.status == "refunded" || claim.halted, "took back what is ", claim.status);
                want(claim.halted ||
                         (claim.money == ended.refund_amount.value && claim.points == ended.points_back.value),
                     "tells its buyer of another amount");
            }
        }
    }

    /// DOA-ORD-10 by hand, at the prices at which stock was held.
    template <class Want>
    static void check_prices(const Want& want, const Order& order,
                             const std::map<events::ProductId, StockBooks::Held>& held)
    {
        const auto& accepted = *order.accepted;
        std::int64_t sum = 0;
        want(accepted.lines.size() == order.lines.size(), "has other lines than were ordered");
        for (std::size_t i = 0; i < std::min(accepted.lines.size(), order.lines.size()); ++i) {
            const auto& line = accepted.lines[i];
            const auto hold = held.find(line.product_id);
            want(line.product_id == order.lines[i].product_id && line.quantity == order.lines[i].quantity,
                 "has another line than was ordered");
            want(hold != held.end() && hold->second.unit_price == line.unit_price.value &&
                     hold->second.name == line.name && hold->second.seller_id == line.seller_id,
                 "has another price than stock was held at");
            want(line.subtotal.value == line.unit_price.value * line.quantity, "has a wrong subtotal");
            sum += line.unit_price.value * line.quantity;
        }
        want(accepted.product_amount.value == sum, "has a wrong product amount");
        want(accepted.shipping_fee.value == (sum >= 50'000 ? 0 : 3'000), "has a wrong shipping fee");
        want(accepted.points_used.value == order.points_to_use, "uses other points than asked for");
        want(accepted.total_amount.value == sum + accepted.shipping_fee.value - order.points_to_use,
             "has a wrong total");
    }

    Findings& findings_;
    const Surroundings& around_;
    std::set<std::string> numbers_;
    const events::Record* record_ = nullptr;
};

/// Has an operator given the order up?
bool gives_up(const events::Record& input)
{
    if (input.envelope.type != events::sagas::InstancePushed::type) return false;
    events::sagas::InstancePushed pushed;
    events::sagas::from_json(input.value, pushed);
    return pushed.push == events::sagas::Push::compensate;
}

/// The first reason that the saga was told, by order.
std::map<std::string, events::Rejection> first_reasons(const Story& story)
{
    std::map<std::string, events::Rejection> reasons;
    for (const auto& partition : story.log.at(inbox_topic)) {
        for (const auto& input : partition) {
            if (gives_up(input)) {
                reasons.emplace(events::to_string(input.envelope.correlation_id), events::Rejection{"COMMON_503", {}});
            }
            if (input.envelope.type != events::rejected_type) continue;
            const auto command = events::rejected_command(input.value);
            if (command != events::inventory::HoldStock::type && command != events::points::SpendPoints::type &&
                command != AcceptOrder::type) {
                continue;
            }
            reasons.emplace(events::to_string(input.envelope.correlation_id), events::rejection_from_json(input.value));
        }
    }
    return reasons;
}

std::string items_of(const Order& order)
{
    std::string json;
    const auto member = [&](const char* name, const std::string& value) {
        json += std::string(json.back() == '{' ? "\"" : ",\"") + name + "\":" + value;
    };
    const auto quoted = [](const std::string& text) {
        std::string to;
        events::append_json(to, std::string_view(text));
        return to;
    };
    json = "[";
    for (std::size_t i = 0; i < order.lines.size(); ++i) {
        json += i == 0 ? "{" : ",{";
        member("productId", quoted(order.lines[i].product_id.text()));
        member("quantity", std::to_string(order.lines[i].quantity));
        if (order.accepted) {
            const auto& line = order.accepted->lines[i];
            member("productName", quoted(line.name));
            member("productPrice", std::to_string(line.unit_price.value));
            member("sellerId", quoted(line.seller_id.text()));
            member("subtotal", std::to_string(line.subtotal.value));
        }
        if (order.lines[i].options) member("options", order.lines[i].options->text);
        json += '}';
    }
    return json + "]";
}

std::string address_of(const ShippingAddress& address)
{
    std::string json;
    const auto member = [&](const char* name, const std::string& value) {
        json += std::string(json.empty() ? "{\"" : ",\"") + name + "\":";
        events::append_json(json, std::string_view(value));
    };
    member("recipientName", address.recipient_name);
    member("phone", address.phone);
    member("zipCode", address.zip_code);
    member("address", address.address);
    if (address.address_detail) member("addressDetail", *address.address_detail);
    if (address.sealed) member("sealed", *address.sealed);
    return json + "}";
}

std::string shipments_of(const Order& order)
{
    std::string json = "[";
    for (const auto& part : order.parts) {
        if (json.size() > 1) json += ',';
        json += R"({"shipmentId":")" + part.shipped.shipment_id.text() + R"(","sellerId":")" +
                part.shipped.seller_id.text() + R"(","carrier":)";
        events::append_json(json, std::string_view(part.shipped.carrier));
        json += R"(,"trackingNumber":)";
        events::append_json(json, std::string_view(part.shipped.tracking_number));
        json += R"(,"shippedAt":")" + events::to_iso8601(part.shipped_at) + '"';
        if (part.delivered_at) json += R"(,"deliveredAt":")" + events::to_iso8601(*part.delivered_at) + '"';
        json += '}';
    }
    return json + "]";
}

Row row_of(const Order& order)
{
    const auto amount = [&](auto pick) { return std::to_string(order.accepted ? pick(*order.accepted).value : 0); };
    std::string positions = "[";
    for (const auto* event : order.history) {
        positions += (positions.size() > 1 ? ",[" : "[") + std::to_string(event->partition) + "," +
                     std::to_string(event->offset) + "]";
    }
    std::string reason = null_text;
    if (order.refused) reason = order.refused->code;
    if (order.cancelled) reason = order.cancelled->reason;
    return {order.number,
            order.user_id.text(),
            order.status,
            !order.paid_by    ? "pending"
            : order.cancelled ? "refunded"
                              : "completed",
            amount([](const auto& a) { return a.product_amount; }),
            amount([](const auto& a) { return a.shipping_fee; }),
            amount([](const auto& a) { return a.points_used; }),
            amount([](const auto& a) { return a.total_amount; }),
            items_of(order),
            address_of(order.address),
            shipments_of(order),
            order.kept_at ? text_of(*order.kept_at) : null_text,
            order.kept ? std::string(to_text(order.kept->cause)) : null_text,
            reason,
            order.refused ? order.refused->details.text : null_text,
            order.cancelled ? std::string(to_text(order.cancelled->cause)) : null_text,
            positions + "]",
            text_of(order.history.front()->envelope.time),
            text_of(order.history.back()->envelope.time),
            std::to_string(order.history.size())};
}

/// A replacement is held and sent by the claim's id.
void check_replacements(const Surroundings& around, Findings& findings)
{
    for (const auto& [id, claim] : around.claims.claims) {
        const events::OrderId name{id.value};
        for (const auto& [product, units] : claim.units) {
            const auto held = around.stock.by_order.find(name);
            const bool some = held != around.stock.by_order.end() && held->second.contains(product);
            const auto kept = some ? held->second.at(product).quantity : 0;
            const auto bought = around.stock.bought.find(name);
            const auto gone = bought == around.stock.bought.end() || !bought->second.contains(product)
                                  ? 0
                                  : bought->second.at(product);
            findings.want(kept == (claim.kept_for_it ? units : 0) && gone == (claim.sent_for_it ? units : 0), "claim ",
                          id.text(), " (", claim.status, ") has ", std::to_string(kept), " units kept and ",
                          std::to_string(gone), " sent instead of ", std::to_string(units));
        }
    }
}

}  // namespace

void check_orders(const Story& story, const Surroundings& around, Findings& findings, Tables& tables)
{
    Books books(findings, around);
    for (const auto& partition : story.accepted.at("orders")) {
        for (const auto* record : partition) books.see(*record);
    }
    const auto reasons = first_reasons(story);
    auto& rows = tables["read_orders.orders"];
    for (const auto& [id, order] : books.orders) {
        if (order.lines.empty()) {
            findings.add("order " + id.text() + " was never placed");
            continue;
        }
        books.settle(id, order);
        if (order.refused) {
            const auto reason = reasons.find(id.text());
            findings.want(reason != reasons.end() && reason->second.code == order.refused->code &&
                              same_json(events::details_to_json(reason->second.details), order.refused->details.text),
                          "order ", id.text(), " is refused for another than the first reason");
        } else {
            findings.want(!reasons.contains(id.text()), "order ", id.text(), " is not refused though a step was");
        }
        rows[id.text()] = row_of(order);
    }
    for (const auto& [id, has] : around.payments.by_order) {
        findings.want(has.money.kept == 0 || books.orders.contains(id), "money is kept for ", id.text(),
                      ", an order that was never placed");
    }
    for (const auto& [id, held] : around.stock.by_order) {
        for (const auto& [product, hold] : held) {
            const bool kept = around.claims.claims.contains({id.value});
            findings.want(hold.quantity == 0 || kept || books.orders.contains(id), "stock is held for ", id.text(),
                          ", an order that was never placed");
        }
    }
    check_replacements(around, findings);
}

void keep_commands(const Story& story, Tables& tables)
{
    auto& outcomes = tables["read_commands.outcomes"];
    auto& refusals = tables["read_commands.refusals"];
    for (const auto& context : contexts) {
        for (const auto& partition : story.accepted.at(context)) {
            for (const auto* record : partition) {
                const auto& says = record->envelope;
                const bool refused = says.type == events::rejected_type;
                const auto place = std::to_string(record->partition) + "/" + std::to_string(record->offset);
                if (refused) {
                    refusals[context + "/" + place] = {
                        events::to_string(says.correlation_id), events::rejected_command(record->value),
                        events::rejection_from_json(record->value).code, text_of(says.time)};
                }
                const auto& asked = !refused && !says.settles.instance.empty() ? says.settles : says.reply_to;
                if (asked.instance.empty() || begins_a_process(says.type)) continue;
                // The first answer to a question stays; another one would be a finding of check_answers.
                outcomes.emplace(
                    events::to_string(asked.request_id),
                    Row{says.type, record->value, std::to_string(static_cast<std::int64_t>(says.fingerprint)), context,
                        place, text_of(says.time)});
            }
        }
    }
}

}  // namespace jangteo::e2e
