#include "bench/load/fate.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace jangteo::bench {

namespace {

struct Share {
    Fate fate;
    unsigned percent;
};
constexpr std::array shares{Share{Fate::returned, 3},  Share{Fate::kept, 82},      Share{Fate::given_up, 5},
                            Share{Fate::sent_back, 4}, Share{Fate::never_paid, 3}, Share{Fate::paid_twice_at_once, 3}};

constexpr unsigned all_of_them()
{
    unsigned sum = 0;
    for (const auto& share : shares) sum += share.percent;
    return sum;
}
static_assert(all_of_them() == 100);

/// By name, so that it is evenly spread whatever the id was made of.
unsigned draw(const events::OrderId& order, std::string_view what, unsigned below)
{
    const auto drawn = events::uuid_v5(order.value, what);
    return (static_cast<unsigned>(drawn.data[0]) << 16U | static_cast<unsigned>(drawn.data[1]) << 8U |
            static_cast<unsigned>(drawn.data[2])) %
           below;
}

}  // namespace

Fate fate_of(const events::OrderId& order)
{
    auto number = draw(order, "fate", all_of_them());
    for (const auto& share : shares) {
        if (number < share.percent) return share.fate;
        number -= share.percent;
    }
    return Fate::kept;
}

bool pays_into_account(const events::OrderId& order)
{
    return fate_of(order) == Fate::kept && draw(order, "way to pay", 20) == 0;
}

}  // namespace jangteo::bench
