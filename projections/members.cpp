#include "projections/members.hpp"

#include "projections/list.hpp"
#include "projections/runtime/defined.hpp"

namespace jangteo::projections {

const ReadModel& members::model()
{
    static const Defined<Projection> model;
    return model;
}

}  // namespace jangteo::projections
