#include "projections/inquiries.hpp"

#include "projections/list.hpp"
#include "projections/runtime/defined.hpp"

namespace jangteo::projections {

const ReadModel& inquiries::model()
{
    static const Defined<Projection> model;
    return model;
}

}  // namespace jangteo::projections
