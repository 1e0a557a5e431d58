#include "projections/commands.hpp"

#include "projections/list.hpp"
#include "projections/runtime/defined.hpp"

namespace jangteo::projections {

namespace commands {

BOOST_DESCRIBE_STRUCT(RefusalText, (), (command, code))

RefusalText read_refusal(std::string_view json)
{
    RefusalText text;
    values::Document<RefusalText> document{text};
    events::reading::read_document(json, document);
    return text;
}

}  // namespace commands

const ReadModel& commands::model()
{
    static const Defined<Projection> model;
    return model;
}

}  // namespace jangteo::projections
