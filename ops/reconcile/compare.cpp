#include "ops/reconcile/compare.hpp"

#include <algorithm>
#include <set>

namespace jangteo::ops::reconcile {

namespace {

using consumers::payments::Entry;
using consumers::payments::GivenBack;
using consumers::payments::Transaction;
using events::Won;
using events::payments::AdoptRefund;
using events::payments::RecordCapture;
using events::payments::RecordPaymentFailure;
using events::payments::RecordRefund;

/// One payment at a time: what is found of it.
class Comparison {
public:
    Comparison(const Payment* ours, std::string payment, std::string key, const Patience& patience)
        : ours_(ours),
          payment_(std::move(payment)),
          key_(std::move(key)),
          young_(ours != nullptr && patience.now - ours->changed_at < patience.patience)
    {}

    Compared with(const Entry& theirs)
    {
        const auto* capture = ours_ == nullptr ? nullptr : ours_->capture(key_);
        if (capture == nullptr) {
            nothing_here(theirs);
        } else if (capture->amount != theirs.captured) {
            add(Difference::amount_differs, capture->amount, theirs.captured,
                "what was taken is settled by it: somebody has to ask the gateway why");
        } else if (theirs.parts) {
            refunds(*capture, *theirs.parts);
        } else {
            refunds_in_all(*capture, theirs);
        }
        return done();
    }

    Compared with_nothing()
    {
        if (const auto* capture = ours_->capture(key_)) {
            add(Difference::captured_here_unknown_there, capture->amount, {},
                "the order is paid by money that the gateway does not have: somebody has to ask it");
        } else if (ours_->asked) {
            add(Difference::still_unknown, {}, {}, asks_by_itself());
        }
        return done();
    }

private:
    void nothing_here(const Entry& theirs)
    {
        const Won gone = gone_of(theirs);
        if (theirs.captured == gone) {
            if (ours_ == nullptr || !ours_->asked) return;
            if (!theirs.over) return add(Difference::still_unknown, {}, {}, asks_by_itself());
            return add(Difference::still_unknown, {}, {}, "nothing will come of it at the gateway: it failed",
                       RecordPaymentFailure{ours_->order_id, ours_->id, theirs.over->code, theirs.over->message});
        }
        constexpr auto kind = Difference::captured_there_unknown_here;
        if (ours_ == nullptr) {
            return add(kind, {}, theirs.captured,
                       "no payment of ours has this id: does somebody else use our key? It goes back by hand");
        }
        if (gone != Won{0}) {
            return add(kind, {}, theirs.captured,
                       "a part of it has gone back there already: is the rest wanted? Somebody has to decide");
        }
        add(kind, {}, theirs.captured,
            "the capture is recorded: it pays the order, or goes back because nobody wants it",
            RecordCapture{ours_->order_id, ours_->id, theirs.key, theirs.captured, theirs.approved_at,
                          theirs.receipt_url});
    }

    /// A gateway that tells each refund. What is done here is found there by its name, else by its amount; what is left
    /// there was done without us, and what is left here was not done.
    void refunds(const Capture& capture, std::vector<GivenBack> there)
    {
        Won gone;
        for (const auto& part : there) gone += part.amount;
        auto here = capture.refunds;
        const auto pair_off = [&](Refund::Stage stage, auto alike, auto then) {
            std::erase_if(here, [&](const Refund& refund) {
                if (refund.stage != stage) return false;
                const auto found = std::ranges::find_if(there, [&](const auto& part) { return alike(refund, part); });
                if (found == there.end()) return false;
                then(refund, *found);
                there.erase(found);
                return true;
            });
        };
        const auto by_name = [](const Refund& one, const GivenBack& other) { return one.key == other.key; };
        const auto by_amount = [](const Refund& one, const GivenBack& other) { return one.amount == other.amount; };
        const auto agree = [](const auto&, const auto&) {};
        pair_off(Refund::Stage::done, by_name, agree);
        pair_off(Refund::Stage::done, by_amount, agree);
        const Won known = capture.sum(Refund::Stage::done);
        const bool under_way = capture.sum(Refund::Stage::under_way) > Won{0};
        if (under_way) {
            // Its own answer comes first: what is there may be this one.
            add(Difference::still_unknown, known, gone, asks_by_itself());
        } else {
            pair_off(Refund::Stage::refused, by_amount,
                     [&](const Refund& refund, const GivenBack& part) { record(refund, part.key, known, gone); });
            for (const auto& part : there) adopt(part, known, gone);
        }
        const bool missing =
            std::ranges::any_of(here, [](const Refund& one) { return one.stage == Refund::Stage::done; });
        if (missing) missing_there(known, gone);
    }

