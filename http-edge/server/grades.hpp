// What a member is called after what was bought and kept in a year (DOA-USER-13). In won; configured.
#pragma once

#include <cstdint>
#include <string_view>

namespace jangteo::edge {

struct Grades {
    std::int64_t silver_from = 300'000;
    std::int64_t gold_from = 1'000'000;
    std::int64_t vip_from = 3'000'000;

    [[nodiscard]] std::string_view of(std::int64_t bought) const
    {
        if (bought >= vip_from) return "vip";
        if (bought >= gold_from) return "gold";
        return bought >= silver_from ? "silver" : "bronze";
    }
};

}  // namespace jangteo::edge
