// One claim: goods of one seller in one order that a buyer gives back, for the money or for others of the same kind
// (SM-08, DOA-ORD-06, 07). Whether they may be claimed the order has judged before this opens; here is what becomes of
// them: approved or rejected by the seller, collected, received and looked at; then the money goes back, or a replacement
// goes out. Stock, points, money and the order are the saga's work (sagas/claim_process.hpp).
#pragma once

#include "events/claims.hpp"
#include "producers/runtime/decider.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <string>
#include <vector>

namespace jangteo::producers::claims {

using namespace events::claims;  // The messages of this context, and nothing else, are spoken of here.
using events::ClaimId;
using events::OrderId;
using events::ProductId;
using events::Rejection;

enum class Status { none, requested, approved, rejected, withdrawn, collecting, received, refunded, reshipped, closed };
BOOST_DESCRIBE_ENUM(Status, none, requested, approved, rejected, withdrawn, collecting, received, refunded, reshipped,
                    closed)

struct Decider {
    using Command = events::claims::Command;
    using Event = events::claims::Event;

    struct State {
        Status status = Status::none;
        OrderId order_id;
        ClaimKind kind{};  ///< An exchange that is given up becomes a refund.
        std::vector<ClaimLine> lines;
        bool sellers_fault = false;
        bool replacement_ready = false;
        bool halted = false;  ///< The money could not be given back.

        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (status, order_id, kind, lines, sellers_fault, replacement_ready, halted), (),
                             ())
    };

    // --- The buyer ---

    static Decision<Event> decide(const OpenClaim& c, const State& s, const Meta&)
    {
        if (s.status != Status::none) return Already{};
        return ClaimOpened{c.claim_id, c.order_id, c.user_id,    c.seller_id,     c.kind,
                           c.lines,    c.reason,   c.image_urls, c.wanted_options};
    }

