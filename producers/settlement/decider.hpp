// Settlement: what sellers are owed and paid (DOA-SET-01, SM-13). The rules of a seller's ledger are in ledger.hpp, those of
// the market and its runs in market.hpp.
#pragma once

#include "producers/settlement/ledger.hpp"
#include "producers/settlement/market.hpp"

namespace jangteo::producers::settlement {

struct Decider : Ledger, Market {
    using Command = events::settlement::Command;
    using Event = events::settlement::Event;
    using State = settlement::State;

    using Ledger::decide;
    using Ledger::evolve;
    using Market::decide;
    using Market::evolve;
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::settlement
