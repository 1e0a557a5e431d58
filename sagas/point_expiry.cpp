#include "sagas/point_expiry.hpp"

#include "sagas/list.hpp"
#include "sagas/runtime/typed_process.hpp"

namespace jangteo::sagas {

std::unique_ptr<Process> make_point_expiry(const PointExpiry& saga)
{
    using namespace events::points;
    return std::make_unique<TypedProcess<PointExpiry>>(
        saga, std::vector<Listens>{{PointsEarned::type}, {PointsAdjusted::type}, {PointsRestored::type}});
}

}  // namespace jangteo::sagas
