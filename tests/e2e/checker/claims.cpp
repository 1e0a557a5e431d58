#include "events/claims.hpp"
#include "tests/e2e/checker/checker.hpp"

#include <algorithm>

namespace jangteo::e2e {

namespace {

using namespace events::claims;

struct Handover {
    std::string carrier;
    std::string tracking_number;
    events::Timestamp at;
};

struct Claim {
    std::optional<ClaimOpened> opened{};
    std::string status = "unknown";
    ClaimKind kind{};
    std::optional<bool> sellers_fault{};
    std::optional<std::string> rejected{};
    std::optional<Handover> collection{};
    std::vector<ReceivedLine> received{};
    std::optional<std::string> given_up{};
    bool ready = false;
    std::optional<Handover> replacement{};
    std::optional<ClaimRefunded> refunded{};
    std::optional<ClaimHalted> halted{};
    std::vector<const events::Record*> history{};
};

class Books {
public:
    explicit Books(Findings& findings) : findings_(findings) {}

    void see(const events::Record& record)
    {
        record_ = &record;
        if (record.envelope.type == events::rejected_type) return;
        std::visit(
            [&](const auto& event) {
                Claim& claim = claims[event.claim_id];
                claim.history.push_back(&record);
                const bool first = claim.history.size() == 1;
                want(first || claim.opened->order_id == event.order_id, "is of another order");
                apply(claim, event);
            },
            decode_event(record.envelope.type, record.value));
    }

    std::map<events::ClaimId, Claim> claims;

private:
    void want(bool good, const std::string& what)
    {
        findings_.want(good, *record_, " ", record_->envelope.type, ": ", what);
    }
    /// SM-08: a step from this status, and to the next one.
    void step(Claim& claim, const char* from, const char* to)
    {
        want(claim.status == from, "comes after the claim was " + claim.status);
        claim.status = to;
    }
    [[nodiscard]] events::Timestamp time() const { return record_->envelope.time; }

    void apply(Claim& claim, const ClaimOpened& e)
    {
        step(claim, "unknown", "requested");
        claim.opened = e;
        claim.kind = e.kind;
    }
    void apply(Claim& claim, const ClaimApproved& e)
    {
        step(claim, "requested", "approved");
        claim.sellers_fault = e.sellers_fault;
    }
    void apply(Claim& claim, const ClaimRejected& e)
    {
        step(claim, "requested", "rejected");
        claim.rejected = e.reason;
    }
    void apply(Claim& claim, const ClaimWithdrawn&) { step(claim, "requested", "withdrawn"); }
    void apply(Claim& claim, const CollectionStarted& e)
    {
        step(claim, "approved", "collecting");
        claim.collection = Handover{e.carrier, e.tracking_number, time()};
    }
    void apply(Claim& claim, const GoodsReceived& e)
    {
        step(claim, "collecting", "received");
        want(e.kind == claim.kind && e.sellers_fault == claim.sellers_fault, "is not what was approved");
        std::map<events::ProductId, std::int64_t> units;
        for (const auto& line : claim.opened->lines) units[line.product_id] += line.quantity;
        for (const auto& line : e.lines) units[line.product_id] -= line.resellable + line.damaged;
        const bool all = std::ranges::all_of(units, [](const auto& one) { return one.second == 0; });
        want(all, "does not account for every unit of the claim");
        claim.received = e.lines;
    }
    void apply(Claim& claim, const ReplacementReady&)
    {
        step(claim, "received", "received");
        want(claim.kind == ClaimKind::exchange && !claim.ready, "is ready for nothing");
        claim.ready = true;
    }
    void apply(Claim& claim, const ExchangeGivenUp& e)
    {
        step(claim, "received", "received");
        want(claim.kind == ClaimKind::exchange && !claim.ready, "gives up what there is not");
        claim.kind = ClaimKind::refund;
        claim.given_up = e.code;
    }
    void apply(Claim& claim, const GoodsReshipped& e)
    {
        step(claim, "received", "reshipped");
        want(claim.ready, "sends what is not there");
        claim.replacement = Handover{e.carrier, e.tracking_number, time()};
    }
    void apply(Claim& claim, const ClaimClosed&) { step(claim, "reshipped", "closed"); }
    void apply(Claim& claim, const ClaimRefunded& e)
    {
        step(claim, "received", "refunded");
        want(claim.kind == ClaimKind::refund, "pays for an exchange");
        claim.refunded = e;
        claim.halted.reset();
    }
    void apply(Claim& claim, const ClaimHalted& e)
    {
        step(claim, "received", "received");
        want(claim.kind == ClaimKind::refund && !claim.halted, "waits twice, or for nothing");
        claim.halted = e;
    }
    void apply(Claim& claim, const ClaimResumed&)
    {
        step(claim, "received", "received");
        want(claim.halted.has_value(), "goes on though it did not wait");
        claim.halted.reset();
    }

