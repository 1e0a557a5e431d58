// What follows from the claims of one order (SM-08): what comes back is put on the shelf again, money and points go back
// to the buyer, or a replacement goes out.
//
//   ClaimRequested ─▶ OpenClaim ─▶ ClaimOpened answers the buyer
//   GoodsReceived ─▶ RestoreStock of what can be sold again; then, one claim of the order after the other,
//     refund ─▶ EndClaim ─▶ ClaimEnded says what is due ─▶ RequestRefund, RestorePoints ─▶ both back ─▶ CompleteReturn
//     exchange ─▶ HoldStock for every product, in the claim's name ─▶ all there ─▶ ReadyReplacement
//   GoodsReshipped ─▶ DeductStock, EndClaim ─▶ CloseClaim
//   ClaimRejected, ClaimWithdrawn ─▶ EndClaim: the order is as if nobody had asked
//   no stock for a replacement ─▶ release what was had, GiveUpExchange ─▶ ExchangeGivenUp: from here on it is a refund
//   money or points are refused ─▶ HaltClaim: it waits, with the reason, until somebody resumes it
//
// One claim of an order at a time is settled, because a refusal names neither the claim nor the line it is about. Late and
// repeated messages find a claim that has moved on.
#pragma once

#include "events/claims.hpp"
#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "sagas/runtime/saga.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jangteo::sagas {

struct ClaimProcess {
    static constexpr std::string_view name = "claim_process";

    using Input =
        std::variant<events::orders::ClaimRequested, events::claims::GoodsReceived, events::orders::ClaimEnded,
                     events::points::PointsRestored, events::payments::PaymentRefunded, events::claims::ClaimRefunded,
                     events::inventory::StockHeld, events::claims::ReplacementReady, events::claims::GoodsReshipped,
                     events::claims::ClaimRejected, events::claims::ClaimWithdrawn, Refused,
                     events::claims::ExchangeGivenUp, events::payments::RefundFailed, events::claims::ClaimHalted,
                     events::claims::ClaimResumed>;

    /// What a claim waits for: its seller, its turn, the order to say what is due, money and points, stock for the
    /// replacement, somebody to look at it, or nothing any more.
    enum class Waits { seller, turn, due, money, stock, somebody, done };
    BOOST_DESCRIBE_NESTED_ENUM(Waits, seller, turn, due, money, stock, somebody, done)

    struct Claim {
        Waits waits = Waits::seller;
        events::orders::ClaimKind kind{};
        std::map<events::ProductId, std::int64_t> quantities;
        bool sellers_fault = false;
        // What is due to the buyer, once the order has said so, and what of it is back.
        bool due_known = false;
        std::optional<events::PaymentId> paid_by;
        events::Won money;
        events::Points points;
        events::Won shipping_fee;
        bool money_back = false;
        bool points_back = false;
        // The replacement.
        std::set<events::ProductId> unanswered;
        std::string refusal_code;  ///< The first reason why it cannot be had.

        [[nodiscard]] bool all_back() const { return waits != Waits::done && due_known && money_back && points_back; }
        BOOST_DESCRIBE_CLASS(Claim, (),
                             (waits, kind, quantities, sellers_fault, due_known, paid_by, money, points, shipping_fee,
                              money_back, points_back, unanswered, refusal_code),
                             (), ())
    };

    struct State {
        events::OrderId order_id;
        events::UserId user_id;
        std::map<events::ClaimId, Claim> claims;
        std::vector<events::ClaimId> to_settle;  ///< It is the first one's turn.
        std::optional<events::ClaimId> begins;   ///< Whose turn the last input has brought.
        BOOST_DESCRIBE_CLASS(State, (), (order_id, user_id, claims, to_settle, begins), (), ())
    };

    static std::string_view phase(const State& s)
    {
        if (!s.to_settle.empty()) return "settling";
        const bool done =
            std::ranges::all_of(s.claims, [](const auto& one) { return one.second.waits == Waits::done; });
        return done ? "done" : "waiting";
    }

    // ---- Happy path -------------------------------------------------------------------------------------------------

