// The sets of tables of a read model in PostgreSQL: who builds one, dropping one, and putting one in the place of the
// live ones.
#pragma once

#include "infra/postgres/session.hpp"
#include "projections/rebuild/rebuild.hpp"

#include <map>
#include <optional>
#include <string>

namespace jangteo::projections::rebuild {

/// Keeps a second rebuild of the same read model away as long as it lives: an advisory lock, which PostgreSQL gives up
/// when this process dies. Should its connection be lost unnoticed, the builder's id in each transaction is the fence.
class Guard {
public:
    /// Throws Refused when somebody else is at it.
    explicit Guard(const Settings& settings);

private:
    postgres::Session session_;
};

struct Registered {
    int version = 0;
    std::string definition;
};

/// The tables of a set as they are registered; empty: there are none.
std::optional<Registered> registered(postgres::Transaction& transaction, const TableSet& set);
/// Are these the tables that this program writes?
bool is_of(const ReadModel& model, const std::optional<Registered>& found);

/// A set of tables in the hands of its one builder.
class Building {
public:
    enum class State { filling, indexing, following };

    Building(const ReadModel& model, TableSet set) : model_(model), set_(std::move(set)) {}

    /// Takes over what an interrupted rebuild has left, if it is of use, or begins with empty bare tables.
    State claim(postgres::Session& session, bool anew);
    /// Takes over tables that are complete.
    void claim_complete(postgres::Session& session);
    /// In each transaction that writes: holds the others off. Throws Refused when somebody else has taken over.
    void fence(postgres::Transaction& transaction) const;
    void advance(postgres::Transaction& transaction, State state) const;
    /// Keys, indexes and statistics of all tables.
    void complete(postgres::Transaction& transaction) const;
    /// Built: nobody needs to go on with it.
    void finish(postgres::Transaction& transaction) const;
    /// In one transaction with the locks: these tables become the live ones, those become `previous`.
    void take_the_place_of_live(postgres::Transaction& transaction) const;

    [[nodiscard]] const TableSet& set() const { return set_; }

private:
    void create(postgres::Transaction& transaction) const;

    const ReadModel& model_;
    TableSet set_;
    events::Uuid builder_ = events::random_uuid();
};

/// Tables, registry, checkpoints and parked events of a set; nothing happens when there is none.
void drop_set(postgres::Transaction& transaction, const TableSet& set);

/// The offsets below which a set contains everything. `locked`: nobody moves them until the transaction ends.
std::map<Place, std::int64_t> positions(postgres::Transaction& transaction, const TableSet& set, bool locked);

/// The first parked event of each aggregate.
std::vector<Parked> parked_in(postgres::Transaction& transaction, const TableSet& set);

}  // namespace jangteo::projections::rebuild
