#include "sagas/order_fulfilment.hpp"

#include "sagas/list.hpp"
#include "sagas/runtime/typed_process.hpp"

namespace jangteo::sagas {

std::unique_ptr<Process> make_order_fulfilment(const OrderFulfilment& saga)
{
    using namespace events::orders;
    return std::make_unique<TypedProcess<OrderFulfilment>>(
        saga, std::vector<Listens>{{OrderPlaced::type, true},
                                   {OrderAccepted::type},
                                   {OrderCancelled::type},
                                   {PartShipped::type},
                                   {PartDelivered::type},
                                   {ClaimRequested::type},
                                   {ClaimEnded::type},
                                   {PurchaseConfirmed::type},
                                   {events::shipping::ShipmentDelivered::type},
                                   {events::payments::PaymentCompleted::type},
                                   {events::payments::VirtualAccountIssued::type},
                                   {events::payments::PaymentFailed::type},
                                   {events::payments::PaymentCancelled::type},
                                   {events::payments::PaymentRefunded::type}});
}

}  // namespace jangteo::sagas