    static void evolve(State& s, const events::orders::ClaimRequested& e, const Meta&)
    {
        s.order_id = e.order_id;
        s.user_id = e.user_id;
        Claim& claim = s.claims[e.claim_id];
        claim.kind = e.kind;
        for (const auto& line : e.lines) claim.quantities[line.product_id] = line.quantity;
    }
    [[nodiscard]] Outputs react(const State&, const events::orders::ClaimRequested& e, const Meta&) const
    {
        using events::claims::ClaimKind;
        const auto kind = e.kind == events::orders::ClaimKind::refund ? ClaimKind::refund : ClaimKind::exchange;
        events::claims::OpenClaim open{e.claim_id, e.order_id, e.user_id,    e.seller_id,     kind,
                                       {},         e.reason,   e.image_urls, e.wanted_options};
        for (const auto& line : e.lines) open.lines.push_back({line.product_id, line.quantity});
        return Outputs{}.settle(open);
    }

    static void evolve(State& s, const events::claims::GoodsReceived& e, const Meta&)
    {
        s.claims[e.claim_id].sellers_fault = e.sellers_fault;
        wait_for_turn(s, e.claim_id);
    }
    [[nodiscard]] Outputs react(const State& s, const events::claims::GoodsReceived& e, const Meta&) const
    {
        Outputs out;
        for (const auto& line : e.lines) {
            if (line.resellable == 0) continue;
            out.send(events::inventory::RestoreStock{line.product_id, s.order_id, line.resellable, "반품 입고"});
        }
        return begin(out, s);
    }

    static void evolve(State& s, const events::orders::ClaimEnded& e, const Meta&)
    {
        Claim& claim = s.claims[e.claim_id];
        if (e.outcome != events::orders::ClaimOutcome::returned) {
            claim.waits = Waits::done;
            return;
        }
        claim.waits = Waits::money;
        claim.due_known = true;
        claim.paid_by = e.payment_id;
        claim.money = e.refund_amount;
        claim.points = e.points_back;
        claim.shipping_fee = e.shipping_fee;
        claim.money_back = e.refund_amount == events::Won{};
        claim.points_back = e.points_back == events::Points{};
    }
    [[nodiscard]] Outputs react(const State& s, const events::orders::ClaimEnded& e, const Meta&) const
    {
        using events::orders::ClaimOutcome;
        if (e.outcome == ClaimOutcome::exchanged) return Outputs{}.send(events::claims::CloseClaim{e.claim_id});
        if (e.outcome == ClaimOutcome::dropped) return {};
        Outputs out;
        return give_back(out, s, e.claim_id);
    }

    static void evolve(State& s, const events::points::PointsRestored& e, const Meta&)
    {
        if (e.claim_id) s.claims[*e.claim_id].points_back = true;
    }
    [[nodiscard]] Outputs react(const State& s, const events::points::PointsRestored& e, const Meta&) const
    {
        return e.claim_id ? complete_when_back(s, *e.claim_id) : Outputs{};
    }

    /// Perhaps after the gateway had said no: what is back is back.
    static void evolve(State& s, const events::payments::PaymentRefunded& e, const Meta&)
    {
        if (const auto id = claim_of(s, e.refund_id)) s.claims[*id].money_back = true;
    }
    [[nodiscard]] Outputs react(const State& s, const events::payments::PaymentRefunded& e, const Meta&) const
    {
        const auto id = claim_of(s, e.refund_id);
        return id ? complete_when_back(s, *id) : Outputs{};
    }

    static void evolve(State& s, const events::claims::ClaimRefunded& e, const Meta&)
    {
        leave_turn(s, e.claim_id, Waits::done);
    }
    [[nodiscard]] Outputs react(const State& s, const events::claims::ClaimRefunded&, const Meta&) const
    {
        Outputs out;
        return begin(out, s);
    }

    static void evolve(State& s, const events::inventory::StockHeld& e, const Meta&) { answered(s, e.product_id); }
    [[nodiscard]] Outputs react(const State& s, const events::inventory::StockHeld&, const Meta&) const
    {
        return go_on_when_answered(s);
    }

    static void evolve(State& s, const events::claims::ReplacementReady& e, const Meta&)
    {
        leave_turn(s, e.claim_id, Waits::seller);
    }
    [[nodiscard]] Outputs react(const State& s, const events::claims::ReplacementReady&, const Meta&) const
    {
        Outputs out;
        return begin(out, s);
    }

