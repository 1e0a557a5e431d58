// A read model's tables in PostgreSQL: made from its definition, written a batch at a time, together with how far it is.
#pragma once

#include "infra/postgres/session.hpp"
#include "projections/runtime/projector.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

namespace jangteo::projections {

/// The tables that exist are not the ones that this program writes. The message says what to do.
class WrongVersion : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Used by one thread. Everything throws what `postgres::Session` throws.
class PostgresStore {
public:
    explicit PostgresStore(const ReadModel& model);

    /// Makes the tables when there are none. Throws WrongVersion when there are others.
    void prepare(postgres::Session& session);

    struct Stored {
        Progress progress;
        std::unordered_set<std::string> parked;
    };
    /// What is stored of these partitions; one that has never been read begins at offset 0.
    std::map<Place, Stored> open(postgres::Session& session, const std::vector<Place>& places);

    /// Locks the checkpoints of these partitions until the transaction ends. False: one of them is not as expected,
    /// because somebody else has written meanwhile.
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
    [[nodiscard]] std::string definition() const;
    [[nodiscard]] const Statements& statements_of(const TableDefinition& table) const;

    const ReadModel& model_;
    std::string name_;
    std::string schema_;
    std::map<std::string, Statements, std::less<>> statements_;  ///< By table.
};

}  // namespace jangteo::projections
