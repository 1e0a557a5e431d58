#include "projections/claims.hpp"

#include "projections/list.hpp"
#include "projections/runtime/defined.hpp"

namespace jangteo::projections {

const ReadModel& claims::model()
{
    static const Defined<Projection> model;
    return model;
}

}  // namespace jangteo::projections