    static void evolve(State&, const events::claims::GoodsReshipped&, const Meta&) {}
    [[nodiscard]] Outputs react(const State& s, const events::claims::GoodsReshipped& e, const Meta&) const
    {
        Outputs out;
        for (const auto& [product_id, quantity] : s.claims.at(e.claim_id).quantities) {
            out.send(events::inventory::DeductStock{product_id, in_the_name_of(e.claim_id)});
        }
        return out.send(end(s, e.claim_id, events::orders::ClaimOutcome::exchanged));
    }

    // ---- Compensation -----------------------------------------------------------------------------------------------

    static void evolve(State&, const events::claims::ClaimRejected&, const Meta&) {}
    [[nodiscard]] Outputs react(const State& s, const events::claims::ClaimRejected& e, const Meta&) const
    {
        return Outputs{}.send(end(s, e.claim_id, events::orders::ClaimOutcome::dropped));
    }
    static void evolve(State&, const events::claims::ClaimWithdrawn&, const Meta&) {}
    [[nodiscard]] Outputs react(const State& s, const events::claims::ClaimWithdrawn& e, const Meta&) const
    {
        return Outputs{}.send(end(s, e.claim_id, events::orders::ClaimOutcome::dropped));
    }

    static void evolve(State& s, const Refused& r, const Meta&)
    {
        if (!r.is<events::inventory::HoldStock>() || s.to_settle.empty()) return;
        auto& code = s.claims[s.to_settle.front()].refusal_code;
        if (code.empty()) code = r.rejection.code;
        if (const auto product_id = events::ProductId::parse(r.subject)) answered(s, *product_id);
    }
    [[nodiscard]] Outputs react(const State& s, const Refused& r, const Meta&) const
    {
        if (s.to_settle.empty()) return {};
        if (r.is<events::inventory::HoldStock>()) return go_on_when_answered(s);
        const bool of_the_way_back = r.is<events::payments::RequestRefund>() || r.is<events::points::RestorePoints>();
        // A repeat: what was asked for first is under way.
        if (!of_the_way_back || r.rejection.details.contains("reason")) return {};
        return Outputs{}.send(events::claims::HaltClaim{s.to_settle.front(), r.rejection.code, "환불할 수 없습니다"});
    }

    static void evolve(State& s, const events::claims::ExchangeGivenUp& e, const Meta&)
    {
        Claim& claim = s.claims[e.claim_id];
        claim.kind = events::orders::ClaimKind::refund;
        claim.waits = Waits::due;
    }
    [[nodiscard]] Outputs react(const State& s, const events::claims::ExchangeGivenUp& e, const Meta&) const
    {
        return Outputs{}.send(end(s, e.claim_id, events::orders::ClaimOutcome::returned));
    }

    static void evolve(State&, const events::payments::RefundFailed&, const Meta&) {}
    [[nodiscard]] Outputs react(const State& s, const events::payments::RefundFailed& e, const Meta&) const
    {
        const auto id = claim_of(s, e.refund_id);
        if (!id || s.claims.at(*id).waits != Waits::money) return {};
        return Outputs{}.send(events::claims::HaltClaim{*id, e.code.empty() ? "REFUND_FAILED" : e.code,
                                                        e.message.empty() ? "환불할 수 없습니다" : e.message});
    }

    static void evolve(State& s, const events::claims::ClaimHalted& e, const Meta&)
    {
        leave_turn(s, e.claim_id, Waits::somebody);
    }
    [[nodiscard]] Outputs react(const State& s, const events::claims::ClaimHalted&, const Meta&) const
    {
        Outputs out;
        return begin(out, s);
    }

    static void evolve(State& s, const events::claims::ClaimResumed& e, const Meta&) { wait_for_turn(s, e.claim_id); }
    [[nodiscard]] Outputs react(const State& s, const events::claims::ClaimResumed&, const Meta&) const
    {
        Outputs out;
        return begin(out, s);
    }

private:
    // ---- Turns ------------------------------------------------------------------------------------------------------

