// Every saga there is. To add one: its page, a line here and one in list.cpp.
#pragma once

#include "sagas/runtime/process.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace jangteo::sagas {

struct CheckinReward;
struct OrderFulfilment;
struct PaymentGateway;
struct PointExpiry;
struct SettlementRun;

std::unique_ptr<Process> make_claim_process();
std::unique_ptr<Process> make_order_fulfilment(const OrderFulfilment& saga);
std::unique_ptr<Process> make_payment_gateway(const PaymentGateway& saga);
std::unique_ptr<Process> make_settlement_run(const SettlementRun& saga);
std::unique_ptr<Process> make_point_expiry(const PointExpiry& saga);
std::unique_ptr<Process> make_checkin_reward(const CheckinReward& saga);

/// What is configured of the sagas.
struct Settings {
    std::chrono::milliseconds payment_window{std::chrono::minutes{30}};
    std::chrono::milliseconds ask_gateway_again_after{std::chrono::minutes{1}};
    std::chrono::milliseconds look_for_deposit_every{std::chrono::minutes{10}};
    std::chrono::milliseconds confirm_after{std::chrono::days{7}};
    std::int64_t shipping_fee_won = 3'000;
    std::int64_t free_shipping_from_won = 50'000;
    std::int64_t commission_basis_points = 1'000;
};

std::vector<std::unique_ptr<Process>> all_sagas(const Settings& settings);

}  // namespace jangteo::sagas