    Findings& findings_;
    const events::Record* record_ = nullptr;
};

std::string quoted(std::string_view text)
{
    std::string json;
    events::append_json(json, text);
    return json;
}
std::string json_of(const std::optional<Handover>& handover)
{
    if (!handover) return "[]";
    return R"([{"carrier":)" + quoted(handover->carrier) + R"(,"trackingNumber":)" + quoted(handover->tracking_number) +
           R"(,"at":")" + events::to_iso8601(handover->at) + "\"}]";
}
template <class Items, class Json>
std::string list_of(const Items& items, Json json)
{
    std::string text = "[";
    for (const auto& item : items) text += (text.size() > 1 ? "," : "") + json(item);
    return text + "]";
}

Row row_of(const Claim& claim)
{
    const auto& opened = *claim.opened;
    const auto number = [](std::int64_t value) { return std::to_string(value); };
    const auto lines = list_of(opened.lines, [&](const ClaimLine& line) {
        return R"({"productId":")" + line.product_id.text() + R"(","quantity":)" + number(line.quantity) + "}";
    });
    const auto received = list_of(claim.received, [&](const ReceivedLine& line) {
        return R"({"productId":")" + line.product_id.text() + R"(","resellable":)" + number(line.resellable) +
               R"(,"damaged":)" + number(line.damaged) + "}";
    });
    return {opened.order_id.text(),
            opened.user_id.text(),
            opened.seller_id.text(),
            std::string(to_text(claim.kind)),
            claim.status,
            lines,
            opened.reason,
            list_of(opened.image_urls, [](const std::string& address) { return quoted(address); }),
            opened.wanted_options ? opened.wanted_options->text : null_text,
            claim.sellers_fault ? (*claim.sellers_fault ? "true" : "false") : null_text,
            claim.rejected.value_or(null_text),
            json_of(claim.collection),
            received,
            claim.given_up.value_or(null_text),
            claim.ready ? "true" : "false",
            json_of(claim.replacement),
            number(claim.refunded ? claim.refunded->refund_amount.value : 0),
            number(claim.refunded ? claim.refunded->points_back.value : 0),
            number(claim.refunded ? claim.refunded->shipping_fee.value : 0),
            claim.halted ? claim.halted->code : null_text,
            claim.halted ? claim.halted->message : null_text,
            list_of(claim.history,
                    [&](const events::Record* event) {
                        return "[" + number(event->partition) + "," + number(event->offset) + "]";
                    }),
            text_of(claim.history.front()->envelope.time),
            text_of(claim.history.back()->envelope.time)};
}

}  // namespace

ClaimBooks keep_claims(const Story& story, Findings& findings, Tables& tables)
{
    Books books(findings);
    for (const auto& partition : story.accepted.at("claims")) {
        for (const auto* record : partition) books.see(*record);
    }
    ClaimBooks kept;
    auto& rows = tables["read_claims.claims"];
    for (const auto& [id, claim] : books.claims) {
        if (!claim.opened) {
            findings.add("claim " + id.text() + " was never opened");
            continue;
        }
        auto& one = kept.claims[id];
        one.order_id = claim.opened->order_id;
        one.status = claim.status;
        one.halted = claim.halted.has_value();
        one.kept_for_it = claim.ready && claim.status == "received";
        one.sent_for_it = claim.replacement.has_value();
        for (const auto& line : claim.opened->lines) one.units[line.product_id] += line.quantity;
        for (const auto& line : claim.received) one.restocked[line.product_id] += line.resellable;
        if (claim.refunded) {
            one.money = claim.refunded->refund_amount.value;
            one.points = claim.refunded->points_back.value;
        }
        rows[id.text()] = row_of(claim);
    }
    return kept;
}

}  // namespace jangteo::e2e