    static void wait_for_turn(State& s, const events::ClaimId& id)
    {
        s.claims[id].waits = Waits::turn;
        s.to_settle.push_back(id);
        give_turn(s);
    }
    static void leave_turn(State& s, const events::ClaimId& id, Waits waits)
    {
        s.claims[id].waits = waits;
        std::erase(s.to_settle, id);
        give_turn(s);
    }
    static void give_turn(State& s)
    {
        s.begins.reset();
        if (s.to_settle.empty()) return;
        Claim& claim = s.claims[s.to_settle.front()];
        if (claim.waits != Waits::turn) return;
        s.begins = s.to_settle.front();
        const bool exchange = claim.kind == events::orders::ClaimKind::exchange;
        claim.waits = claim.due_known ? Waits::money : exchange ? Waits::stock : Waits::due;
        if (!exchange) return;
        for (const auto& [product_id, quantity] : claim.quantities) claim.unanswered.insert(product_id);
    }
    static Outputs begin(Outputs& out, const State& s)
    {
        if (!s.begins) return out;
        const auto& id = *s.begins;
        const Claim& claim = s.claims.at(id);
        if (claim.waits == Waits::money) return give_back(out, s, id);
        if (claim.waits == Waits::due) return out.send(end(s, id, events::orders::ClaimOutcome::returned));
        for (const auto& [product_id, quantity] : claim.quantities) {
            out.send(events::inventory::HoldStock{product_id, in_the_name_of(id), quantity});
        }
        return out;
    }

    // ---- The way back -----------------------------------------------------------------------------------------------

    static events::orders::EndClaim end(const State& s, const events::ClaimId& id, events::orders::ClaimOutcome outcome)
    {
        return {s.order_id, id, outcome, s.claims.at(id).sellers_fault};
    }

    /// What is not back yet.
    static Outputs give_back(Outputs& out, const State& s, const events::ClaimId& id)
    {
        const Claim& claim = s.claims.at(id);
        if (!claim.points_back) {
            out.send(events::points::RestorePoints{s.user_id, s.order_id, "반품 환급", claim.points, id});
        }
        if (!claim.money_back && claim.paid_by) {
            out.send(events::payments::RequestRefund{s.order_id, *claim.paid_by, refund_of(id), claim.money,
                                                     "반품 환불", events::payments::RefundCause::claim});
        }
        if (claim.all_back()) out.send(completion(claim, id));
        return out;
    }
    static Outputs complete_when_back(const State& s, const events::ClaimId& id)
    {
        const Claim& claim = s.claims.at(id);
        return claim.all_back() ? Outputs{}.send(completion(claim, id)) : Outputs{};
    }
    static events::claims::CompleteReturn completion(const Claim& claim, const events::ClaimId& id)
    {
        return {id, claim.money, claim.points, claim.shipping_fee};
    }

    static events::RefundId refund_of(const events::ClaimId& id) { return {events::uuid_v5(id.value, "refund")}; }
    static std::optional<events::ClaimId> claim_of(const State& s, const events::RefundId& refund_id)
    {
        const auto found =
            std::ranges::find_if(s.claims, [&](const auto& one) { return refund_of(one.first) == refund_id; });
        return found == s.claims.end() ? std::nullopt : std::optional(found->first);
    }

    // ---- The replacement --------------------------------------------------------------------------------------------

    /// Stock is held for orders; a replacement is one of its own, by the claim's id.
    static events::OrderId in_the_name_of(const events::ClaimId& id) { return {id.value}; }

    static void answered(State& s, const events::ProductId& product_id)
    {
        if (!s.to_settle.empty()) s.claims[s.to_settle.front()].unanswered.erase(product_id);
    }
    static Outputs go_on_when_answered(const State& s)
    {
        if (s.to_settle.empty()) return {};
        const auto& id = s.to_settle.front();
        const Claim& claim = s.claims.at(id);
        if (claim.waits != Waits::stock || !claim.unanswered.empty()) return {};
        if (claim.refusal_code.empty()) return Outputs{}.send(events::claims::ReadyReplacement{id});
        Outputs out;
        for (const auto& [product_id, quantity] : claim.quantities) {
            out.send(events::inventory::ReleaseStock{product_id, in_the_name_of(id)});
        }
        return out.send(events::claims::GiveUpExchange{id, claim.refusal_code});
    }
};

}  // namespace jangteo::sagas
