#include "events/claims.hpp"
#include "http-edge/claims/claims.hpp"
#include "http-edge/claims/stored_claim.hpp"
#include "http-edge/server/pagination.hpp"

#include <algorithm>
#include <array>

namespace jangteo::edge::claims {

namespace {

constexpr std::array<std::string_view, 9> statuses{"requested", "approved", "rejected",  "withdrawn", "collecting",
                                                   "received",  "refunded", "reshipped", "closed"};

struct Found {
    std::int64_t total = 0;
    std::string items = "[";
};

/// A buyer's own, a seller's of his own goods, or for an admin all.
std::string_view whose(const Caller& caller)
{
    if (caller.admin()) return "$1::uuid IS NOT NULL";
    return caller.role == Role::seller ? "seller_id = $1" : "user_id = $1";
}

std::string status_of(const Request& request)
{
    const auto* status = request.parameter("status");
    if (status == nullptr) return {};
    if (std::ranges::find(statuses, *status) == statuses.end()) {
        throw Problem({FieldError{"status", {"반품·교환 상태여야 합니다", "must be the status of a return"}}});
    }
    return *status;
}

}  // namespace

Awaitable<Response> show(Exchange& x)
{
    const auto claim = co_await claim_of_caller(x);
    co_return success_response(200, claim.json);
}

/// Newest first; of one status when it is said.
Awaitable<Response> list(Exchange& x)
{
    const auto page = page_of(x.request);
    const auto status = status_of(x.request);
    co_await catch_up(x, claims_model);
    const auto where =
        " FROM read_claims.claims WHERE " + std::string(whose(x.caller())) + " AND ($2 = '' OR status = $2)";
    const auto count_sql = "SELECT count(*)" + where;
    const auto page_sql =
        "SELECT " + std::string(claim_columns) + where + " ORDER BY created_at DESC, claim_id LIMIT $3 OFFSET $4";
    const auto caller = x.caller().user_id;
    auto work = [&](postgres::Session& session) {
        Found found;
        found.total = session.query(count_sql, {caller, status}).integer(0, 0);
        const auto rows = session.query(page_sql, {caller, status, page.limit, page.offset()});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i > 0) found.items += ',';
            found.items += claim_in(rows, i).json;
        }
        found.items += ']';
        return found;
    };
    const auto found = co_await x.services.queries.run(work);
    co_return page_response(found.items, page, found.total);
}

}  // namespace jangteo::edge::claims