    /// A gateway that only tells whether all of it has gone back.
    void refunds_in_all(const Capture& capture, const Entry& theirs)
    {
        const Won known = capture.sum(Refund::Stage::done);
        const Won gone = gone_of(theirs);
        if (capture.sum(Refund::Stage::under_way) > Won{0}) {
            return add(Difference::still_unknown, known, gone, asks_by_itself());
        }
        if (!theirs.all_gone) {
            if (known == capture.amount) missing_there(known, gone);
            return;
        }
        if (known >= capture.amount) return;
        const Won rest = capture.amount - known;
        const auto refused = std::ranges::find_if(capture.refunds, [&](const Refund& refund) {
            return refund.stage == Refund::Stage::refused && refund.amount == rest;
        });
        if (refused != capture.refunds.end()) return record(*refused, theirs.key, known, gone);
        adopt({theirs.key, rest}, known, gone);
    }

    void record(const Refund& refund, const std::string& key, Won known, Won gone)
    {
        add(Difference::refund_missing_here, known, gone, "the refund that it refused and did all the same is recorded",
            RecordRefund{ours_->order_id, ours_->id, refund.id, key});
    }
    void adopt(const GivenBack& part, Won known, Won gone)
    {
        add(Difference::refund_missing_here, known, gone, "the refund that somebody made there is taken over",
            AdoptRefund{ours_->order_id, ours_->id,
                        events::RefundId{events::uuid_v5(ours_->id.value, "adopted:" + part.key)}, key_, part.amount,
                        part.key, gone});
    }
    void missing_there(Won known, Won gone)
    {
        add(Difference::refund_missing_there, known, gone,
            "the buyer may wait for his money: somebody has to look there, and give it back by hand");
    }

    static Won gone_of(const Entry& theirs)
    {
        if (!theirs.parts) return theirs.all_gone ? theirs.captured : Won{0};
        Won gone;
        for (const auto& part : *theirs.parts) gone += part.amount;
        return gone;
    }
    [[nodiscard]] std::string asks_by_itself() const
    {
        std::string text = "the process asks again by itself; at once: jangteo sagas retry payment_gateway ";
        text += ours_->order_id.text();
        return text;
    }
    void add(Difference what, Won here, Won there, std::string why,
             std::optional<events::payments::Command> repair = std::nullopt)
    {
        compared_.findings.push_back({.what = what,
                                      .payment = payment_,
                                      .key = key_,
                                      .here = here,
                                      .there = there,
                                      .repair = std::move(repair),
                                      .why = std::move(why)});
        if (ours_ != nullptr) compared_.findings.back().order_id = ours_->order_id;
    }
    Compared done()
    {
        if (young_ && !compared_.findings.empty()) return {.under_way = true};
        return std::move(compared_);
    }

    const Payment* ours_;
    const std::string payment_;
    const std::string key_;
    const bool young_;
    Compared compared_;
};

}  // namespace

Compared compare(const Payment* ours, const Entry& theirs, const Patience& patience)
{
    return Comparison(ours, theirs.payment, theirs.key, patience).with(theirs);
}

Compared not_there(const Payment& ours, const std::string& key, const Patience& patience)
{
    return Comparison(&ours, ours.id.text(), key, patience).with_nothing();
}

bool agrees(const Capture& ours, const std::vector<Transaction>& theirs)
{
    std::set<std::string> there;
    for (const auto& one : theirs) {
        if (one.taken && *one.taken != ours.amount) return false;
        if (!one.taken) there.insert(one.key);
    }
    std::set<std::string> here;
    for (const auto& refund : ours.refunds) {
        if (refund.stage != Refund::Stage::done) return false;
        here.insert(refund.key);
    }
    return here == there;
}

}  // namespace jangteo::ops::reconcile
