#include "projections/accounts.hpp"

#include "projections/list.hpp"
#include "projections/runtime/defined.hpp"

namespace jangteo::projections {

const ReadModel& accounts::model()
{
    static const Defined<Projection> model;
    return model;
}

}  // namespace jangteo::projections
