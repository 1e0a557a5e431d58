// What differs between our books and a gateway's, by name, and which command makes it right.
#include "ops/reconcile/compare.hpp"
#include "ops/reconcile/our_books.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace jangteo::ops::reconcile {
namespace {

using namespace std::chrono_literals;
using namespace events::payments;
using consumers::payments::Entry;
using consumers::payments::GivenBack;
using consumers::payments::Transaction;
using events::Won;

const events::OrderId order{events::uuid_v5(events::url_namespace, "order")};
const events::PaymentId card{events::uuid_v5(events::url_namespace, "card")};
const events::UserId buyer{events::uuid_v5(events::url_namespace, "buyer")};
const events::RefundId refund{events::uuid_v5(events::url_namespace, "refund")};
const events::Timestamp began = events::parse_iso8601("2026-01-18T14:30:00Z").value();
const Patience an_hour_later{began + 1h, 5min};
constexpr Won price{15'000};

const PaymentPrepared prepared{order, card, buyer, Method::card, Provider::toss, price, std::nullopt};
const ConfirmationRequested asked{order, card, Provider::toss, "key-1", price};
const PaymentCompleted completed{order, card, buyer, Method::card, Provider::toss, price, "key-1", began, std::nullopt};
const std::vector<Event> paid{prepared, asked, completed};

RefundRequested going_back(std::int64_t amount)
{
    return {order, card, refund, Provider::toss, "key-1", Won{amount}, "", RefundCause::requested};
}
PaymentRefunded gone_back(std::int64_t amount, const std::string& key = "T1")
{
    return {order, card, refund, Won{amount}, Won{amount}, price - Won{amount}, key, RefundCause::requested};
}
const RefundFailed refused{order, card, refund, Won{4'000}, "NO", "no"};

std::vector<Event> operator+(std::vector<Event> history, const Event& next)
{
    history.push_back(next);
    return history;
}

OurBooks books_of(const std::vector<Event>& history)
{
    OurBooks books;
    for (const auto& event : history) {
        events::Record record;
        record.envelope.type = type_of(event);
        record.envelope.time = began;
        record.value = to_json(event);
        books.enter(record);
    }
    return books;
}

/// A payment that the gateway has the money of.
Entry taken(std::vector<GivenBack> parts = {})
{
    Entry entry{.payment = card.text(), .key = "key-1", .captured = price, .parts = std::move(parts)};
    entry.approved_at = began;
    return entry;
}
/// The same of a gateway that does not tell parts.
Entry taken_in_all(bool all_gone)
{
    Entry entry{.payment = card.text(), .key = "key-1", .captured = price, .all_gone = all_gone};
    entry.parts.reset();
    if (all_gone) entry.over = consumers::payments::Declined{"CANCELLED", ""};
    return entry;
}

Compared beside(const std::vector<Event>& ours, const Entry& theirs, const Patience& patience = an_hour_later)
{
    const auto books = books_of(ours);
    return compare(books.payment(card), theirs, patience);
}

/// The one difference there is.
Finding only(const Compared& compared)
{
    EXPECT_EQ(compared.findings.size(), 1U);
    EXPECT_FALSE(compared.under_way);
    return compared.findings.empty() ? Finding{} : compared.findings.front();
}
void expect_nothing(const Compared& compared)
{
    EXPECT_TRUE(compared.findings.empty());
    EXPECT_FALSE(compared.under_way);
}
template <class Wanted>
Wanted repair_of(const Finding& finding)
{
    if (!finding.repair || !std::holds_alternative<Wanted>(*finding.repair)) {
        ADD_FAILURE() << "not repaired by a " << Wanted::type << ": " << finding.why;
        return {};
    }
    return std::get<Wanted>(*finding.repair);
}

TEST(Reconcile, finds_nothing_where_nothing_differs)
{
    expect_nothing(beside(paid, taken()));
    expect_nothing(beside(paid + going_back(4'000) + gone_back(4'000), taken({{"T1", {4'000}}})));
    expect_nothing(beside(paid + going_back(4'000) + refused, taken()));
    expect_nothing(beside({prepared}, {.payment = card.text(), .key = "key-1", .parts = {{}}}));
    expect_nothing(beside(paid, taken_in_all(false)));
    expect_nothing(beside(paid + going_back(4'000) + gone_back(4'000), taken_in_all(false)));
    expect_nothing(beside(paid + going_back(15'000) + gone_back(15'000), taken_in_all(true)));
}

TEST(Reconcile, records_a_capture_whose_answer_and_callbacks_were_lost)
{
    for (const auto& ours : {std::vector<Event>{prepared}, {prepared, asked}}) {
        const auto finding = only(beside(ours, taken()));
        EXPECT_EQ(finding.what, Difference::captured_there_unknown_here);
        EXPECT_EQ(finding.there, price);
        EXPECT_EQ(repair_of<RecordCapture>(finding), (RecordCapture{order, card, "key-1", price, began, std::nullopt}));
    }
}

TEST(Reconcile, leaves_a_capture_to_somebody_who_can_decide)
{
    const auto foreign = only(compare(nullptr, taken(), an_hour_later));
    EXPECT_EQ(foreign.what, Difference::captured_there_unknown_here);
    EXPECT_FALSE(foreign.repair || foreign.order_id);
    const auto half_gone = only(beside({prepared, asked}, taken({{"T1", {4'000}}})));
    EXPECT_EQ(half_gone.what, Difference::captured_there_unknown_here);
    EXPECT_FALSE(half_gone.repair);
}

TEST(Reconcile, lets_a_payment_fail_of_which_nothing_will_come)
{
    auto aborted = taken();
    aborted.captured = Won{0};
    aborted.over = consumers::payments::Declined{"EXPIRED", "late"};
    const auto finding = only(beside({prepared, asked}, aborted));
    EXPECT_EQ(finding.what, Difference::still_unknown);
    EXPECT_EQ(repair_of<RecordPaymentFailure>(finding), (RecordPaymentFailure{order, card, "EXPIRED", "late"}));
    // All that was taken has gone back before we heard of it.
    EXPECT_EQ(repair_of<RecordPaymentFailure>(only(beside({prepared, asked}, taken_in_all(true)))).code, "CANCELLED");
    aborted.over.reset();
    EXPECT_FALSE(only(beside({prepared, asked}, aborted)).repair);
    expect_nothing(beside({prepared}, aborted));
}

TEST(Reconcile, names_a_payment_that_the_gateway_does_not_have)
{
    const auto lost = books_of(paid);
    const auto finding = only(not_there(*lost.payment(card), "key-1", an_hour_later));
    EXPECT_EQ(finding.what, Difference::captured_here_unknown_there);
    EXPECT_EQ(finding.here, price);
    EXPECT_FALSE(finding.repair);
    const auto open = books_of({prepared, asked});
    EXPECT_EQ(only(not_there(*open.payment(card), "", an_hour_later)).what, Difference::still_unknown);
    const auto begun = books_of({prepared});
    expect_nothing(not_there(*begun.payment(card), "", an_hour_later));
}

TEST(Reconcile, names_another_amount_and_touches_nothing)
{
    auto other = taken({{"T1", {4'000}}});
    other.captured = Won{15'100};
    const auto finding = only(beside(paid, other));
    EXPECT_EQ(finding.what, Difference::amount_differs);
    EXPECT_FALSE(finding.repair);
}

TEST(Reconcile, takes_over_refunds_that_somebody_made_there)
{
    const auto compared = beside(paid, taken({{"T1", {4'000}}, {"T2", {1'000}}}));
    ASSERT_EQ(compared.findings.size(), 2U);
    for (const auto& finding : compared.findings) EXPECT_EQ(finding.what, Difference::refund_missing_here);
    const auto first = repair_of<AdoptRefund>(compared.findings[0]);
    const auto second = repair_of<AdoptRefund>(compared.findings[1]);
    EXPECT_EQ(first.amount, Won{4'000});
    EXPECT_EQ(first.refunded_there, Won{5'000});
    EXPECT_EQ(second.gateway_refund_key, "T2");
    EXPECT_NE(first.refund_id, second.refund_id);
    // Taken over, they are found by their names.
    PaymentRefunded adopted = gone_back(4'000);
    adopted.adopted_from = "key-1";
    adopted.refund_id = first.refund_id;
    EXPECT_EQ(repair_of<AdoptRefund>(only(beside(paid + adopted, taken({{"T1", {4'000}}, {"T2", {1'000}}})))), second);

    const auto all = repair_of<AdoptRefund>(only(beside(paid, taken_in_all(true))));
    EXPECT_EQ(all.amount, price);
    EXPECT_EQ(
        repair_of<AdoptRefund>(only(beside(paid + going_back(4'000) + gone_back(4'000), taken_in_all(true)))).amount,
        Won{11'000});
}

TEST(Reconcile, records_a_refund_that_was_refused_and_done_all_the_same)
{
    const auto finding = only(beside(paid + going_back(4'000) + refused, taken({{"T1", {4'000}}})));
    EXPECT_EQ(finding.what, Difference::refund_missing_here);
    EXPECT_EQ(repair_of<RecordRefund>(finding), (RecordRefund{order, card, refund, "T1"}));
    // Of another amount, it is somebody else's.
    repair_of<AdoptRefund>(only(beside(paid + going_back(4'000) + refused, taken({{"T1", {5'000}}}))));
    auto refused_all = refused;
    refused_all.amount = price;
    EXPECT_EQ(
        repair_of<RecordRefund>(only(beside(paid + going_back(15'000) + refused_all, taken_in_all(true)))).refund_id,
        refund);
}

TEST(Reconcile, takes_nothing_over_while_a_refund_of_ours_is_under_way)
{
    for (const auto& theirs : {taken({{"T1", {4'000}}}), taken({{"T1", {5'000}}}), taken(), taken_in_all(true)}) {
        const auto finding = only(beside(paid + going_back(4'000), theirs));
        EXPECT_EQ(finding.what, Difference::still_unknown);
        EXPECT_FALSE(finding.repair);
        EXPECT_NE(finding.why.find("sagas retry payment_gateway " + order.text()), std::string::npos);
    }
}

TEST(Reconcile, names_a_refund_that_the_gateway_has_not_made)
{
    for (const auto& theirs : {taken(), taken_in_all(false)}) {
        const auto finding = only(beside(paid + going_back(15'000) + gone_back(15'000), theirs));
        EXPECT_EQ(finding.what, Difference::refund_missing_there);
        EXPECT_EQ(finding.here, price);
        EXPECT_FALSE(finding.repair);
    }
    // Somebody has given it back there by hand meanwhile.
    expect_nothing(beside(paid + going_back(4'000) + gone_back(4'000), taken({{"T9", {4'000}}})));
}

TEST(Reconcile, leaves_alone_what_has_just_changed)
{
    const Patience at_once{began + 1min, 5min};
    for (const auto& ours : {std::vector<Event>{prepared, asked}, paid + going_back(4'000)}) {
        const auto compared = beside(ours, taken(), at_once);
        EXPECT_TRUE(compared.findings.empty());
        EXPECT_TRUE(compared.under_way);
    }
    expect_nothing(beside(paid, taken(), at_once));
}

TEST(Reconcile, looks_closer_only_where_the_list_shows_something_new)
{
    const auto of = [](const std::vector<Event>& history) { return books_of(history).payment(card)->captures.front(); };
    const Transaction capture{"C1", card.text(), "key-1", price};
    const Transaction cancel{"T1", card.text(), "key-1", std::nullopt};
    EXPECT_TRUE(agrees(of(paid), {capture}));
    EXPECT_TRUE(agrees(of(paid + going_back(4'000) + gone_back(4'000)), {capture, cancel}));
    EXPECT_TRUE(agrees(of(paid + going_back(4'000) + gone_back(4'000)), {cancel})) << "captured before the period";
    EXPECT_FALSE(agrees(of(paid), {capture, cancel}));
    EXPECT_FALSE(agrees(of(paid + going_back(4'000) + gone_back(4'000)), {capture}));
    EXPECT_FALSE(agrees(of(paid + going_back(4'000) + gone_back(4'000, "T2")), {capture, cancel}));
    EXPECT_FALSE(agrees(of(paid + going_back(4'000)), {capture}));
    EXPECT_FALSE(agrees(of(paid), {{"C1", card.text(), "key-1", Won{15'100}}}));
}

TEST(Reconcile, takes_an_account_that_waits_for_its_deposit_for_an_answer)
{
    VirtualAccountIssued issued;
    issued.order_id = order;
    issued.payment_id = card;
    issued.provider = Provider::toss;
    issued.gateway_key = "key-1";
    issued.amount = price;
    issued.account = {"20", "sealed"};
    issued.due_at = began;
    const std::vector<Event> waits{prepared, asked, issued};
    expect_nothing(beside(waits, {.payment = card.text(), .key = "key-1", .parts = {{}}}));
    // The deposit has come, and its callback has not.
    repair_of<RecordCapture>(only(beside(waits, taken())));
}

/// Who begins in the middle of a payment knows nothing of it.
TEST(Reconcile, counts_only_payments_whose_beginning_it_has_seen)
{
    EXPECT_EQ(books_of({completed, going_back(4'000)}).payment(card), nullptr);
}

}  // namespace
}  // namespace jangteo::ops::reconcile
