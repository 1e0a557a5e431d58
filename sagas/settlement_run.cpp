#include "sagas/settlement_run.hpp"

#include "sagas/list.hpp"
#include "sagas/runtime/typed_process.hpp"

namespace jangteo::sagas {

std::unique_ptr<Process> make_settlement_run(const SettlementRun& saga)
{
    using namespace events::settlement;
    return std::make_unique<TypedProcess<SettlementRun>>(saga,
                                                         std::vector<Listens>{{SettlementRunStarted::type, true}});
}

}  // namespace jangteo::sagas