    static Decision<Event> decide(const WithdrawClaim& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.status == Status::withdrawn) return Already{};
        if (s.status != Status::requested) return illegal(c.claim_id, s);
        return ClaimWithdrawn{c.claim_id, s.order_id};
    }

    // --- The seller ---

    static Decision<Event> decide(const ApproveClaim& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.status == Status::approved) return Already{};
        if (s.status != Status::requested) return illegal(c.claim_id, s);
        return ClaimApproved{c.claim_id, s.order_id, c.sellers_fault};
    }

    static Decision<Event> decide(const RejectClaim& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.status == Status::rejected) return Already{};
        if (s.status != Status::requested) return illegal(c.claim_id, s);
        return ClaimRejected{c.claim_id, s.order_id, c.reason};
    }

    static Decision<Event> decide(const CollectGoods& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.status == Status::collecting) return Already{};
        if (s.status != Status::approved) return illegal(c.claim_id, s);
        return CollectionStarted{c.claim_id, s.order_id, c.carrier, c.tracking_number};
    }

    static Decision<Event> decide(const ReceiveGoods& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.status == Status::received) return Already{};
        if (s.status != Status::collecting) return illegal(c.claim_id, s);
        if (!accounts_for_all(c.lines, s)) return not_what_was_claimed(c);
        return GoodsReceived{c.claim_id, s.order_id, s.kind, c.lines, s.sellers_fault};
    }

    static Decision<Event> decide(const ReshipGoods& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.status == Status::reshipped || s.status == Status::closed) return Already{};
        if (s.status != Status::received || !s.replacement_ready) return illegal(c.claim_id, s);
        return GoodsReshipped{c.claim_id, s.order_id, c.carrier, c.tracking_number};
    }

    static Decision<Event> decide(const ResumeClaim& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.status == Status::refunded) return Already{};
        if (!s.halted) return illegal(c.claim_id, s);
        return ClaimResumed{c.claim_id, s.order_id};
    }

    // --- The process ---

    static Decision<Event> decide(const ReadyReplacement& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.replacement_ready) return Already{};
        if (s.status != Status::received || s.kind != ClaimKind::exchange) return illegal(c.claim_id, s);
        return ReplacementReady{c.claim_id, s.order_id};
    }

    static Decision<Event> decide(const GiveUpExchange& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.kind == ClaimKind::refund) return Already{};
        if (s.status != Status::received || s.replacement_ready) return illegal(c.claim_id, s);
        return ExchangeGivenUp{c.claim_id, s.order_id, c.code, s.sellers_fault};
    }

    static Decision<Event> decide(const CloseClaim& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.status == Status::closed) return Already{};
        if (s.status != Status::reshipped) return illegal(c.claim_id, s);
        return ClaimClosed{c.claim_id, s.order_id};
    }

    /// Even of a claim that waits: a gateway that refused may have done it all the same.
    static Decision<Event> decide(const CompleteReturn& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.status == Status::refunded) return Already{};
        if (s.status != Status::received || s.kind != ClaimKind::refund) return illegal(c.claim_id, s);
        return ClaimRefunded{c.claim_id, s.order_id, c.refund_amount, c.points_back, c.shipping_fee};
    }

    static Decision<Event> decide(const HaltClaim& c, const State& s, const Meta&)
    {
        if (s.status == Status::none) return unknown(c.claim_id);
        if (s.halted) return Already{};
        if (s.status != Status::received || s.kind != ClaimKind::refund) return illegal(c.claim_id, s);
        return ClaimHalted{c.claim_id, s.order_id, c.code, c.message};
    }

    // --- What has happened ---

    static void evolve(State& s, const ClaimOpened& e, const Meta&)
    {
        s.status = Status::requested;
        s.order_id = e.order_id;
        s.kind = e.kind;
        s.lines = e.lines;
    }
    static void evolve(State& s, const ClaimWithdrawn&, const Meta&) { s.status = Status::withdrawn; }
    static void evolve(State& s, const ClaimApproved& e, const Meta&)
    {
        s.status = Status::approved;
        s.sellers_fault = e.sellers_fault;
    }
    static void evolve(State& s, const ClaimRejected&, const Meta&) { s.status = Status::rejected; }
    static void evolve(State& s, const CollectionStarted&, const Meta&) { s.status = Status::collecting; }
    static void evolve(State& s, const GoodsReceived&, const Meta&) { s.status = Status::received; }
    static void evolve(State& s, const ReplacementReady&, const Meta&) { s.replacement_ready = true; }
    static void evolve(State& s, const ExchangeGivenUp&, const Meta&) { s.kind = ClaimKind::refund; }
    static void evolve(State& s, const GoodsReshipped&, const Meta&) { s.status = Status::reshipped; }
    static void evolve(State& s, const ClaimClosed&, const Meta&) { s.status = Status::closed; }
    static void evolve(State& s, const ClaimHalted&, const Meta&) { s.halted = true; }
    static void evolve(State& s, const ClaimResumed&, const Meta&) { s.halted = false; }
    static void evolve(State& s, const ClaimRefunded&, const Meta&)
    {
        s.status = Status::refunded;
        s.halted = false;
    }

private:
    // --- The rules ---

    /// Each product of the claim once, and each of its units in one state or the other.
    static bool accounts_for_all(const std::vector<ReceivedLine>& received, const State& s)
    {
        return received.size() == s.lines.size() && std::ranges::all_of(s.lines, [&](const ClaimLine& line) {
                   const auto found = std::ranges::find(received, line.product_id, &ReceivedLine::product_id);
                   return found != received.end() && found->resellable >= 0 && found->damaged >= 0 &&
                          found->resellable + found->damaged == line.quantity;
               });
    }

    // --- Refusals ---

    static Rejection unknown(const ClaimId& id) { return {"COMMON_404", {{"claimId", id.text()}}}; }

    static Rejection illegal(const ClaimId& id, const State& s)
    {
        return {"ORD_003",
                {{"claimId", id.text()}, {"status", std::string(boost::describe::enum_to_string(s.status, ""))}}};
    }

    static Rejection not_what_was_claimed(const ReceiveGoods& c)
    {
        return {"COMMON_400", {{"claimId", c.claim_id.text()}, {"lines", static_cast<std::int64_t>(c.lines.size())}}};
    }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::claims
