#include "sagas/list.hpp"

#include "sagas/checkin_reward.hpp"
#include "sagas/order_fulfilment.hpp"
#include "sagas/payment_gateway.hpp"
#include "sagas/point_expiry.hpp"
#include "sagas/settlement_run.hpp"

namespace jangteo::sagas {

std::vector<std::unique_ptr<Process>> all_sagas(const Settings& settings)
{
    std::vector<std::unique_ptr<Process>> sagas;
    sagas.push_back(make_order_fulfilment({.payment_window = settings.payment_window,
                                           .confirm_after = settings.confirm_after,
                                           .shipping_fee = {settings.shipping_fee_won},
                                           .free_shipping_from = {settings.free_shipping_from_won},
                                           .commission_basis_points = settings.commission_basis_points}));
    sagas.push_back(make_payment_gateway({.ask_again_after = settings.ask_gateway_again_after,
                                          .look_for_deposit_every = settings.look_for_deposit_every}));
    sagas.push_back(make_settlement_run({}));
    sagas.push_back(make_point_expiry({}));
    sagas.push_back(make_checkin_reward({}));
    sagas.push_back(make_claim_process());
    return sagas;
}

}  // namespace jangteo::sagas
