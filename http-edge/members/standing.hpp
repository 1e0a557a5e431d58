// How a member stands with the market: what the profile and my page share.
#pragma once

#include "events/codec.hpp"
#include "events/ids.hpp"
#include "infra/postgres/session.hpp"

#include <cstdint>

namespace jangteo::edge::members {

struct Standing {
    std::int64_t points = 0;  ///< That can be spent.
    std::int64_t bought = 0;  ///< Won, in a year, of what is kept (DOA-USER-13).
};
Standing read_standing(postgres::Session& session, const events::UserId& user, events::Timestamp now);

}  // namespace jangteo::edge::members
