#include "events/claims.hpp"
#include "events/codec.hpp"
#include "http-edge/claims/claims.hpp"
#include "http-edge/claims/stored_claim.hpp"
#include "http-edge/server/json_members.hpp"

#include <algorithm>

namespace jangteo::edge::claims {

using namespace events::claims;

namespace {

constexpr std::size_t most_lines = 400;  ///< Each product in both states.
constexpr std::int64_t most_units = 20'000;

struct Sending {
    events::Record command;
    Render render;
};

/// A command, and the status that the claim has once it is done.
template <class Event, class Command>
Sending sending(Exchange& x, const BodyReader& body, const StoredClaim& claim, const Command& command,
                std::string_view status)
{
    Render render = [status](Exchange&, const Answer& answer) {
        const auto event = read<Event>(answer);
        std::string data = R"({"id":)";
        events::append_json(data, event.claim_id);
        append_member(data, "orderId", event.order_id);
        append_member(data, "status", status);
        return success_response(200, data + '}', "반품·교환 상태가 변경되었습니다");
    };
    // It belongs to the order's story, so it goes by the order's id.
    return {command_record(x, head_of(x, body), context, command, claim.id.text(), claim.order_id.value),
            std::move(render)};
}

/// What a change of status has to say beside it, whatever the status.
struct Change {
    std::string status;
    bool sellers_fault = false;
    std::string reason;
    std::string carrier;
    std::string tracking_number;
    std::vector<ReceivedLine> received;
};

bool read_fault(const Fields& fields)
{
    const auto fault = fields.optional_text("fault", 10).value_or("buyer");
    if (fault != "buyer" && fault != "seller") {
        fields.wrong("fault", {"buyer 또는 seller여야 합니다", "must be buyer or seller"});
    }
    return fault == "seller";
}

/// Each item says how many units of a product came back in which condition.
std::vector<ReceivedLine> read_received(const Fields& fields)
{
    std::vector<ReceivedLine> lines;
    fields.each("items", 1, most_lines, [&](const Fields& item, std::size_t) {
        const auto product = item.id<events::ProductId>("productId");
        const auto quantity = item.integer("quantity", 1, most_units);
        const auto condition = item.text("condition", 1, 20);
        if (!condition.empty() && condition != "resellable" && condition != "damaged") {
            item.wrong("condition", {"resellable 또는 damaged여야 합니다", "must be resellable or damaged"});
        }
        auto line = std::ranges::find(lines, product, &ReceivedLine::product_id);
        if (line == lines.end()) line = lines.insert(line, {product, 0, 0});
        (condition == "damaged" ? line->damaged : line->resellable) += quantity;
    });
    return lines;
}

Change read_change(BodyReader& body)
{
    Change change;
    const auto fields = body.fields();
    change.status = fields.text("status", 1, 20);
    if (change.status == "approved") change.sellers_fault = read_fault(fields);
    if (change.status == "rejected") change.reason = fields.text("reason", 1, 500);
    if (change.status == "received") change.received = read_received(fields);
    if (change.status == "collecting" || change.status == "reshipped") {
        change.carrier = fields.text("carrier", 1, 40);
        change.tracking_number = fields.text("trackingNumber", 1, 64);
    }
    body.check();
    return change;
}

Sending sending(Exchange& x, const BodyReader& body, const StoredClaim& claim, const Change& change)
{
    const auto& [status, fault, reason, carrier, number, received] = change;
    const auto& id = claim.id;
    if (status == "withdrawn") return sending<ClaimWithdrawn>(x, body, claim, WithdrawClaim{id}, "withdrawn");
    if (status == "approved") return sending<ClaimApproved>(x, body, claim, ApproveClaim{id, fault}, "approved");
    if (status == "rejected") return sending<ClaimRejected>(x, body, claim, RejectClaim{id, reason}, "rejected");
    if (status == "collecting") {
        return sending<CollectionStarted>(x, body, claim, CollectGoods{id, carrier, number}, "collecting");
    }
    if (status == "received") return sending<GoodsReceived>(x, body, claim, ReceiveGoods{id, received}, "received");
    if (status == "reshipped") {
        return sending<GoodsReshipped>(x, body, claim, ReshipGoods{id, carrier, number}, "reshipped");
    }
    if (status == "refunded") return sending<ClaimResumed>(x, body, claim, ResumeClaim{id}, "received");
    throw Problem("ORD_003");  // To no other status by saying so.
}

}  // namespace

/// SM-08: the buyer may withdraw, everything else is said by the seller or an admin. `refunded` has a claim tried again
/// whose money could not be given back; whatever else leads there happens by itself.
Awaitable<Response> change(Exchange& x)
{
    BodyReader body(x.request);
    const auto change = read_change(body);
    const auto claim = co_await claim_of_caller(x);
    const bool of_the_buyer = change.status == "withdrawn";
    const bool may =
        of_the_buyer ? x.caller().may_act_for(claim.user_id) : x.caller().admin() || claim.sold_by(x.caller());
    if (!may) throw Problem("COMMON_403");
    auto [command, render] = sending(x, body, claim, change);
    auto response = co_await settle(x, std::move(command), std::move(render));
    co_return response;
}

}  // namespace jangteo::edge::claims
