#include "ops/actions.hpp"

#include "events/ids.hpp"

namespace jangteo::ops {

void write_down(postgres::Transaction& transaction, const Action& action)
{
    transaction.run(
        "INSERT INTO operations.actions (id, who, what, target, reason, details) VALUES ($1, $2, $3, $4, $5, $6)",
        {events::random_uuid(), action.who, action.what, action.target, action.reason, action.details});
}

}  // namespace jangteo::ops
