#include "projections/settlement.hpp"

#include "projections/list.hpp"
#include "projections/runtime/defined.hpp"

namespace jangteo::projections {

const ReadModel& settlement::model()
{
    static const Defined<Projection> model;
    return model;
}

}  // namespace jangteo::projections
