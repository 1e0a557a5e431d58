// Every read model there is. A new one is a file beside this one, a line here, a line in list.cpp and one in
// CMakeLists.txt.
#pragma once

#include "projections/runtime/read_model.hpp"

#include <vector>

namespace jangteo::projections {

namespace accounts {
const ReadModel& model();
}
namespace orders {
const ReadModel& model();
}
namespace stock {
const ReadModel& model();
}
namespace payments {
const ReadModel& model();
}
namespace points {
const ReadModel& model();
}
namespace settlement {
const ReadModel& model();
}
namespace shipping {
const ReadModel& model();
}
namespace members {
const ReadModel& model();
}
namespace inquiries {
const ReadModel& model();
}
namespace claims {
const ReadModel& model();
}
namespace commands {
const ReadModel& model();
}

const std::vector<const ReadModel*>& list();

}  // namespace jangteo::projections
