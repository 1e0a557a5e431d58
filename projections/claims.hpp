// read_claims: what buyers give back, as buyer and seller see it (DOA-ORD-09, SM-08).
#pragma once

#include "events/claims.hpp"
#include "projections/runtime/rows.hpp"

#include <array>

namespace jangteo::projections::claims {

using namespace events::claims;

enum class Status { requested, approved, rejected, withdrawn, collecting, received, refunded, reshipped, closed };
BOOST_DESCRIBE_ENUM(Status, requested, approved, rejected, withdrawn, collecting, received, refunded, reshipped, closed)

/// Goods on their way: back to the seller, or their replacement to the buyer.
struct Handover {
    std::string carrier;
    std::string tracking_number;
    events::Timestamp at{};
};
BOOST_DESCRIBE_STRUCT(Handover, (), (carrier, tracking_number, at))

struct Claim {
    static constexpr std::string_view table = "claims";

    events::ClaimId claim_id;
    events::OrderId order_id;
    events::UserId user_id;
    events::SellerId seller_id;
    ClaimKind kind{};  ///< What it is now: an exchange that was given up is a refund.
    Status status = Status::requested;
    std::vector<ClaimLine> lines;
    std::string reason;
    std::vector<std::string> image_urls;
    std::optional<events::Json> wanted_options;
    std::optional<bool> sellers_fault;            ///< As the seller said when he approved it.
    std::optional<std::string> rejection_reason;  ///< Why he did not.
    std::vector<Handover> collection;             ///< None or one; and so is the replacement.
    std::vector<ReceivedLine> received;
    std::optional<std::string> exchange_given_up;  ///< The code of why there was no replacement.
    bool replacement_ready = false;
    std::vector<Handover> replacement;
    events::Won refund_amount;  ///< What has gone back, as these.
    events::Points points_back;
    events::Won shipping_fee;
    std::optional<std::string> trouble;  ///< The code of why the money could not be given back; it waits for somebody.
    std::optional<std::string> trouble_message;
    std::vector<std::array<std::int64_t, 2>>
        positions;  ///< [partition, offset] of its events, for its order's history.
    events::Timestamp created_at{};
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(Claim, (),
                      (claim_id, order_id, user_id, seller_id, kind, status, lines, reason, image_urls, wanted_options,
                       sellers_fault, rejection_reason, collection, received, exchange_given_up, replacement_ready,
                       replacement, refund_amount, points_back, shipping_fee, trouble, trouble_message, positions,
                       created_at, updated_at))

struct Projection {
    static constexpr std::string_view name = "claims";
    static constexpr int version = 1;
    static constexpr std::array reads = {context};
    using Event = events::claims::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    using Rows = projections::Rows<
        Keyed<Claim, Key<&Claim::claim_id>, Index<&Claim::order_id>, Index<&Claim::user_id, &Claim::created_at>,
              Index<&Claim::seller_id, &Claim::created_at>>>;

    static void apply(Rows& rows, const ClaimOpened& e, const Meta& m)
    {
        Claim claim;
        claim.claim_id = e.claim_id;
        claim.order_id = e.order_id;
        claim.user_id = e.user_id;
        claim.seller_id = e.seller_id;
        claim.kind = e.kind;
        claim.lines = e.lines;
        claim.reason = e.reason;
        claim.image_urls = e.image_urls;
        claim.wanted_options = e.wanted_options;
        claim.created_at = m.time;
        happened(claim, m);
        rows.put(std::move(claim));
    }
    static void apply(Rows& rows, const ClaimApproved& e, const Meta& m)
    {
        moved(rows, e, m, Status::approved).sellers_fault = e.sellers_fault;
    }
    static void apply(Rows& rows, const ClaimRejected& e, const Meta& m)
    {
        moved(rows, e, m, Status::rejected).rejection_reason = e.reason;
    }
    static void apply(Rows& rows, const ClaimWithdrawn& e, const Meta& m) { moved(rows, e, m, Status::withdrawn); }
    static void apply(Rows& rows, const CollectionStarted& e, const Meta& m)
    {
        moved(rows, e, m, Status::collecting).collection = {{e.carrier, e.tracking_number, m.time}};
    }
    static void apply(Rows& rows, const GoodsReceived& e, const Meta& m)
    {
        moved(rows, e, m, Status::received).received = e.lines;
    }
    static void apply(Rows& rows, const ReplacementReady& e, const Meta& m)
    {
        moved(rows, e, m, Status::received).replacement_ready = true;
    }
    static void apply(Rows& rows, const ExchangeGivenUp& e, const Meta& m)
    {
        auto& claim = moved(rows, e, m, Status::received);
        claim.kind = ClaimKind::refund;
        claim.exchange_given_up = e.code;
    }
    static void apply(Rows& rows, const GoodsReshipped& e, const Meta& m)
    {
        moved(rows, e, m, Status::reshipped).replacement = {{e.carrier, e.tracking_number, m.time}};
    }
    static void apply(Rows& rows, const ClaimClosed& e, const Meta& m) { moved(rows, e, m, Status::closed); }
    static void apply(Rows& rows, const ClaimRefunded& e, const Meta& m)
    {
        auto& claim = moved(rows, e, m, Status::refunded);
        claim.refund_amount = e.refund_amount;
        claim.points_back = e.points_back;
        claim.shipping_fee = e.shipping_fee;
        claim.trouble.reset();
        claim.trouble_message.reset();
    }
    static void apply(Rows& rows, const ClaimHalted& e, const Meta& m)
    {
        auto& claim = moved(rows, e, m, Status::received);
        claim.trouble = e.code;
        claim.trouble_message = e.message;
    }
    static void apply(Rows& rows, const ClaimResumed& e, const Meta& m)
    {
        auto& claim = moved(rows, e, m, Status::received);
        claim.trouble.reset();
        claim.trouble_message.reset();
    }

private:
    static Claim& moved(Rows& rows, const auto& event, const Meta& m, Status status)
    {
        auto& claim = rows.existing<Claim>(event.claim_id);
        claim.status = status;
        happened(claim, m);
        return claim;
    }
    static void happened(Claim& claim, const Meta& m)
    {
        claim.positions.push_back({m.partition, m.offset});
        claim.updated_at = m.time;
    }
};

}  // namespace jangteo::projections::claims
