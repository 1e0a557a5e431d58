#include "producers/payments/decider.hpp"

#include "tests/unit/given.hpp"

namespace jangteo::producers::payments {
namespace {

const auto order = id<OrderId>(1);
const auto buyer = id<UserId>(2);
const auto card = id<PaymentId>(11);
const auto second_card = id<PaymentId>(12);
const auto back = id<RefundId>(21);
const Won price{29'800};
const auto taken_at = moment("2026-01-18T14:31:00Z");

const PreparePayment prepare{order, card, buyer, Method::card, Provider::toss, price};
const PreparePayment prepare_again{order, second_card, buyer, Method::card, Provider::inicis, price};
const CompletePayment complete{order, card, "key-1", price};
const RecordCapture capture{order, card, "key-1", price, taken_at, std::nullopt};
const RecordPaymentFailure failure{order, card, "REJECT_CARD_COMPANY", "no"};
const RecordNoAnswer no_answer{order, card, "confirm"};
const ClosePayments close{order, "unpaid"};

const PaymentPrepared prepared{order, card, buyer, Method::card, Provider::toss, price, std::nullopt};
const ConfirmationRequested confirming{order, card, Provider::toss, "key-1", price, std::nullopt, buyer};
const PaymentCompleted completed{order, card,    buyer,    Method::card, Provider::toss,
                                 price, "key-1", taken_at, std::nullopt};
const PaymentsClosed closed_empty{order, "unpaid", {}, {}};
const PaymentsClosed closed{order, "unpaid", {}, {card}};

RequestRefund ask_back(std::optional<std::int64_t> amount, const RefundId& refund = back)
{
    RequestRefund command{order, card, refund, std::nullopt, "changed my mind", RefundCause::requested};
    if (amount) command.amount = Won{*amount};
    return command;
}
RefundRequested going_back(std::int64_t amount, const RefundId& refund = back)
{
    return {order, card, refund, Provider::toss, "key-1", Won{amount}, "changed my mind", RefundCause::requested};
}
PaymentRefunded gone_back(std::int64_t amount, std::int64_t in_all, const RefundId& refund = back)
{
    return {order, card, refund, Won{amount}, Won{in_all}, Won{price.value - in_all}, "R1", RefundCause::requested};
}
RefundId unwanted_refund(const PaymentId& payment, const std::string& key)
{
    return {events::uuid_v5(payment.value, "unwanted:" + key)};
}

const std::vector<Event> paid{prepared, confirming, completed};

std::vector<Event> operator+(std::vector<Event> history, const Event& next)
{
    history.push_back(next);
    return history;
}

// --- PreparePayment ---

TEST(Payments, begins_to_pay_an_order)
{
    const auto first = given<Decider>({}).when(prepare);
    first.then(prepared);
    first.again().then(Already{});
}

TEST(Payments, an_order_that_points_pay_in_full_is_paid_at_once)
{
    given<Decider>({})
        .when(PreparePayment{order, card, buyer, Method::point, Provider::none, Won{0}})
        .then(PaymentCompleted{order, card, buyer, Method::point, Provider::none, Won{0}, "", usual_time, {}});
}

TEST(Payments, points_pay_all_or_are_no_method)
{
    given<Decider>({})
        .when(PreparePayment{order, card, buyer, Method::point, Provider::none, price})
        .then_refused("COMMON_400");
    given<Decider>({})
        .when(PreparePayment{order, card, buyer, Method::card, Provider::toss, Won{0}})
        .then_refused("COMMON_400");
    given<Decider>({})
        .when(PreparePayment{order, card, buyer, Method::card, Provider::none, price})
        .then_refused("COMMON_400");
}

TEST(Payments, another_try_takes_the_place_of_one_that_nobody_has_confirmed)
{
    auto instead = PaymentPrepared{order, second_card, buyer, Method::card, Provider::inicis, price, card};
    given<Decider>({prepared}).when(prepare_again).then(instead);
    given<Decider>({prepared, instead})
        .when(complete)
        .then(Rejection{"PAY_001", {{"paymentId", card.text()}, {"status", std::string("superseded")}}});
}

TEST(Payments, a_failed_try_leaves_room_for_another)
{
    given<Decider>({prepared, PaymentFailed{order, card, "REJECT_CARD_COMPANY", "no"}})
        .when(prepare_again)
        .then(PaymentPrepared{order, second_card, buyer, Method::card, Provider::inicis, price, std::nullopt});
}

TEST(Payments, nothing_is_begun_while_the_gateway_is_being_asked_or_after_it_was_paid)
{
    given<Decider>({prepared, confirming}).when(prepare_again).then_refused("COMMON_409");
    given<Decider>({prepared, confirming, PaymentUnknown{order, card, Provider::toss, "confirm"}})
        .when(prepare_again)
        .then_refused("COMMON_409");
    given<Decider>(paid).when(prepare_again).then_refused("PAY_002");
}

TEST(Payments, nothing_is_begun_for_an_order_that_was_given_up)
{
    given<Decider>({closed_empty}).when(prepare).then_refused("ORD_003");
}

// --- CompletePayment ---

TEST(Payments, asks_the_gateway_when_the_buyer_says_it_is_paid)
{
    const auto first = given<Decider>({prepared}).when(complete);
    first.then(confirming);
    first.again().then_refused("PAY_002");
}

TEST(Payments, never_believes_the_clients_amount)
{
    given<Decider>({prepared})
        .when(CompletePayment{order, card, "key-1", Won{100}})
        .then(Rejection{"PAY_001", {{"paymentId", card.text()}, {"expected", price.value}, {"amount", 100}}});
}

TEST(Payments, completes_only_what_was_prepared)
{
    given<Decider>({}).when(complete).then_refused("COMMON_404");
    given<Decider>({prepared, closed}).when(complete).then_refused("PAY_001");
    given<Decider>({prepared, PaymentFailed{order, card, "x", ""}}).when(complete).then_refused("PAY_001");
    given<Decider>(paid).when(complete).then_refused("PAY_002");
}

// --- RecordCapture ---

TEST(Payments, is_completed_by_whatever_says_first_that_the_gateway_has_the_money)
{
    const auto first = given<Decider>({prepared, confirming}).when(capture);
    first.then(completed);
    first.again().then(Already{});
    // The callback came before the redirect.
    given<Decider>({prepared}).when(capture).then(completed);
}

TEST(Payments, money_that_arrives_after_a_failure_still_pays_the_order)
{
    given<Decider>({prepared, confirming, PaymentFailed{order, card, "TIMEOUT", ""}}).when(capture).then(completed);
}

TEST(Payments, an_order_is_captured_for_once)
{
    const std::vector<Event> two_tries{
        prepared, PaymentFailed{order, card, "TIMEOUT", ""},
        PaymentPrepared{order, second_card, buyer, Method::card, Provider::inicis, price, {}},
        PaymentCompleted{order, second_card, buyer, Method::card, Provider::inicis, price, "key-2", taken_at, {}}};
    const auto late = given<Decider>(two_tries).when(capture);
    late.then(UnwantedCapture{order, card, Provider::toss, "key-1", price, Unwanted::paid_already,
                              unwanted_refund(card, "key-1"), Method::card});
    late.again().then(Already{});
}

TEST(Payments, a_second_capture_of_the_same_payment_goes_back)
{
    given<Decider>(paid)
        .when(RecordCapture{order, card, "key-9", price, taken_at, {}})
        .then(UnwantedCapture{order, card, Provider::toss, "key-9", price, Unwanted::paid_already,
                              unwanted_refund(card, "key-9"), Method::card});
}

TEST(Payments, money_for_an_order_that_was_given_up_goes_back)
{
    given<Decider>({prepared, confirming, closed_empty})
        .when(capture)
        .then(UnwantedCapture{order, card, Provider::toss, "key-1", price, Unwanted::order_closed,
                              unwanted_refund(card, "key-1"), Method::card});
    given<Decider>({prepared, PaymentCancelled{order, card, ""}})
        .when(capture)
        .then(UnwantedCapture{order, card, Provider::toss, "key-1", price, Unwanted::given_up,
                              unwanted_refund(card, "key-1"), Method::card});
}

TEST(Payments, the_wrong_amount_goes_back)
{
    given<Decider>({prepared, confirming})
        .when(RecordCapture{order, card, "key-1", Won{1'000}, taken_at, {}})
        .then(UnwantedCapture{order, card, Provider::toss, "key-1", Won{1'000}, Unwanted::wrong_amount,
                              unwanted_refund(card, "key-1"), Method::card});
}

TEST(Payments, knows_no_capture_of_a_payment_that_nobody_prepared)
{
    given<Decider>({}).when(capture).then_refused("COMMON_404");
}

TEST(Payments, hands_on_what_the_browser_brought)
{
    auto by_browser = complete;
    by_browser.approval = Approval{Device::mobile, "P-1", "https://mobile.inicis.com/smart/payReq.ini"};
    auto asked = confirming;
    asked.approval = by_browser.approval;
    given<Decider>({prepared}).when(by_browser).then(asked);
}

// --- Virtual accounts ---

const PaymentPrepared prepared_account{order,          card,  buyer,       Method::virtual_account,
                                       Provider::toss, price, std::nullopt};
const SealedAccount account{"20", "v1.key.sealed"};
const auto due = moment("2026-01-25T14:31:00Z");
const std::string digest(64, 'a');
const RecordAccountIssued issue{order, card, "key-1", price, account, due, digest};
const VirtualAccountIssued issued{order, card, buyer, Provider::toss, "key-1", price, account, due, digest};
const PaymentCompleted deposited{order,   card,     buyer,       Method::virtual_account, Provider::toss, price,
                                 "key-1", taken_at, std::nullopt};

TEST(Payments, wait_for_a_deposit_and_are_completed_by_it_once)
{
    const auto first = given<Decider>({prepared_account, confirming}).when(issue);
    first.then(issued);
    first.again().then(Already{});
    const auto paid_in = given<Decider>({prepared_account, confirming, issued}).when(capture);
    paid_in.then(deposited);
    paid_in.again().then(Already{});
    given<Decider>({prepared_account, confirming, issued, deposited}).when(issue).then(Already{});
}

TEST(Payments, nobody_pays_otherwise_while_an_account_waits)
{
    const auto waiting = given<Decider>({prepared_account, confirming, issued});
    waiting.when(prepare_again).then_refused("COMMON_409");
    waiting.when(complete).then_refused("PAY_002");
    waiting.when(CheckPayment{order, card}).then(PaymentCheckRequested{order, card, Provider::toss});
    waiting.when(failure).then(PaymentFailed{order, card, "REJECT_CARD_COMPANY", "no"});
    waiting.when(CancelPayment{order, card, "another way"}).then(PaymentCancelled{order, card, "another way"});
    waiting.when(close).then(closed);
}

TEST(Payments, an_account_that_nobody_wants_is_to_be_closed)
{
    given<Decider>({prepared_account, confirming, closed_empty})
        .when(issue)
        .then(UnwantedAccount{order, card, Provider::toss, "key-1", Unwanted::order_closed});
    given<Decider>({prepared_account, PaymentFailed{order, card, "TIMEOUT", ""}})
        .when(issue)
        .then(UnwantedAccount{order, card, Provider::toss, "key-1", Unwanted::given_up});
    auto wrong = issue;
    wrong.amount = Won{1};
    given<Decider>({prepared_account, confirming})
        .when(wrong)
        .then(UnwantedAccount{order, card, Provider::toss, "key-1", Unwanted::wrong_amount});
}

TEST(Payments, a_deposit_after_the_order_was_given_up_goes_back)
{
    const auto late = given<Decider>({prepared_account, confirming, issued, closed}).when(capture);
    late.then(UnwantedCapture{order, card, Provider::toss, "key-1", price, Unwanted::order_closed,
                              unwanted_refund(card, "key-1"), Method::virtual_account});
    late.again().then(Already{});
}

TEST(Payments, an_account_is_closed_once)
{
    const auto first =
        given<Decider>({prepared_account, confirming, issued, closed}).when(RecordAccountClosed{order, card});
    first.then(VirtualAccountClosed{order, card});
    first.again().then(Already{});
    given<Decider>({}).when(RecordAccountClosed{order, card}).then_refused("COMMON_404");
}

TEST(Payments, money_of_a_virtual_account_goes_to_an_account_that_the_buyer_names)
{
    const NameRefundAccount name{order, card, account};
    given<Decider>({prepared_account, confirming, issued, deposited})
        .when(name)
        .then(RefundAccountNamed{order, card, account});
    given<Decider>(paid).when(name).then_refused("COMMON_409");
    given<Decider>({}).when(name).then_refused("COMMON_404");
}

// --- RecordPaymentFailure, RecordNoAnswer, CancelPayment ---

TEST(Payments, a_failure_ends_a_payment_that_is_open_and_no_other)
{
    const auto first = given<Decider>({prepared, confirming}).when(failure);
    first.then(PaymentFailed{order, card, "REJECT_CARD_COMPANY", "no"});
    first.again().then(Already{});
    given<Decider>(paid).when(failure).then(Already{});
    given<Decider>({}).when(failure).then_refused("COMMON_404");
}

TEST(Payments, no_answer_is_neither_yes_nor_no)
{
    const auto first = given<Decider>({prepared, confirming}).when(no_answer);
    first.then(PaymentUnknown{order, card, Provider::toss, "confirm"});
    first.again().then(Already{});
    given<Decider>({prepared, confirming, PaymentUnknown{order, card, Provider::toss, "confirm"}})
        .when(capture)
        .then(completed);
    given<Decider>(paid).when(no_answer).then(Already{});
    given<Decider>({}).when(no_answer).then_refused("COMMON_404");
}

TEST(Payments, what_somebody_says_of_a_gateway_is_asked_there_and_not_believed)
{
    const CheckPayment check{order, card};
    const PaymentCheckRequested asked{order, card, Provider::toss};
    given<Decider>({prepared}).when(check).then(asked);
    given<Decider>({prepared, PaymentFailed{order, card, "TIMEOUT", ""}}).when(check).then(asked);
    given<Decider>({prepared, confirming}).when(check).then(Already{});
    given<Decider>({prepared, confirming, PaymentUnknown{order, card, Provider::toss, "confirm"}})
        .when(check)
        .then(Already{});
    given<Decider>(paid).when(check).then(Already{});
    given<Decider>({}).when(check).then_refused("COMMON_404");
}

/// The buyer paid in one window and says so in another: nothing may wait for an answer that nobody will give.
TEST(Payments, a_try_whose_money_went_back_is_over)
{
    const PaymentCompleted other{order,  second_card, buyer,    Method::point, Provider::none,
                                 Won{0}, "",          taken_at, std::nullopt};
    const UnwantedCapture unwanted{
        order, card, Provider::toss, "key-1", price, Unwanted::paid_already, unwanted_refund(card, "key-1")};
    given<Decider>({prepared, other}).when(complete).then_refused("PAY_002");
    given<Decider>({prepared, unwanted}).when(complete).then_refused("PAY_001");
    given<Decider>({prepared, unwanted})
        .when(prepare_again)
        .then(PaymentPrepared{order, second_card, buyer, Method::card, Provider::inicis, price, std::nullopt});
}

TEST(Payments, only_what_nobody_has_confirmed_can_be_given_up)
{
    const CancelPayment cancel{order, card, "another card"};
    const auto first = given<Decider>({prepared}).when(cancel);
    first.then(PaymentCancelled{order, card, "another card"});
    first.again().then(Already{});
    given<Decider>({prepared, confirming}).when(cancel).then_refused("PAY_002");
    given<Decider>(paid).when(cancel).then_refused("PAY_002");
    given<Decider>({}).when(cancel).then_refused("COMMON_404");
}

// --- Refunds ---

TEST(Payments, gives_back_all_or_a_part_and_never_more_than_is_left)
{
    const auto all = given<Decider>(paid).when(ask_back(std::nullopt));
    all.then(going_back(price.value));
    all.again().then(Already{});
    given<Decider>(paid).when(ask_back(10'000)).then(going_back(10'000));
    given<Decider>(paid + going_back(10'000))
        .when(ask_back(19'801, id<RefundId>(22)))
        .then(Rejection{"COMMON_400", {{"paymentId", card.text()}, {"amount", 19'801}, {"maximum", 19'800}}});
    given<Decider>(paid + going_back(10'000))
        .when(ask_back(std::nullopt, id<RefundId>(22)))
        .then(going_back(19'800, id<RefundId>(22)));
    given<Decider>(paid + going_back(price.value))
        .when(ask_back(std::nullopt, id<RefundId>(22)))
        .then_refused("PAY_002");
    given<Decider>(paid).when(ask_back(0)).then_refused("COMMON_400");
}

TEST(Payments, gives_nothing_back_of_what_was_not_captured)
{
    given<Decider>({}).when(ask_back(1)).then_refused("COMMON_404");
    given<Decider>({prepared}).when(ask_back(1)).then_refused("COMMON_409");
    given<Decider>({PaymentCompleted{order, card, buyer, Method::point, Provider::none, Won{0}, "", usual_time, {}}})
        .when(ask_back(std::nullopt))
        .then_refused("COMMON_409");
}

TEST(Payments, counts_what_has_gone_back)
{
    const RecordRefund record{order, card, back, "R1"};
    const auto first = given<Decider>(paid + going_back(10'000)).when(record);
    first.then(gone_back(10'000, 10'000));
    first.again().then(Already{});
    const auto rest = id<RefundId>(22);
    given<Decider>(paid + going_back(10'000) + gone_back(10'000, 10'000) + going_back(19'800, rest))
        .when(RecordRefund{order, card, rest, "R1"})
        .then(gone_back(19'800, 29'800, rest));
    given<Decider>(paid).when(record).then_refused("COMMON_404");
}

TEST(Payments, a_refund_that_the_gateway_refuses_can_be_asked_for_again)
{
    const RecordRefundFailure refused{order, card, back, "NOT_CANCELABLE", "no"};
    const RefundFailed failed{order, card, back, Won{10'000}, "NOT_CANCELABLE", "no"};
    const auto first = given<Decider>(paid + going_back(10'000)).when(refused);
    first.then(failed);
    first.again().then(Already{});
    given<Decider>(paid + going_back(10'000) + failed).when(ask_back(std::nullopt)).then(going_back(price.value));
    given<Decider>(paid).when(refused).then_refused("COMMON_404");
}

TEST(Payments, an_unwanted_capture_is_counted_as_gone_back_beside_the_wanted_one)
{
    const auto refund = unwanted_refund(card, "key-9");
    const UnwantedCapture twice{order, card, Provider::toss, "key-9", price, Unwanted::paid_already, refund};
    given<Decider>(paid + twice)
        .when(RecordRefund{order, card, refund, "R9"})
        .then(PaymentRefunded{order, card, refund, price, price, Won{0}, "R9", RefundCause::unwanted_capture});
    given<Decider>(paid + twice).when(ask_back(std::nullopt)).then(going_back(price.value));
}

TEST(Payments, takes_over_a_refund_that_somebody_made_at_the_gateway)
{
    const auto adopted = id<RefundId>(31);
    const AdoptRefund adopt{order, card, adopted, "key-1", Won{10'000}, "T1", Won{10'000}};
    const PaymentRefunded taken_over{
        order, card, adopted, Won{10'000}, Won{10'000}, Won{19'800}, "T1", RefundCause::requested, "key-1"};
    const auto first = given<Decider>(paid).when(adopt);
    first.then(taken_over);
    first.again().then(Already{});
    given<Decider>(paid + taken_over)
        .when(ask_back(std::nullopt, id<RefundId>(22)))
        .then(going_back(19'800, id<RefundId>(22)));
    given<Decider>({prepared, confirming}).when(adopt).then_refused("COMMON_404");
    auto too_much = adopt;
    too_much.amount = too_much.refunded_there = Won{29'801};
    given<Decider>(paid).when(too_much).then_refused("COMMON_400");
}

TEST(Payments, takes_over_no_refund_that_may_be_its_own)
{
    const AdoptRefund adopt{order, card, id<RefundId>(31), "key-1", Won{10'000}, "T1", Won{10'000}};
    given<Decider>(paid + going_back(10'000)).when(adopt).then_refused("COMMON_409");
    // Our books have come as far as the gateway's while it was asked.
    given<Decider>(paid + going_back(10'000) + gone_back(10'000, 10'000)).when(adopt).then(Already{});
    auto second = adopt;
    second.refunded_there = Won{20'000};
    given<Decider>(paid + going_back(10'000) + gone_back(10'000, 10'000))
        .when(second)
        .then(PaymentRefunded{order, card, second.refund_id, Won{10'000}, Won{20'000}, Won{9'800}, "T1",
                              RefundCause::requested, "key-1"});
}

TEST(Payments, a_refund_of_an_unwanted_capture_that_somebody_made_is_counted_with_it)
{
    const auto refund = unwanted_refund(card, "key-9");
    const UnwantedCapture twice{order, card, Provider::toss, "key-9", price, Unwanted::paid_already, refund};
    const RefundFailed failed{order, card, refund, price, "NO", "no"};
    given<Decider>(paid + twice + failed)
        .when(AdoptRefund{order, card, id<RefundId>(31), "key-9", Won{1'000}, "T1", Won{1'000}})
        .then(PaymentRefunded{order, card, id<RefundId>(31), Won{1'000}, Won{1'000}, price - Won{1'000}, "T1",
                              RefundCause::unwanted_capture, "key-9"});
}

// --- ClosePayments ---

TEST(Payments, closing_gives_back_what_is_left_and_lets_nothing_in)
{
    const RefundId closing{events::uuid_v5(card.value, "closed")};
    const auto first = given<Decider>(paid + going_back(10'000)).when(close);
    first.then(PaymentsClosed{order, "unpaid", {{card, closing, Won{19'800}}}, {}});
    first.again().then(Already{});
    given<Decider>({}).when(close).then(closed_empty);
    given<Decider>({prepared}).when(close).then(closed);
}

}  // namespace
}  // namespace jangteo::producers::payments
