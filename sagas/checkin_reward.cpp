#include "sagas/checkin_reward.hpp"

#include "sagas/list.hpp"
#include "sagas/runtime/typed_process.hpp"

namespace jangteo::sagas {

std::unique_ptr<Process> make_checkin_reward(const CheckinReward& saga)
{
    return std::make_unique<TypedProcess<CheckinReward>>(saga,
                                                         std::vector<Listens>{{events::members::CheckedIn::type}});
}

}  // namespace jangteo::sagas
