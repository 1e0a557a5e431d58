// A read model behind one interface, so that the runtime is compiled once and knows no event by name. What is behind it
// is made from a projection's definition by runtime/defined.hpp.
#pragma once

#include "projections/runtime/meta.hpp"
#include "projections/runtime/table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace jangteo::projections {

/// Where rows are that are not in memory: PostgreSQL, or a map in a test.
class RowSource {
public:
    RowSource() = default;
    RowSource(const RowSource&) = delete;
    RowSource& operator=(const RowSource&) = delete;
    virtual ~RowSource() = default;

    /// Shows the rows that exist of those named; `keys` holds the key columns only.
    virtual void load(const TableDefinition& table, const RowImages& keys,
                      const std::function<void(std::string_view image)>& see) = 0;
};

/// Rows of one table to be written in the way of `table->writing`.
struct TableChanges {
    const TableDefinition* table = nullptr;
    RowImages rows;
};

/// The rows of one read model in the hands of one owner.
class Folding {
public:
    Folding() = default;
    Folding(const Folding&) = delete;
    Folding& operator=(const Folding&) = delete;
    virtual ~Folding() = default;

    /// Decodes an event and finds out which rows it will ask for. The record has to live until `settle` or `forget`.
    /// Throws events::DecodeError; then the event is not staged.
    virtual void stage(const events::Record& record, const Meta& meta) = 0;
    /// Loads the rows that the staged events will ask for, one call per table. The source has to live until `settle` or
    /// `forget`.
    virtual void load(RowSource& source) = 0;
    /// Applies the staged event of that index. When it throws, the rows are as before it.
    virtual void apply(std::size_t staged) = 0;
    /// Rows of changing tables made so far; differences of it say how many aggregates are new.
    [[nodiscard]] virtual std::int64_t created() const = 0;
    /// While gathering, those of the tables that are written once.
    [[nodiscard]] virtual std::vector<TableChanges> changes() const = 0;
    /// Hands over all rows that have been gathered, some thousands at a time; they leave memory.
    virtual void give_gathered(const std::function<void(const TableChanges&)>& see) = 0;

    /// The changes are written: the batch is over, the rows stay in memory.
    virtual void settle() = 0;
    /// The changes are not written, or somebody else has the partitions now: nothing in memory counts any more.
    virtual void forget() = 0;
};

class ReadModel {
public:
    ReadModel() = default;
    ReadModel(const ReadModel&) = delete;
    ReadModel& operator=(const ReadModel&) = delete;
    virtual ~ReadModel() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Another version is another set of tables, to be built from event zero.
    [[nodiscard]] virtual int version() const = 0;
    /// The contexts whose events it reads.
    [[nodiscard]] virtual std::vector<std::string_view> contexts() const = 0;
    [[nodiscard]] virtual const std::vector<TableDefinition>& tables() const = 0;
    /// Keeps up to about `rows_in_memory` rows per table between batches.
    [[nodiscard]] virtual std::unique_ptr<Folding> folding(std::size_t rows_in_memory) const = 0;
    /// From event zero on: a row that is not in memory does not exist, and rows that change stay until they are handed
    /// over by `give_gathered`. Asks its source for nothing.
    [[nodiscard]] virtual std::unique_ptr<Folding> gathering() const = 0;
};

}  // namespace jangteo::projections
