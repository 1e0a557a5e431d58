#include "sagas/payment_gateway.hpp"

#include "sagas/list.hpp"
#include "sagas/runtime/typed_process.hpp"

namespace jangteo::sagas {

std::unique_ptr<Process> make_payment_gateway(const PaymentGateway& saga)
{
    using namespace events::payments;
    return std::make_unique<TypedProcess<PaymentGateway>>(saga,
                                                          std::vector<Listens>{{ConfirmationRequested::type, true},
                                                                               {RefundRequested::type, true},
                                                                               {UnwantedCapture::type},
                                                                               {PaymentsClosed::type},
                                                                               {PaymentCheckRequested::type},
                                                                               {PaymentCompleted::type},
                                                                               {PaymentFailed::type},
                                                                               {PaymentRefunded::type},
                                                                               {RefundFailed::type},
                                                                               {VirtualAccountIssued::type},
                                                                               {UnwantedAccount::type},
                                                                               {VirtualAccountClosed::type},
                                                                               {PaymentCancelled::type},
                                                                               {RefundAccountNamed::type}});
}

}  // namespace jangteo::sagas
