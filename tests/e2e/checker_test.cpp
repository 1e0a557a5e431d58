// The checker itself: it finds nothing in a log that is right, and each rule finds what breaks it.
#include "tests/e2e/checker/checker.hpp"
#include "events/calendar.hpp"
#include "events/claims.hpp"
#include "events/inquiries.hpp"
#include "events/inventory.hpp"
#include "events/members.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/periods.hpp"
#include "events/points.hpp"
#include "events/settlement.hpp"
#include "events/shipping.hpp"

#include <gtest/gtest.h>
#include <functional>

namespace jangteo::e2e {
namespace {

using namespace events;

/// A log of one partition each, written by hand: an order with points that is cancelled while it is being paid, one that
/// is paid after some tries, shipped and kept, one that is refused for lack of stock.
class Checker : public testing::Test {
protected:
    Checker()
    {
        for (const auto& context : contexts) {
            log[context + ".commands"].resize(1);
            log[context + ".events"].resize(1);
            Record marker = append(context + ".events", {});
            log[context + ".events"][0].back().envelope.type = taken_over_type;
            log[context + ".events"][0].back().envelope.writer = writer;
        }
        for (const auto& inbox : inboxes) log[inbox].resize(1);
        log[replies_topic].resize(1);

        asked(inventory::PutItem{mug, 5, "컵", {2'000}, seller},
              inventory::ItemPut{mug, 0, 5, 0, "컵", {2'000}, seller, true});
        earn(old_lot, 300, 300);
        earn(young_lot, 500, 800);

        place(first, 3, 400);
        said(inventory::HoldStock{mug, first, 3},
             inventory::StockHeld{mug, first, 3, "컵", {2'000}, seller, 5, 3, true});
        said(
            points::SpendPoints{user, {400}, first, "주문 사용"},
            points::PointsSpent{user, spend, first, {400}, {{old_lot, {300}}, {young_lot, {100}}}, "주문 사용", {400}});
        accept(first, 3, 400);
        place(second, 2, 0);
        said(inventory::HoldStock{mug, second, 2},
             inventory::StockHeld{mug, second, 2, "컵", {2'000}, seller, 5, 5, true});
        accept(second, 2, 0);
        place(third, 1, 0);
        const Rejection reason{"PROD_002", {{"productId", mug.text()}, {"requested", 1}, {"available", 0}}};
        refused(inventory::HoldStock{mug, third, 1}, reason);
        said(orders::RefuseOrder{third, reason.code, {details_to_json(reason.details)}},
             orders::OrderRefused{third, user, reason.code, {details_to_json(reason.details)}}, {replies_topic});
        pay_the_second();
        ship_and_keep_the_second();
        settle_the_second();
        pay_the_first_late();
        live_beside_buying();
        asked(orders::CancelOrder{first, "취소", orders::CancelCause::buyer},
              orders::OrderCancelled{first, user, "취소", orders::CancelCause::buyer, {{mug, 3}}, {400}},
              {inbox_topic});
        refused(orders::ConfirmOrder{first, slow}, {"ORD_003", {{"orderId", first.text()}}});
        said(inventory::ReleaseStock{mug, first}, inventory::StockReleased{mug, first, 3, 3, 0});
        said(points::RestorePoints{user, first, "환급"},
             points::PointsRestored{
                 user, spend, first, {400}, {{old_lot, {300}, year}, {young_lot, {100}, year}}, {}, "환급", {880}},
             {expiry_inbox_topic});
        said(payments::ClosePayments{first, "취소"},
             payments::PaymentsClosed{first, "취소", {{slow, closing, {8'600}}}, {quick}}, {gateway_inbox_topic});
        give_back(first, slow, closing, 8'600, 0, payments::RefundCause::order_cancelled);
    }

    // ---- Writing

    Record append(const std::string& topic, Record record)
    {
        record.topic = topic;
        record.partition = 0;
        record.offset = static_cast<std::int64_t>(log[topic][0].size());
        log[topic][0].push_back(record);
        return record;
    }

    /// A command, its outcome, and the answers to it. If nobody is `answered`, nobody waits for it.
    template <class Command>
    void decided(const Command& command, const std::string& type, const std::string& value, const std::string& answered,
                 const std::vector<std::string>& also)
    {
        Record record;
        record.value = to_json(command);
        record.envelope.id = uuid_v5(url_namespace, std::to_string(++count));
        record.envelope.type = Command::type;
        record.envelope.subject = subject_of(command);
        record.envelope.time = time + std::chrono::seconds{count};
        record.envelope.correlation_id = correlation_of(command, record.envelope.id);
        if (!answered.empty()) {
            record.envelope.reply_to = {answered, 0, answered == replies_topic ? "edge" : "", record.envelope.id};
        }
        const std::string type_text(Command::type);
        const auto context = type_text.substr(8, type_text.rfind('.') - 8);
        const auto said_to = append(context + ".commands", record);
        record.value = value;
        record.envelope.type = type;
        record.envelope.causation_id = said_to.envelope.id;
        record.envelope.id = uuid_v5(said_to.envelope.id, "outcome");
        record.envelope.writer = writer;
        record.envelope.sequence = static_cast<std::int64_t>(log[context + ".events"][0].size());
        record.envelope.command_offset = said_to.offset;
        auto answer = append(context + ".events", record);
        answer.envelope.position.advance(context, 0, answer.offset);
        if (!answered.empty() && !begins_a_process(type)) append(answered, answer);
        for (const auto& topic : also) append(topic, answer);
    }
    template <class Command, class Event>
    void asked(const Command& command, const Event& event, const std::vector<std::string>& also = {})
    {
        decided(command, std::string(Event::type), to_json(event), replies_topic, also);
    }
    template <class Command, class Event>
    void said(const Command& command, const Event& event, const std::vector<std::string>& also = {})
    {
        decided(command, std::string(Event::type), to_json(event), inbox_topic, also);
    }
    template <class Command, class Event>
    void told(const Command& command, const Event& event, const std::vector<std::string>& to = {gateway_inbox_topic})
    {
        decided(command, std::string(Event::type), to_json(event), {}, to);
    }
    template <class Command>
    void refused(const Command& command, const Rejection& reason)
    {
        decided(command, std::string(rejected_type), rejection_to_json(reason, Command::type), inbox_topic, {});
    }
    static Uuid correlation_of(const auto& command, const Uuid& otherwise)
    {
        if constexpr (requires { command.order_id.value; }) {
            return command.order_id.value;
        } else if constexpr (requires { command.order_id->value; }) {
            return command.order_id ? command.order_id->value : otherwise;
        } else {
            return otherwise;
        }
    }

    void earn(const LotId& lot, std::int64_t amount, std::int64_t balance)
    {
        points::EarnPoints command;
        command.user_id = user;
        command.amount = {amount};
        command.source = points::PointSource::event;
        command.description = "선물";
        asked(command,
              points::PointsEarned{user, lot, {amount}, points::PointSource::event, {}, {}, "선물", year, {balance}},
              {expiry_inbox_topic});
    }
    void place(const OrderId& id, std::int64_t quantity, std::int64_t use)
    {
        orders::PlaceOrder command;
        command.order_id = id;
        command.user_id = user;
        command.lines = {{mug, quantity, {}}};
        command.shipping_address = {"홍길동", "010-1234-5678", "04524", "서울", {}};
        command.points_to_use = {use};
        asked(command,
              orders::OrderPlaced{id, "ORD-" + id.text(), user, command.lines, command.shipping_address, {use}},
              {inbox_topic});
    }
    void accept(const OrderId& id, std::int64_t quantity, std::int64_t use)
    {
        orders::OrderAccepted event{
            id, "ORD-" + id.text(), user, {{mug, "컵", {2'000}, seller, quantity, {2'000 * quantity}, {}}}};
        event.product_amount = {2'000 * quantity};
        event.shipping_fee = {3'000};
        event.points_used = {use};
        event.total_amount = {2'000 * quantity + 3'000 - use};
        said(orders::AcceptOrder{id, {}, {use}, {3'000}}, event, {replies_topic});
    }

    // ---- Paying

    static std::string key_of(const PaymentId& id) { return "key-" + id.text(); }
    void prepare(const OrderId& order, const PaymentId& id, std::int64_t amount, std::optional<PaymentId> instead = {})
    {
        asked(payments::PreparePayment{order, id, user, card, toss, {amount}},
              payments::PaymentPrepared{order, id, user, card, toss, {amount}, instead});
    }
    void confirm(const OrderId& order, const PaymentId& id, std::int64_t amount)
    {
        asked(payments::CompletePayment{order, id, key_of(id), {amount}},
              payments::ConfirmationRequested{order, id, toss, key_of(id), {amount}}, {gateway_inbox_topic});
    }
    void fail(const OrderId& order, const PaymentId& id)
    {
        told(payments::RecordPaymentFailure{order, id, "REJECT_CARD", "한도 초과"},
             payments::PaymentFailed{order, id, "REJECT_CARD", "한도 초과"}, {inbox_topic, gateway_inbox_topic});
    }
    void complete(const OrderId& order, const PaymentId& id, std::int64_t amount, const std::string& key)
    {
        told(payments::RecordCapture{order, id, key, {amount}, time, "https://receipt"},
             payments::PaymentCompleted{order, id, user, card, toss, {amount}, key, time, "https://receipt"},
             {inbox_topic, gateway_inbox_topic});
    }
    void capture_unwanted(const OrderId& order, const PaymentId& id, std::int64_t amount, const std::string& key,
                          const RefundId& refund, payments::Unwanted why = payments::Unwanted::paid_already)
    {
        told(payments::RecordCapture{order, id, key, {amount}, time, {}},
             payments::UnwantedCapture{order, id, toss, key, {amount}, why, refund});
    }
    void ask_back(const OrderId& order, const PaymentId& id, const RefundId& refund, std::int64_t amount)
    {
        const auto cause = payments::RefundCause::requested;
        asked(payments::RequestRefund{order, id, refund, Won{amount}, "흠집", cause},
              payments::RefundRequested{order, id, refund, toss, key_of(id), {amount}, "흠집", cause},
              {gateway_inbox_topic});
    }
    /// The first to go back of a capture.
    void give_back(const OrderId& order, const PaymentId& id, const RefundId& refund, std::int64_t amount,
                   std::int64_t remaining, payments::RefundCause cause)
    {
        told(payments::RecordRefund{order, id, refund, "cancel"},
             payments::PaymentRefunded{order, id, refund, {amount}, {amount}, {remaining}, "cancel", cause},
             {inbox_topic, gateway_inbox_topic, claim_inbox_topic});
    }
    void refuse_to_give_back(const OrderId& order, const PaymentId& id, const RefundId& refund, std::int64_t amount)
    {
        told(payments::RecordRefundFailure{order, id, refund, "NOT_NOW", "점검 중"},
             payments::RefundFailed{order, id, refund, {amount}, "NOT_NOW", "점검 중"},
             {gateway_inbox_topic, claim_inbox_topic});
    }
    /// One try fails, one is given up, one gives way to another and is captured all the same; a part goes back.
    void pay_the_second()
    {
        prepare(second, declined, 7'000);
        confirm(second, declined, 7'000);
        fail(second, declined);
        asked(payments::CheckPayment{second, declined}, payments::PaymentCheckRequested{second, declined, toss},
              {gateway_inbox_topic});
        prepare(second, dropped, 7'000);
        asked(payments::CancelPayment{second, dropped, "그만"}, payments::PaymentCancelled{second, dropped, "그만"},
              {inbox_topic, gateway_inbox_topic});
        prepare(second, earlier, 7'000);
        prepare(second, paid, 7'000, earlier);
        confirm(second, paid, 7'000);
        told(payments::RecordNoAnswer{second, paid, "confirm"}, payments::PaymentUnknown{second, paid, toss, "confirm"},
             {});
        complete(second, paid, 7'000, key_of(paid));
        capture_unwanted(second, earlier, 7'000, key_of(earlier), unwanted);
        give_back(second, earlier, unwanted, 7'000, 0, payments::RefundCause::unwanted_capture);
        ask_back(second, paid, scratch, 1'000);
        refuse_to_give_back(second, paid, scratch, 1'000);
        ask_back(second, paid, scratch, 1'000);
        give_back(second, paid, scratch, 1'000, 6'000, payments::RefundCause::requested);
    }
    /// By a try that had failed, while another one is prepared.
    void pay_the_first_late()
    {
        prepare(first, slow, 8'600);
        fail(first, slow);
        prepare(first, quick, 8'600);
        complete(first, slow, 8'600, key_of(slow));
    }
    /// One more order, accepted: a mug for 5,000 won, with points or without.
    void place_the_fourth(const std::vector<points::LotAmount>& lots = {})
    {
        std::int64_t use = 0;
        for (const auto& lot : lots) use += lot.amount.value;
        place(fourth, 1, use);
        said(inventory::HoldStock{mug, fourth, 1},
             inventory::StockHeld{mug, fourth, 1, "컵", {2'000}, seller, 3, 1, true});
        if (use > 0) {
            said(points::SpendPoints{user, {use}, fourth, "주문 사용"},
                 points::PointsSpent{
                     user, uuid_v5(url_namespace, "spend again"), fourth, {use}, lots, "주문 사용", {5'880 - use}});
        }
        accept(fourth, 1, use);
    }

    void pay_the_fourth_with_points()
    {
        earn(gift_lot, 5'000, 5'880);
        place_the_fourth({{old_lot, {300}}, {young_lot, {500}}, {reward_lot, {80}}, {gift_lot, {4'120}}});
        const auto point = payments::Method::point;
        const auto none = payments::Provider::none;
        asked(payments::PreparePayment{fourth, other, user, point, none, {0}},
              payments::PaymentCompleted{fourth, other, user, point, none, {0}, "", time, {}},
              {inbox_topic, gateway_inbox_topic});
        said(orders::ConfirmOrder{fourth, other}, orders::OrderConfirmed{fourth, user, other});
        said(inventory::DeductStock{mug, fourth}, inventory::StockDeducted{mug, fourth, 1, 2, 0});
    }
    /// For the claims' process.
    template <class Command, class Event>
    void processed(const Command& command, const Event& event, const std::vector<std::string>& also = {})
    {
        decided(command, std::string(Event::type), to_json(event), claim_inbox_topic, also);
    }
    /// The mug of the fourth order has come, and goes back with the points that have paid it; shipping stays paid.
    void return_the_fourth()
    {
        using claims::ClaimKind;
        pay_the_fourth_with_points();
        const ShipmentId sent{uuid_v5(url_namespace, "sent")};
        asked(orders::ShipPart{fourth, seller, "CJ", "7"},
              orders::PartShipped{fourth, user, seller, sent, "CJ", "7", {{mug, 1}}, orders::OrderStanding::shipped},
              {inbox_topic});
        said(shipping::OpenShipment{sent, fourth, user, seller, "CJ", "7", {{mug, 1}}},
             shipping::ShipmentOpened{sent, fourth, user, seller, "CJ", "7", {{mug, 1}}});
        asked(shipping::RecordTracking{sent, shipping::ShipmentStatus::delivered, {}, {}, time},
              shipping::ShipmentDelivered{sent, fourth, user, seller, {}, {}, time}, {inbox_topic});
        said(orders::DeliverPart{fourth, sent},
             orders::PartDelivered{fourth, user, seller, sent, orders::OrderStanding::delivered});

        const auto wanted = orders::ClaimKind::refund;
        asked(orders::RequestClaim{fourth, claim, wanted, {{mug, 1}}, "깨짐", {}, {}},
              orders::ClaimRequested{fourth, claim, user, seller, wanted, {{mug, 1}}, "깨짐", {}, {}},
              {inbox_topic, claim_inbox_topic});
        processed(claims::OpenClaim{claim, fourth, user, seller, ClaimKind::refund, {{mug, 1}}, "깨짐", {}, {}},
                  claims::ClaimOpened{claim, fourth, user, seller, ClaimKind::refund, {{mug, 1}}, "깨짐", {}, {}},
                  {replies_topic});
        asked(claims::ApproveClaim{claim, false}, claims::ClaimApproved{claim, fourth, false});
        asked(claims::CollectGoods{claim, "CJ", "R"}, claims::CollectionStarted{claim, fourth, "CJ", "R"});
        asked(claims::ReceiveGoods{claim, {{mug, 1, 0}}},
              claims::GoodsReceived{claim, fourth, ClaimKind::refund, {{mug, 1, 0}}, false}, {claim_inbox_topic});
        processed(inventory::RestoreStock{mug, fourth, 1, "반품 입고"},
                  inventory::StockRestored{mug, fourth, 1, 3, 0, "반품 입고"});
        orders::ClaimEnded ended{.order_id = fourth, .claim_id = claim, .user_id = user, .seller_id = seller};
        ended.outcome = orders::ClaimOutcome::returned;
        ended.lines = {{mug, 1}};
        ended.product_amount = {2'000};
        ended.points_back = {2'000};
        ended.payment_id = other;
        ended.nothing_left = true;
        processed(orders::EndClaim{fourth, claim, orders::ClaimOutcome::returned, false}, ended, {inbox_topic});
        points::PointsRestored back{user,
                                    uuid_v5(url_namespace, "spend again"),
                                    fourth,
                                    {2'000},
                                    {{gift_lot, {2'000}, year}},
                                    {},
                                    "반품 환급",
                                    {2'880}};
        back.claim_id = claim;
        processed(points::RestorePoints{user, fourth, "반품 환급", Points{2'000}, claim}, back, {expiry_inbox_topic});
        processed(claims::CompleteReturn{claim, {0}, {2'000}, {0}},
                  claims::ClaimRefunded{claim, fourth, {0}, {2'000}, {0}});
    }

    void ship_and_keep_the_second()
    {
        using shipping::ShipmentStatus;
        said(orders::ConfirmOrder{second, paid}, orders::OrderConfirmed{second, user, paid});
        said(inventory::DeductStock{mug, second}, inventory::StockDeducted{mug, second, 2, 3, 3});
        asked(orders::ShipPart{second, seller, "CJ", "6123"},
              orders::PartShipped{
                  second, user, seller, shipment, "CJ", "6123", {{mug, 2}}, orders::OrderStanding::shipped},
              {inbox_topic});
        said(shipping::OpenShipment{shipment, second, user, seller, "CJ", "6123", {{mug, 2}}},
             shipping::ShipmentOpened{shipment, second, user, seller, "CJ", "6123", {{mug, 2}}});
        const auto told = [&](ShipmentStatus status, Timestamp at, ShipmentStatus standing) {
            asked(shipping::RecordTracking{shipment, status, "서울", "말씀", at},
                  shipping::TrackingRecorded{shipment, second, user, seller, status, "서울", "말씀", at, standing});
        };
        told(ShipmentStatus::out_for_delivery, time, ShipmentStatus::out_for_delivery);
        told(ShipmentStatus::in_transit, time - std::chrono::hours{5}, ShipmentStatus::out_for_delivery);
        asked(shipping::RecordTracking{shipment, ShipmentStatus::delivered, {}, {}, time},
              shipping::ShipmentDelivered{shipment, second, user, seller, {}, {}, time}, {inbox_topic});
        said(orders::DeliverPart{second, shipment},
             orders::PartDelivered{second, user, seller, shipment, orders::OrderStanding::delivered});
        asked(orders::ConfirmPurchase{second, orders::ConfirmationCause::buyer},
              orders::PurchaseConfirmed{
                  second,
                  user,
                  orders::ConfirmationCause::buyer,
                  {4'000},
                  {{seller, {4'000}}},
                  std::vector<orders::KeptPart>{{seller, {4'000}, {0}, {3'000}, {{mug, 2, {2'000}}}}},
                  "ORD-" + second.text()},
              {inbox_topic});
        points::EarnPoints reward;
        reward.user_id = user;
        reward.amount = {80};
        reward.source = points::PointSource::purchase;
        reward.order_id = second;
        reward.description = "구매 확정 적립";
        said(reward,
             points::PointsEarned{
                 user, reward_lot, {80}, reward.source, second.text(), second, reward.description, year, {480}},
             {expiry_inbox_topic});
    }

    /// Somebody is there, wishes, looks, chooses and asks.
    void live_beside_buying()
    {
        using namespace members;
        today = day_text(day_in_seoul(time + std::chrono::seconds{count + 1}));
        asked(CheckIn{visitor}, CheckedIn{visitor, today, {100}, false, 1, 1}, {reward_inbox_topic});
        points::EarnPoints reward{.user_id = visitor, .amount = {100}};
        reward.source = points::PointSource::daily_checkin;
        reward.reference = today;
        reward.description = "출석 체크";
        points::PointsEarned earned{.user_id = visitor, .lot_id = {uuid_v5(url_namespace, "day")}, .amount = {100}};
        earned.source = reward.source;
        earned.reference = today;
        earned.description = reward.description;
        earned.expires_at = year;
        earned.balance = {100};
        decided(reward, std::string(points::PointsEarned::type), to_json(earned), reward_inbox_topic,
                {expiry_inbox_topic});
        const AddressId home{uuid_v5(url_namespace, "home")};
        asked(AddAddress{visitor, home, "v1.home", false}, AddressAdded{visitor, home, "v1.home", true});
        asked(AddToWishlist{visitor, mug}, AddedToWishlist{visitor, mug});
        asked(ViewProduct{visitor, mug}, ProductViewed{visitor, mug});
        const NotificationChoice choice{NotificationTopic::order, true, false, false, false};
        asked(ChooseNotifications{visitor, {choice}}, NotificationsChosen{visitor, {choice}});

        using namespace inquiries;
        const UserId admin{uuid_v5(url_namespace, "admin")};
        const auto etc = InquiryCategory::etc;
        asked(OpenInquiry{inquiry, visitor, etc, "문의", "언제 여나요?", {}, {}, false},
              InquiryOpened{inquiry, visitor, etc, "문의", "언제 여나요?", {}, {}, false});
        asked(ReplyToInquiry{inquiry, admin, "내일 엽니다."},
              InquiryAnswered{inquiry, visitor, "문의", admin, "내일 엽니다."});
    }

    /// Of 4,000 won for goods 1,000 have gone back before; the rest is settled with the week, held once, and paid.
    void settle_the_second()
    {
        using namespace settlement;
        const auto booked = time - std::chrono::hours{1};
        const std::vector<SoldLine> lines{{mug, 2, {2'000}}};
        said(RecordSale{seller, second, "ORD-" + second.text(), {4'000}, {0}, {3'000}, 1'000, lines},
             SaleRecorded{seller,
                          second,
                          "ORD-" + second.text(),
                          {4'000},
                          {0},
                          {3'000},
                          1'000,
                          lines,
                          {400},
                          {3'600},
                          booked,
                          true,
                          {{Account::clearing, {7'000}},
                           {Account::commission, {-400}},
                           {Account::shipping, {-3'000}},
                           {Account::payable, {-3'600}}}});
        adjust(scratch, 1'000, 100, booked, {});
        said(RegisterSeller{the_market(), seller}, SellerRegistered{the_market(), seller, 0});
        asked(StartRun{the_market(), run, "2026-W47", true}, SettlementRunStarted{the_market(), run, "2026-W47", time},
              {run_inbox_topic});
        const auto of_the_run = [&](const auto& command, const auto& event, const std::vector<std::string>& also) {
            using Event = std::remove_cvref_t<decltype(event)>;
            decided(command, std::string(Event::type), to_json(event), run_inbox_topic, also);
        };
        of_the_run(CallRoll{the_market(), run, 0}, RollCalled{the_market(), run, 0, {seller}, false}, {});
        of_the_run(CloseSettlement{seller, run, "2026-W47", time},
                   SettlementScheduled{seller,
                                       week,
                                       run,
                                       "2026-W47",
                                       {},
                                       time,
                                       {4'000},
                                       {400},
                                       {1'000},
                                       {100},
                                       {2'700},
                                       2,
                                       {{Account::payable, {2'700}}, {Account::scheduled, {-2'700}}}},
                   {});
        of_the_run(CompleteRun{the_market(), run, 1, 1, {2'700}},
                   SettlementRunCompleted{the_market(), run, "2026-W47", 1, 1, {2'700}}, {replies_topic});
        asked(HoldSettlement{seller, week, "계좌 확인"}, SettlementHeld{seller, week, "계좌 확인"});
        asked(ReleaseSettlement{seller, week}, SettlementReleased{seller, week});
        asked(ConfirmSettlement{seller, week}, SettlementConfirmed{seller, week});
        asked(
            PaySettlement{seller, week, "KB-1"},
            SettlementPaid{seller, week, {2'700}, "KB-1", {{Account::scheduled, {2'700}}, {Account::paid, {-2'700}}}});
    }
    void adjust(const RefundId& refund, std::int64_t amount, std::int64_t commission, Timestamp booked,
                std::optional<SettlementId> of)
    {
        using namespace settlement;
        said(AdjustSale{seller, second, refund, {amount}, {0}},
             SaleAdjusted{seller,
                          second,
                          refund,
                          {amount},
                          {0},
                          {commission},
                          {amount - commission},
                          booked,
                          of,
                          {{Account::clearing, {-amount}},
                           {Account::commission, {commission}},
                           {Account::payable, {amount - commission}}}});
    }

    // ---- Judging

    std::string findings() const
    {
        const Story story(log);
        Findings found;
        check_log(story, {}, found);
        return found.text();
    }
    PaymentBooks money() const
    {
        const Story story(log);
        Findings found;
        return check_log(story, {}, found).payments;
    }
    Record& event(const std::string& context, std::string_view type, std::size_t which = 0)
    {
        for (auto& record : log[context + ".events"][0]) {
            if (record.envelope.type == type && which-- == 0) return record;
        }
        throw std::logic_error("no such event");
    }
    static void replace(std::string& text, const std::string& from, const std::string& to)
    {
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from << " in " << text;
        text.replace(at, from.size(), to);
    }
    /// The event says something else, and so does everybody who was told of it.
    void forge(Record& record, const std::string& from, const std::string& to)
    {
        const std::string before = record.value;
        replace(record.value, from, to);
        for (auto& [topic, partitions] : log) {
            if (!topic.ends_with(".inbox") && topic != replies_topic) continue;
            for (auto& answer : partitions[0]) {
                if (answer.value == before && answer.envelope.causation_id == record.envelope.causation_id) {
                    answer.value = record.value;
                }
            }
        }
    }
    void expect_finding(const std::string& words) const
    {
        const auto found = findings();
        EXPECT_NE(found.find(words), std::string::npos) << "looked for: " << words << "\nfound:\n" << found;
    }

    Log log;
    int count = 0;
    std::string today;  ///< The day on which the visitor was there.
    const Uuid writer = uuid_v5(url_namespace, "writer");
    const Uuid spend = uuid_v5(url_namespace, "spend");
    const UserId visitor{uuid_v5(url_namespace, "visitor")};
    const InquiryId inquiry{uuid_v5(url_namespace, "inquiry")};
    const Timestamp time = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    const Timestamp year = time + std::chrono::hours{24 * 365};
    const ProductId mug{uuid_v5(url_namespace, "mug")};
    const SellerId seller{uuid_v5(url_namespace, "seller")};
    const UserId user{uuid_v5(url_namespace, "user")};
    const LotId old_lot{uuid_v5(url_namespace, "old")};
    const LotId young_lot{uuid_v5(url_namespace, "young")};
    const LotId reward_lot{uuid_v5(url_namespace, "reward")};
    const ShipmentId shipment{uuid_v5(url_namespace, "shipment")};
    const RunId run = run_of("2026-W47");
    const SettlementId week{uuid_v5(url_namespace, "week")};
    const OrderId first{uuid_v5(url_namespace, "first")};
    const OrderId second{uuid_v5(url_namespace, "second")};
    const OrderId third{uuid_v5(url_namespace, "third")};
    const OrderId fourth{uuid_v5(url_namespace, "fourth")};
    static constexpr auto card = payments::Method::card;
    static constexpr auto toss = payments::Provider::toss;
    const LotId gift_lot{uuid_v5(url_namespace, "gift")};
    const PaymentId declined{uuid_v5(url_namespace, "declined")};
    const PaymentId dropped{uuid_v5(url_namespace, "dropped")};
    const PaymentId earlier{uuid_v5(url_namespace, "earlier")};
    const PaymentId paid{uuid_v5(url_namespace, "paid")};
    const PaymentId slow{uuid_v5(url_namespace, "slow")};
    const PaymentId quick{uuid_v5(url_namespace, "quick")};
    const PaymentId other{uuid_v5(url_namespace, "other")};
    const RefundId unwanted{uuid_v5(url_namespace, "unwanted")};
    const RefundId scratch{uuid_v5(url_namespace, "scratch")};
    const RefundId closing{uuid_v5(url_namespace, "closing")};
    const RefundId more{uuid_v5(url_namespace, "more")};
    const ClaimId claim{uuid_v5(url_namespace, "claim")};
};

TEST_F(Checker, finds_nothing_in_a_log_that_is_right)
{
    EXPECT_EQ(findings(), "");
}

TEST_F(Checker, misses_an_outcome)
{
    log["points.commands"][0].push_back(log["points.commands"][0].back());
    log["points.commands"][0].back().envelope.id = uuid_v5(url_namespace, "another");
    expect_finding("has 0 accepted outcomes");
}

TEST_F(Checker, sees_two_outcomes_of_one_command)
{
    auto& events = log["inventory.events"][0];
    auto again = events.back();
    again.offset = static_cast<std::int64_t>(events.size());
    again.envelope.command_offset += 1;
    again.envelope.sequence += 1;
    events.push_back(again);
    expect_finding("has 2 accepted outcomes");
}

TEST_F(Checker, does_not_count_what_is_dead)
{
    auto late = log["inventory.events"][0].back();
    late.envelope.writer = uuid_v5(url_namespace, "a former owner");
    late.offset += 1;
    log["inventory.events"][0].push_back(late);
    EXPECT_EQ(findings(), "");
}

TEST_F(Checker, sees_a_lost_event)
{
    auto& events = log["inventory.events"][0];
    events.erase(events.begin() + 2);  // What follows has a gap before it: nobody accepts it.
    expect_finding("has 0 accepted outcomes");
}

TEST_F(Checker, sees_an_answer_that_contradicts_the_log)
{
    replace(log[replies_topic][0][1].value, R"("amount":300)", R"("amount":301)");
    expect_finding("where the log says");
}

TEST_F(Checker, sees_an_answer_before_its_event)
{
    log[replies_topic][0][0].envelope.position = {};
    expect_finding("has a position before its own event");
}

TEST_F(Checker, sees_that_nobody_was_answered)
{
    log[replies_topic][0].erase(log[replies_topic][0].begin());
    expect_finding("has never been answered");
}

TEST_F(Checker, sees_that_the_saga_was_not_told)
{
    std::erase_if(log[inbox_topic][0], [](const auto& r) { return r.envelope.type == inventory::StockReleased::type; });
    expect_finding("has never reached order_fulfilment.inbox");
}

TEST_F(Checker, sees_oversold_stock)
{
    forge(event("inventory", inventory::StockHeld::type, 1), R"("quantity":2)", R"("quantity":3)");
    expect_finding("is held though there is not enough");
    expect_finding("reserved does not follow from the log");
}

TEST_F(Checker, sees_stock_that_was_not_given_back)
{
    log["inventory.events"][0].pop_back();
    log["inventory.commands"][0].pop_back();
    std::erase_if(log[inbox_topic][0], [](const auto& r) { return r.envelope.type == inventory::StockReleased::type; });
    expect_finding("(cancelled): still holds 3");
}

TEST_F(Checker, sees_a_refusal_that_was_not_right)
{
    forge(event("inventory", rejected_type), R"("available":0)", R"("available":1)");
    expect_finding("refuses with another amount than was available");
}

TEST_F(Checker, sees_a_lot_used_before_an_older_one)
{
    auto& spent = event("points", points::PointsSpent::type);
    forge(spent,
          R"({"lotId":")" + old_lot.text() + R"(","amount":300},{"lotId":")" + young_lot.text() + R"(","amount":100})",
          R"({"lotId":")" + young_lot.text() + R"(","amount":400})");
    expect_finding("takes from a lot while an older one is open");
}

TEST_F(Checker, sees_a_wrong_balance)
{
    forge(event("points", points::PointsEarned::type, 1), R"("balance":800)", R"("balance":900)");
    expect_finding("the balance is not the sum of the lots");
}

TEST_F(Checker, sees_points_given_back_to_another_lot)
{
    auto& restored = event("points", points::PointsRestored::type);
    forge(restored, R"("amount":300,)", R"("amount":200,)");
    forge(restored, R"("amount":100,)", R"("amount":200,)");
    expect_finding("gives back another amount to a lot than was taken from it");
}

TEST_F(Checker, sees_points_that_have_outlived_their_time)
{
    auto& earned = event("points", points::PointsEarned::type, 1);
    forge(earned, R"("expiresAt":")" + to_iso8601(year), R"("expiresAt":")" + to_iso8601(time - std::chrono::hours{1}));
    expect_finding(user.text() + " has points whose time is over");
}

TEST_F(Checker, sees_points_that_were_not_given_back)
{
    log["points.events"][0].pop_back();
    log["points.commands"][0].pop_back();
    std::erase_if(log[inbox_topic][0], [](const auto& r) { return r.envelope.type == points::PointsRestored::type; });
    expect_finding("(cancelled): has 400 points spent of 400");
}

TEST_F(Checker, sees_an_order_without_an_end)
{
    auto& events = log["orders.events"][0];
    std::erase_if(events, [&](const auto& r) { return r.envelope.type == orders::OrderRefused::type; });
    expect_finding("(placing): has not ended");
}

TEST_F(Checker, sees_a_wrong_price)
{
    forge(event("orders", orders::OrderAccepted::type), R"("unitPrice":2000)", R"("unitPrice":1999)");
    expect_finding("has another price than stock was held at");
    expect_finding("has a wrong subtotal");
}

TEST_F(Checker, sees_another_reason_than_the_first)
{
    forge(event("orders", orders::OrderRefused::type), "PROD_002", "POINT_001");
    expect_finding("is refused for another than the first reason");
}

TEST_F(Checker, sees_an_order_that_says_it_has_gone_further_than_its_parts)
{
    forge(event("orders", orders::PartShipped::type), R"("orderStatus":"shipped")", R"("orderStatus":"processing")");
    expect_finding("says that the order is processing, and it is shipped");
}

TEST_F(Checker, sees_a_part_that_nobody_follows)
{
    const auto opened = [](const auto& r) { return r.envelope.type == shipping::ShipmentOpened::type; };
    std::erase_if(log["shipping.events"][0], opened);
    expect_finding("has shipped a part that nobody follows");
}

TEST_F(Checker, sees_a_shipment_that_was_moved_by_old_news)
{
    forge(event("shipping", shipping::TrackingRecorded::type, 1), R"("shipmentStatus":"out_for_delivery")",
          R"("shipmentStatus":"in_transit")");
    expect_finding("stands elsewhere than what was told comes to");
}

TEST_F(Checker, sees_that_the_order_was_not_told_of_its_delivery)
{
    for (const auto type : {orders::PartDelivered::type, orders::PurchaseConfirmed::type}) {
        std::erase_if(log["orders.events"][0], [&](const auto& r) { return r.envelope.type == type; });
    }
    expect_finding("does not know whether its part has been delivered");
}

TEST_F(Checker, sees_another_reward_than_two_in_a_hundred)
{
    forge(event("orders", orders::PurchaseConfirmed::type), R"("rewardBase":4000)", R"("rewardBase":3999)");
    expect_finding("has another base for the reward");
    expect_finding("is rewarded with 80 points instead of 79");
}

// ---- Payments

TEST_F(Checker, sums_up_the_money_of_each_payment)
{
    const auto books = money();
    const std::map<PaymentId, Money> expected{
        {earlier, {7'000, 7'000, 0}}, {paid, {7'000, 1'000, 6'000}}, {slow, {8'600, 8'600, 0}}};
    EXPECT_EQ(books.by_payment, expected);
    EXPECT_EQ(books.total, (Money{22'600, 16'600, 6'000}));
}

TEST_F(Checker, finds_nothing_in_an_order_that_points_pay_in_full)
{
    pay_the_fourth_with_points();
    EXPECT_EQ(findings(), "");
    EXPECT_FALSE(money().by_payment.contains(other)) << "no gateway took anything";
}

TEST_F(Checker, finds_nothing_in_a_return_that_is_right)
{
    return_the_fourth();
    EXPECT_EQ(findings(), "");
}

TEST_F(Checker, sees_a_return_of_another_amount)
{
    return_the_fourth();
    auto& ended = event("orders", orders::ClaimEnded::type);
    forge(ended, R"("pointsBack":2000)", R"("pointsBack":1999)");
    expect_finding("shares out another amount");
    expect_finding("gives back another part of the points");
    expect_finding("has 3000 points spent of 5000");
    expect_finding("tells its buyer of another amount");
}

TEST_F(Checker, sees_money_that_a_return_did_not_give_back)
{
    return_the_fourth();
    forge(event("orders", orders::ClaimEnded::type), R"("refundAmount":0)", R"("refundAmount":10)");
    expect_finding("has given back 0 won instead of 10");
}

TEST_F(Checker, sees_units_that_were_lost_on_the_way_back)
{
    return_the_fourth();
    forge(event("claims", claims::GoodsReceived::type), R"("resellable":1,"damaged":0)",
          R"("resellable":0,"damaged":1)");
    expect_finding("more than it should");
    forge(event("claims", claims::GoodsReceived::type), R"("damaged":1)", R"("damaged":0)");
    expect_finding("does not account for every unit of the claim");
}

TEST_F(Checker, sees_an_order_that_is_wrong_about_what_is_left)
{
    return_the_fourth();
    forge(event("orders", orders::ClaimEnded::type), R"("nothingLeft":true)", R"("nothingLeft":false)");
    expect_finding("is wrong about what is left");
}

TEST_F(Checker, sees_a_purchase_confirmed_that_is_claimed)
{
    return_the_fourth();
    asked(
        orders::RequestClaim{second, {uuid_v5(url_namespace, "late")}, {}, {{mug, 1}}, "늦음", {}, {}},
        orders::ClaimRequested{second, {uuid_v5(url_namespace, "late")}, user, seller, {}, {{mug, 1}}, "늦음", {}, {}},
        {inbox_topic, claim_inbox_topic});
    expect_finding("comes after the purchase was confirmed");
    expect_finding("has a claim that was never opened");
}

TEST_F(Checker, sees_a_claim_that_skips_a_step)
{
    return_the_fourth();
    asked(claims::ApproveClaim{claim, true}, claims::ClaimApproved{claim, fourth, true});
    expect_finding("comes after the claim was refunded");
}

TEST_F(Checker, sees_a_replacement_of_nothing)
{
    return_the_fourth();
    processed(inventory::HoldStock{mug, {claim.value}, 1},
              inventory::StockHeld{mug, {claim.value}, 1, "컵", {2'000}, seller, 3, 1, true});
    expect_finding("has 1 units kept and 0 sent instead of 1");
}

TEST_F(Checker, sees_points_that_a_gateway_took)
{
    forge(event("payments", payments::PaymentCompleted::type), R"("method":"card")", R"("method":"point")");
    expect_finding("is begun again");
    place_the_fourth();
    const auto point = payments::Method::point;
    told(payments::PreparePayment{fourth, other, user, point, toss, {5'000}},
         payments::PaymentCompleted{fourth, other, user, point, toss, {5'000}, "key", time, {}},
         {inbox_topic, gateway_inbox_topic});
    expect_finding("has points taken by a gateway");
}

TEST_F(Checker, sees_a_payment_that_is_prepared_when_it_may_not)
{
    prepare(third, paid, 1'000);
    expect_finding("is begun again");
    prepare(second, other, 7'000);
    expect_finding("comes after the order was paid");
    prepare(first, other, 8'600);
    expect_finding("comes after the order was given up");
}

TEST_F(Checker, sees_a_payment_that_is_prepared_while_a_gateway_is_asked)
{
    prepare(third, other, 1'000);
    confirm(third, other, 1'000);
    prepare(third, PaymentId{uuid_v5(url_namespace, "yet another")}, 1'000);
    expect_finding("comes while a gateway is asked about another one");
}

TEST_F(Checker, sees_a_payment_that_gives_a_gateway_nothing_to_do)
{
    prepare(third, other, 0);
    expect_finding("gives a gateway nothing to do");
}

TEST_F(Checker, sees_that_another_payment_was_superseded)
{
    forge(event("payments", payments::PaymentPrepared::type, 3), earlier.text(), dropped.text());
    expect_finding("supersedes another than the one that was prepared");
}

TEST_F(Checker, sees_a_payment_that_the_order_does_not_have)
{
    fail(third, paid);
    expect_finding("is about a payment that the order does not have");
}

TEST_F(Checker, sees_a_confirmation_of_what_is_not_prepared)
{
    confirm(second, declined, 7'000);
    expect_finding("is to be confirmed without being prepared");
    expect_finding("ConfirmationRequested: comes after the order was paid");
}

TEST_F(Checker, sees_a_confirmation_of_another_amount)
{
    forge(event("payments", payments::ConfirmationRequested::type), R"("amount":7000)", R"("amount":6999)");
    expect_finding("ConfirmationRequested: is not what was prepared");
}

TEST_F(Checker, sees_a_confirmation_without_an_end)
{
    prepare(third, other, 1'000);
    confirm(third, other, 1'000);
    expect_finding("payment " + other.text() + ": its confirmation has no end");
    told(payments::RecordNoAnswer{third, other, "confirm"}, payments::PaymentUnknown{third, other, toss, "confirm"},
         {});
    expect_finding("payment " + other.text() + ": its confirmation has no end");
    fail(third, other);
    EXPECT_EQ(findings(), "");
}

TEST_F(Checker, sees_a_payment_that_is_completed_twice)
{
    complete(second, paid, 7'000, "another key");
    expect_finding("is completed twice");
}

TEST_F(Checker, sees_two_completed_payments_of_one_order)
{
    complete(second, declined, 7'000, key_of(declined));
    expect_finding("is the second completed payment of its order");
    expect_finding("has 2 completed payments instead of one");
}

TEST_F(Checker, sees_a_payment_that_is_completed_after_its_end)
{
    complete(second, dropped, 7'000, key_of(dropped));
    expect_finding("comes after the payment was given up");
    complete(first, quick, 8'600, key_of(quick));
    expect_finding("PaymentCompleted: comes after the order was given up");
}

TEST_F(Checker, sees_another_amount_than_was_prepared)
{
    forge(event("payments", payments::PaymentCompleted::type), R"("amount":7000)", R"("amount":7001)");
    expect_finding("PaymentCompleted: is not what was prepared");
    expect_finding("is paid with 7001 won instead of 7000");
}

TEST_F(Checker, sees_a_capture_that_is_counted_twice)
{
    capture_unwanted(second, declined, 7'000, key_of(paid), more);
    expect_finding("captures again what was captured");
}

TEST_F(Checker, sees_a_capture_that_is_called_unwanted_and_is_not)
{
    place_the_fourth();
    prepare(fourth, other, 5'000);
    for (const auto why : {payments::Unwanted::order_closed, payments::Unwanted::paid_already,
                           payments::Unwanted::wrong_amount, payments::Unwanted::given_up}) {
        const auto before = log;
        capture_unwanted(fourth, other, 5'000, key_of(other), more, why);
        give_back(fourth, other, more, 5'000, 0, payments::RefundCause::unwanted_capture);
        expect_finding("goes back for a reason that the log does not give");
        log = before;
    }
    capture_unwanted(fourth, other, 4'999, key_of(other), more, payments::Unwanted::wrong_amount);
    give_back(fourth, other, more, 4'999, 0, payments::RefundCause::unwanted_capture);
    EXPECT_EQ(findings(), "");
}

TEST_F(Checker, sees_ends_after_the_end)
{
    fail(second, declined);
    expect_finding("PaymentFailed: fails after it had come to an end");
    told(payments::RecordNoAnswer{second, paid, "confirm"}, payments::PaymentUnknown{second, paid, toss, "confirm"},
         {});
    expect_finding("is unknown though no gateway was asked");
    asked(payments::CancelPayment{second, earlier, "그만"}, payments::PaymentCancelled{second, earlier, "그만"},
          {inbox_topic, gateway_inbox_topic});
    expect_finding("gives up what was not only prepared");
    refuse_to_give_back(second, paid, scratch, 1'000);
    expect_finding("RefundFailed: fails after it had come to an end");
}

TEST_F(Checker, sees_that_another_gateway_is_asked)
{
    forge(event("payments", payments::PaymentCheckRequested::type), "toss", "inicis");
    expect_finding("asks another gateway");
    forge(event("payments", payments::UnwantedCapture::type), "toss", "inicis");
    expect_finding("is of another gateway");
}

TEST_F(Checker, sees_money_that_goes_back_twice)
{
    give_back(second, paid, scratch, 1'000, 6'000, payments::RefundCause::requested);
    expect_finding("goes back twice");
    expect_finding("what went back in all does not follow from the log");
}

TEST_F(Checker, sees_more_go_back_than_was_captured)
{
    ask_back(second, paid, more, 6'001);
    expect_finding("is to give back more than is left, or nothing");
    told(payments::RecordRefund{second, paid, more, "cancel"},
         payments::PaymentRefunded{
             second, paid, more, {6'001}, {7'001}, {0}, "cancel", payments::RefundCause::requested},
         {inbox_topic, gateway_inbox_topic, claim_inbox_topic});
    expect_finding("has more go back than was captured");
}

TEST_F(Checker, sees_sums_that_do_not_follow)
{
    auto& refunded = event("payments", payments::PaymentRefunded::type, 1);
    forge(refunded, R"("refundedInAll":1000)", R"("refundedInAll":999)");
    expect_finding("what went back in all does not follow from the log");
    forge(refunded, R"("remaining":6000)", R"("remaining":6001)");
    expect_finding("what remains does not follow from the log");
}

TEST_F(Checker, sees_a_refund_that_is_not_what_was_asked_for)
{
    auto& refunded = event("payments", payments::PaymentRefunded::type, 1);
    forge(refunded, R"("amount":1000)", R"("amount":1001)");
    expect_finding("is about another amount than was asked for");
    forge(refunded, R"("cause":"requested")", R"("cause":"claim")");
    expect_finding("has another cause than was asked for");
    give_back(second, paid, more, 1, 5'999, payments::RefundCause::requested);
    expect_finding("is about a refund that nobody asked for");
}

TEST_F(Checker, sees_a_refund_that_is_asked_for_again)
{
    ask_back(second, paid, scratch, 1'000);
    expect_finding("asks again for what is under way or back");
}

TEST_F(Checker, sees_a_refund_of_another_capture)
{
    ask_back(second, earlier, more, 1'000);
    expect_finding("RefundRequested: gives back where nothing was captured");
    auto& asked_for = event("payments", payments::RefundRequested::type);
    forge(asked_for, key_of(paid), key_of(earlier));
    expect_finding("names another capture");
    forge(asked_for, R"("cause":"requested")", R"("cause":"unwanted_capture")");
    expect_finding("gives back what was wanted as unwanted");
}

TEST_F(Checker, sees_an_unwanted_capture_that_stays)
{
    capture_unwanted(second, declined, 7'000, key_of(declined), more);
    expect_finding("its refund " + more.text() + " (unwanted_capture) has no end");
    const auto before = log;
    refuse_to_give_back(second, declined, more, 7'000);
    EXPECT_EQ(findings(), "") << "somebody has been told";
    log = before;
    give_back(second, declined, more, 7'000, 0, payments::RefundCause::unwanted_capture);
    EXPECT_EQ(findings(), "");
}

TEST_F(Checker, sees_a_refund_without_an_end)
{
    ask_back(second, paid, more, 500);
    expect_finding("its refund " + more.text() + " (requested) has no end");
}

TEST_F(Checker, sees_an_order_that_is_given_up_and_leaves_money_behind)
{
    forge(event("payments", payments::PaymentsClosed::type), R"("amount":8600)", R"("amount":8000)");
    expect_finding("leaves money where it is");
    auto& refunded = event("payments", payments::PaymentRefunded::type, 2);
    forge(refunded, R"("amount":8600,"refundedInAll":8600,"remaining":0)",
          R"("amount":8000,"refundedInAll":8000,"remaining":600)");
    expect_finding("its order was given up, and 600 won of 8600 are not on their way back");
    expect_finding("(cancelled): keeps 600 won of 8600");
}

TEST_F(Checker, sees_an_order_that_is_given_up_wrongly)
{
    auto& closed = event("payments", payments::PaymentsClosed::type);
    forge(closed, quick.text(), slow.text());
    expect_finding("gives up others than those that were only prepared");
    forge(closed, R"("paymentId":")" + slow.text(), R"("paymentId":")" + quick.text());
    expect_finding("PaymentsClosed: gives back where nothing was captured");
    said(payments::ClosePayments{first, "취소"}, payments::PaymentsClosed{first, "취소", {}, {}},
         {gateway_inbox_topic});
    expect_finding("PaymentsClosed: comes after the order was given up");
}

TEST_F(Checker, sees_an_order_that_was_given_up_and_keeps_money)
{
    for (const char* topic : {"payments.events", "payments.commands", gateway_inbox_topic}) log[topic][0].pop_back();
    expect_finding("its refund " + closing.text() + " (order_cancelled) has no end");
    expect_finding("(cancelled): keeps 8600 won of 8600");
    refuse_to_give_back(first, slow, closing, 8'600);
    expect_finding("its order was given up, and 8600 won of 8600 are not on their way back");
    expect_finding("(cancelled): keeps 8600 won of 8600");
}

TEST_F(Checker, sees_a_refused_order_that_keeps_money)
{
    prepare(third, other, 1'000);
    complete(third, other, 1'000, key_of(other));
    expect_finding("(refused): keeps 1000 won of 1000");
}

TEST_F(Checker, sees_a_cancelled_order_that_can_still_be_paid)
{
    place_the_fourth();
    asked(orders::CancelOrder{fourth, "취소", orders::CancelCause::buyer},
          orders::OrderCancelled{fourth, user, "취소", orders::CancelCause::buyer, {{mug, 1}}, {0}}, {inbox_topic});
    said(inventory::ReleaseStock{mug, fourth}, inventory::StockReleased{mug, fourth, 1, 3, 0});
    expect_finding("(cancelled): can still be paid");
    said(payments::ClosePayments{fourth, "취소"}, payments::PaymentsClosed{fourth, "취소", {}, {}},
         {gateway_inbox_topic});
    EXPECT_EQ(findings(), "");
}

TEST_F(Checker, sees_an_order_that_is_confirmed_by_another_payment)
{
    forge(event("orders", orders::OrderConfirmed::type), paid.text(), earlier.text());
    expect_finding("was confirmed by a payment of which it has no completion");
}

TEST_F(Checker, sees_an_order_that_is_confirmed_and_nobody_paid)
{
    place_the_fourth();
    said(orders::ConfirmOrder{fourth, other}, orders::OrderConfirmed{fourth, user, other});
    said(inventory::DeductStock{mug, fourth}, inventory::StockDeducted{mug, fourth, 1, 2, 0});
    expect_finding("was confirmed by a payment of which it has no completion");
    expect_finding("(confirmed): has 0 completed payments instead of one");
}

TEST_F(Checker, sees_an_order_that_is_paid_and_does_not_know)
{
    place_the_fourth();
    EXPECT_EQ(findings(), "");
    prepare(fourth, other, 5'000);
    complete(fourth, other, 5'000, key_of(other));
    expect_finding("(pending): is paid but not confirmed");
}

TEST_F(Checker, sees_a_living_order_whose_money_goes_back_unasked)
{
    for (const auto type : {payments::RefundRequested::type, payments::PaymentRefunded::type}) {
        forge(event("payments", type, 1), R"("cause":"requested")", R"("cause":"order_cancelled")");
    }
    expect_finding("(delivered): has had 1000 won go back, 0 of them on request");
}

TEST_F(Checker, sees_money_for_an_order_that_was_never_placed)
{
    prepare(fourth, other, 5'000);
    complete(fourth, other, 5'000, key_of(other));
    expect_finding("money is kept for " + fourth.text() + ", an order that was never placed");
}

// ---- Settlement

TEST_F(Checker, sees_money_of_a_ledger_that_came_from_nowhere)
{
    forge(event("settlement", settlement::SaleRecorded::type), R"({"account":"payable","amount":-3600})",
          R"({"account":"payable","amount":-3599})");
    expect_finding("does not come to zero");
    expect_finding("all accounts come to 1 won instead of 0");
}

TEST_F(Checker, sees_that_the_sellers_have_more_or_less_than_was_paid)
{
    forge(event("settlement", settlement::SaleRecorded::type), R"("amount":7000)", R"("amount":7001)");
    expect_finding("order " + second.text() + ": 6001 won are entered for its sellers and 6000 were paid");
}

TEST_F(Checker, sees_a_sale_that_is_not_what_the_order_says)
{
    forge(event("settlement", settlement::SaleRecorded::type), R"("shippingShare":3000)", R"("shippingShare":2999)");
    expect_finding("is not what the order says");
    forge(event("settlement", settlement::SaleRecorded::type), R"("commission":400)", R"("commission":399)");
    expect_finding("takes another commission");
}

TEST_F(Checker, sees_a_statement_that_its_lines_do_not_explain)
{
    forge(event("settlement", settlement::SettlementScheduled::type), R"("lines":2)", R"("lines":3)");
    expect_finding("settlement " + week.text() + " over 2700 has lines over 2700");
}

TEST_F(Checker, sees_a_refund_that_is_taken_back_twice)
{
    adjust(scratch, 1'000, 100, time, week);
    expect_finding("is entered twice");
}

TEST_F(Checker, sees_who_is_paid_twice)
{
    using namespace settlement;
    asked(PaySettlement{seller, week, "KB-2"},
          SettlementPaid{seller, week, {2'700}, "KB-2", {{Account::scheduled, {2'700}}, {Account::paid, {-2'700}}}});
    expect_finding("pays what is not to be paid");
}

TEST_F(Checker, sees_a_run_that_says_what_it_has_not_done)
{
    forge(event("settlement", settlement::SettlementRunCompleted::type), R"("settled":1)", R"("settled":2)");
    expect_finding("run 2026-W47 has not come to an end that says what it settled");
}

// ---- Members and inquiries

TEST_F(Checker, sees_a_day_that_is_counted_wrongly)
{
    forge(event("members", members::CheckedIn::type), R"("consecutiveDays":1)", R"("consecutiveDays":2)");
    expect_finding("counts other days than the calendar");
}

TEST_F(Checker, sees_a_day_that_is_worth_something_else)
{
    forge(event("members", members::CheckedIn::type), R"("points":100)", R"("points":300)");
    expect_finding("is worth something else");
    expect_finding("rewards a day that was not there, or twice, or with something else");
}

TEST_F(Checker, sees_a_day_that_is_taken_twice)
{
    const auto& first_one = event("members", members::CheckedIn::type);
    members::CheckedIn again;
    from_json(first_one.value, again);
    asked(members::CheckIn{visitor}, again, {reward_inbox_topic});
    expect_finding("is a day that was taken");
}

TEST_F(Checker, sees_a_day_that_is_not_rewarded)
{
    forge(event("points", points::PointsEarned::type, 3), R"("source":"daily_checkin")", R"("source":"event")");
    expect_finding(visitor.text() + " was there on " + today + " and has no points");
}

TEST_F(Checker, sees_a_wish_that_is_there_already)
{
    asked(members::AddToWishlist{visitor, mug}, members::AddedToWishlist{visitor, mug});
    expect_finding("is there already");
}

TEST_F(Checker, sees_a_default_address_that_is_unset)
{
    const AddressId home{uuid_v5(url_namespace, "home")};
    asked(members::ChangeAddress{visitor, home, "v1.moved", false},
          members::AddressChanged{visitor, home, "v1.moved", false});
    expect_finding("unsets the default");
}

TEST_F(Checker, sees_a_default_address_that_passes_to_nobody)
{
    const AddressId home{uuid_v5(url_namespace, "home")};
    const AddressId work{uuid_v5(url_namespace, "work")};
    asked(members::AddAddress{visitor, work, "v1.work", false}, members::AddressAdded{visitor, work, "v1.work", false});
    asked(members::RemoveAddress{visitor, home}, members::AddressRemoved{visitor, home, {}});
    expect_finding("passes the default to another than the newest");
}

TEST_F(Checker, sees_an_answer_out_of_turn)
{
    asked(inquiries::ReplyToInquiry{inquiry, visitor, "또"},
          inquiries::InquiryAnswered{inquiry, visitor, "문의", visitor, "또"});
    expect_finding("out of turn");
}

// ---- Read models

TEST_F(Checker, sees_rows_that_differ_or_lack_or_should_not_be)
{
    return_the_fourth();
    const Story story(log);
    Findings none;
    const auto tables = check_log(story, {}, none).tables;
    ASSERT_EQ(tables.size(), 22U);
    for (const auto& [table, rows] : tables) {
        ASSERT_FALSE(rows.empty()) << table;
        const auto judged = [&](const std::function<void(Rows&)>& spoil) {
            Rows found = rows;
            spoil(found);
            Findings findings;
            compare_rows(table, rows, found, findings);
            return findings.text();
        };
        EXPECT_EQ(judged([](Rows&) {}), "");
        EXPECT_NE(judged([](Rows& r) { r.erase(r.begin()); }).find("has no row"), std::string::npos) << table;
        EXPECT_NE(judged([](Rows& r) { r["more"] = r.begin()->second; }).find("a row that the log does not come to"),
                  std::string::npos)
            << table;
        for (std::size_t column = 0; column < rows.begin()->second.size(); ++column) {
            const auto found = judged([&](Rows& r) {
                auto& value = r.begin()->second[column];
                value = value == null_text ? "7" : null_text;
            });
            EXPECT_NE(found.find(" instead of "), std::string::npos) << table << " " << column;
        }
    }
}

}  // namespace
}  // namespace jangteo::e2e
