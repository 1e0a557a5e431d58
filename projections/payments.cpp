#include "projections/payments.hpp"

#include "projections/list.hpp"
#include "projections/runtime/defined.hpp"

namespace jangteo::projections {

const ReadModel& payments::model()
{
    static const Defined<Projection> model;
    return model;
}

}  // namespace jangteo::projections
