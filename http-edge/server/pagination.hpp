// Pages of a list: `?page=1&limit=20` in, `pagination{…}` out (SH-API-02).
#pragma once

#include "http-edge/server/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace jangteo::edge {

struct Page {
    std::int64_t number = 1;
    std::int64_t limit = 20;

    [[nodiscard]] std::int64_t offset() const { return (number - 1) * limit; }
};

inline constexpr std::int64_t largest_page_limit = 100;
/// Deeper pages would make PostgreSQL count its way there.
inline constexpr std::int64_t deepest_row = 1'000'000;

/// Throws Problem COMMON_400 that names `page` or `limit`.
Page page_of(const Request& request);
/// `{"success":true,"data":[…],"pagination":{…}}`
Response page_response(std::string_view items_json, const Page& page, std::int64_t total_items);

}  // namespace jangteo::edge
