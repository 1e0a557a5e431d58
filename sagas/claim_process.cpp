#include "sagas/claim_process.hpp"

#include "sagas/list.hpp"
#include "sagas/runtime/typed_process.hpp"

namespace jangteo::sagas {

std::unique_ptr<Process> make_claim_process()
{
    using namespace events::claims;
    return std::make_unique<TypedProcess<ClaimProcess>>(
        ClaimProcess{}, std::vector<Listens>{{events::orders::ClaimRequested::type, true},
                                             {GoodsReceived::type},
                                             {GoodsReshipped::type},
                                             {ClaimRejected::type},
                                             {ClaimWithdrawn::type},
                                             {ClaimResumed::type},
                                             {events::payments::PaymentRefunded::type},
                                             {events::payments::RefundFailed::type}});
}

}  // namespace jangteo::sagas
