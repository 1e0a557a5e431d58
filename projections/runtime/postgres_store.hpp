// A read model's tables in PostgreSQL: made from its definition, written a batch at a time, together with how far it is.
#pragma once

#include "infra/postgres/session.hpp"
#include "projections/runtime/projector.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace jangteo::projections {

/// The tables that exist are not the ones that this program writes. The message says what to do.
class WrongVersion : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A read model's tables: registry, checkpoints and parked events know them by `name`, PostgreSQL by `schema`.
struct TableSet {
    std::string name;
    std::string schema;

    /// What is asked by everybody: `orders` in read_orders.
    static TableSet live(std::string_view model);
    /// Beside it: `orders:next` in read_orders_next.
    static TableSet beside(std::string_view model, std::string_view which);
};

/// Other tables have taken the place of those that this store has opened. Begin anew from what is stored.
class OtherTables : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Used by one thread. Everything throws what `postgres::Session` throws.
class PostgresStore {
public:
    explicit PostgresStore(const ReadModel& model) : PostgresStore(model, TableSet::live(model.name())) {}
    PostgresStore(const ReadModel& model, TableSet set);

    /// Makes the tables when there are none. Throws WrongVersion when there are others.
    void prepare(postgres::Session& session);
    /// The statements that make the live tables: another text needs another version.
    [[nodiscard]] static std::string definition_of(const ReadModel& model);
    [[nodiscard]] const TableSet& set() const { return set_; }

    struct Stored {
        Progress progress;
        std::unordered_set<std::string> parked;
    };
    /// What is stored of these partitions; one that has never been read begins at offset 0. Throws WrongVersion, and
    /// OtherTables when partitions opened before belong to others.
    std::map<Place, Stored> open(postgres::Session& session, const std::vector<Place>& places);

    std::map<Place, Stored> open(postgres::Transaction& transaction, const std::vector<Place>& places);
    /// Nothing is open any more.
    void forget() { tables_.reset(); }
    /// How often operators have changed rows beside the owner, of every partition.
    std::map<Place, std::int64_t> interventions(postgres::Session& session);

    /// Locks the checkpoints of these partitions until the transaction ends. False: one of them is not as expected,
    /// because somebody else has written meanwhile, or other tables have taken the place of these.
    bool lock(postgres::Transaction& transaction, const std::map<Place, Progress>& expected);
    /// Rows, parked events and checkpoints, in the transaction that holds the locks.
    void write(postgres::Transaction& transaction, const Batch& batch);
    /// The checkpoints alone: a part of `write`.
    void write_checkpoints(postgres::Transaction& transaction, const Batch& batch);

    /// Deletes rows whose time is over, at most so many of a table; returns how many.
    std::size_t delete_old(postgres::Session& session, std::size_t most);

    /// Rows as the transaction sees them.
    class Source final : public RowSource {
    public:
        Source(const PostgresStore& store, postgres::Transaction& transaction)
            : store_(store), transaction_(transaction)
        {}
        void load(const TableDefinition& table, const RowImages& keys,
                  const std::function<void(std::string_view image)>& see) override;

    private:
        const PostgresStore& store_;
        postgres::Transaction& transaction_;
    };

private:
    struct Statements {
        std::string write;
        std::string load;
    };

    void create(postgres::Transaction& transaction);
    [[nodiscard]] const Statements& statements_of(const TableDefinition& table) const;

    const ReadModel& model_;
    TableSet set_;
    std::optional<events::Uuid> tables_;                         ///< The set's id, as long as something is open.
    std::map<std::string, Statements, std::less<>> statements_;  ///< By table.
};

}  // namespace jangteo::projections
