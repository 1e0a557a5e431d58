// Amounts with their unit in the type. Integers only: money is never floating point.
#pragma once

#include <compare>
#include <cstdint>

namespace jangteo::events {

/// An amount in one unit. Amounts of different units do not mix.
template <class Unit>
struct Amount {
    std::int64_t value = 0;

    friend constexpr auto operator<=>(const Amount&, const Amount&) = default;
    friend constexpr Amount operator+(Amount a, Amount b) { return {a.value + b.value}; }
    friend constexpr Amount operator-(Amount a, Amount b) { return {a.value - b.value}; }
    friend constexpr Amount operator*(Amount a, std::int64_t n) { return {a.value * n}; }
    constexpr Amount& operator+=(Amount other)
    {
        value += other.value;
        return *this;
    }
    constexpr Amount& operator-=(Amount other)
    {
        value -= other.value;
        return *this;
    }
};

/// Korean won. KRW has no minor unit, so one is the smallest amount (SH-API-07). Another currency is another type.
using Won = Amount<struct WonUnit>;
/// Reward points; one point pays one won (DOA-POINT-10).
using Points = Amount<struct PointsUnit>;

/// The largest money amount that a message may carry (SH-API-07).
inline constexpr Won largest_amount{99'999'999};

}  // namespace jangteo::events
