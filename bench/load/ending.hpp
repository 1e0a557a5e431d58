// How the play has ended: the orders by their state, and whose book says what of the money.
#pragma once

#include "bench/load/sight.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::bench {

/// What the gateway was told to do to its callers, and did.
struct Trouble {
    std::size_t failed = 0;
    std::size_t silent = 0;
    std::size_t cards_rejected = 0;
};

/// What the run of the week came to, for all sellers there are.
struct Settled {
    std::string period;
    std::int64_t sellers = 0;
    std::int64_t settled = 0;
    std::int64_t amount = 0;  ///< Won
    bool before = false;      ///< By an earlier run of the same week: what was sold since then is of the next.
};

struct Ending {
    std::size_t played = 0;
    double seconds = 0;
    std::size_t paid_twice_at_once = 0;
    std::map<std::string, std::map<std::string, std::size_t>> orders;  ///< By state, and by why.
    Trouble trouble;
    Balance money;
    bool money_seen = false;  ///< False: something went wrong before both books could be read.
    std::optional<Settled> settled{};
    std::size_t unexpected = 0;
    std::vector<std::string> first_unexpected;

    void note_unexpected(std::string what);
    /// Every order came where it was led, and the money adds up.
    [[nodiscard]] bool well() const { return unexpected == 0 && money_seen && money.adds_up(); }
};

std::string to_text(const Ending& ending);
/// {"played","seconds","states":{STATE:{WHY:n}},"captured","given_back","kept","adds_up"}, amounts by the gateway's book.
std::string to_json(const Ending& ending);

}  // namespace jangteo::bench
