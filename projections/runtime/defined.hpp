// Makes a ReadModel of a projection's definition. Only the read model's own .cpp file includes this, so that touching
// one read model compiles one file:
//
//     const ReadModel& projections::stock_model() { static const Defined<stock::Projection> model; return model; }
#pragma once

#include "projections/runtime/read_model.hpp"
#include "projections/runtime/values.hpp"

#include <cassert>
#include <concepts>
#include <memory>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace jangteo::projections {

namespace detail {

template <class P, class Event>
concept Applies =
    requires(typename P::Rows& rows, const Event& event, const Meta& meta) { P::apply(rows, event, meta); };
/// `static void ignore(const OfferSet&)`: said, not forgotten.
template <class P, class Event>
concept Ignores = requires(const Event& event) { P::ignore(event); };

/// Is it an event that the projection says it ignores? Then it need not be decoded.
template <class P, class... Events>
bool is_ignored(std::string_view type, std::type_identity<std::variant<Events...>>)
{
    return ((Ignores<P, Events> && type == Events::type) || ...);
}
template <class P>
bool ignores(std::string_view type)
{
    return is_ignored<P>(type, std::type_identity<typename P::Event>{});
}

template <class P, class Variant>
inline constexpr bool says_what_becomes_of_every = false;
template <class P, class... Events>
inline constexpr bool says_what_becomes_of_every<P, std::variant<Events...>> =
    ((Applies<P, Events> != Ignores<P, Events>)&&...);

template <class T>
inline constexpr bool is_rows = false;
template <class... Tables>
inline constexpr bool is_rows<Rows<Tables...>> = true;

template <class R>
inline constexpr bool any_changing = false;
template <class... Tables>
inline constexpr bool any_changing<Rows<Tables...>> = ((Tables::writing == Writing::upsert) || ...);

}  // namespace detail

/// Reads every record as it is, whatever its context and type.
template <class P>
concept ReadsRecords = detail::Applies<P, events::Record>;

/// Reads the events of one context. A forgotten event does not compile.
template <class P>
concept ReadsEvents = requires(std::string_view text) {
    {
        P::decode(text, text)
    } -> std::same_as<typename P::Event>;
} && detail::says_what_becomes_of_every<P, typename P::Event>;

template <class P>
concept IsProjection = detail::is_rows<typename P::Rows> && (ReadsRecords<P> || ReadsEvents<P>)&&
                       // A row that changes belongs to one partition: its owner has it in memory.
                       (P::reads.size() == 1 || !detail::any_changing<typename P::Rows>);

// --- Tables ---

namespace detail {

template <class Row, class Member>
std::size_t column_of(Member Row::*member)
{
    std::size_t index = 0;
    std::size_t found = static_cast<std::size_t>(-1);
    values::each_member<Row>([&](std::string_view, auto pointer) {
        if constexpr (std::same_as<decltype(pointer), Member Row::*>) {
            if (pointer == member) found = index;
        }
        ++index;
    });
    assert(found != static_cast<std::size_t>(-1) && "a key or index names a member that is not described");
    return found;
}

template <class Row, auto... Members>
void add_property(TableDefinition& table, Index<Members...>)
{
    table.indexes.push_back({column_of<Row>(Members)...});
}
template <class Row, auto Member, int hours>
void add_property(TableDefinition& table, KeptFor<Member, hours>)
{
    table.retention = Retention{column_of<Row>(Member), std::chrono::hours(hours)};
}
template <class Row, auto... Members>
std::vector<std::size_t> key_columns(Key<Members...>)
{
    return {column_of<Row>(Members)...};
}

template <class T>
TableDefinition definition_of()
{
    using Row = typename T::Row;
    TableDefinition table{Row::table, T::writing, {}, key_columns<Row>(typename T::KeyColumns{}), {}, {}};
    values::each_member<Row>([&](std::string_view name, auto pointer) {
        using Member = std::remove_cvref_t<decltype(std::declval<Row>().*pointer)>;
        table.columns.push_back({name, values::column_type<Member>(), values::is_optional<Member>});
    });
    std::apply([&](auto... properties) { (add_property<Row>(table, properties), ...); }, typename T::Properties{});
    return table;
}

template <class... Tables>
std::vector<TableDefinition> definitions_of(std::type_identity<Rows<Tables...>>)
{
    return {definition_of<Tables>()...};
}

}  // namespace detail

// --- Rows in the hands of one owner ---

template <IsProjection P>
class DefinedFolding final : public Folding {
public:
    enum class Mode { live, gathering };

    DefinedFolding(const std::vector<TableDefinition>& tables, std::size_t rows_in_memory, Mode mode = Mode::live)
        : tables_(tables), rows_in_memory_(rows_in_memory), gathers_(mode == Mode::gathering)
    {
        if (gathers_) each_changing([](auto& store, const TableDefinition&) { store.gather(); });
        each_changing([this](auto& store, const TableDefinition& table) {
            store.on_surprise([this, &store, &table] { look_up(store, table); });
        });
    }

    void stage(const events::Record& record, const Meta& meta) override
    {
        staged_.push_back({&record, meta, decoded(record)});
        if (gathers_) return;
        rows_.discover(true);
        try {
            begin_event();
            apply_now(staged_.back());
        } catch (const std::exception&) {
            // Whatever is wrong is told when the event meets its real rows.
        }
        rows_.discover(false);
    }

    void load(RowSource& source) override
    {
        source_ = &source;
        each_changing([&](auto& store, const TableDefinition& table) { look_up(store, table); });
    }

    void apply(std::size_t staged) override
    {
        begin_event();
        try {
            apply_now(staged_[staged]);
        } catch (...) {
            rows_.each_store([](auto& store) { store.undo_event(); });
            throw;
        }
    }

    [[nodiscard]] std::int64_t created() const override
    {
        std::int64_t created = 0;
        rows_.each_store([&](auto& store) {
            if constexpr (requires { store.created(); }) created += store.created();
        });
        return created;
    }

    [[nodiscard]] std::vector<TableChanges> changes() const override
    {
        std::vector<TableChanges> changes;
        std::size_t index = 0;
        rows_.each_store([&](auto& store) {
            TableChanges of_table{&tables_[index++], {}};
            if (gathers_ && changes_rows<decltype(store)>) return;
            store.each_changed([&](const auto& row) {
                values::append_row(of_table.rows.bytes, row);
                ++of_table.rows.count;
            });
            if (of_table.rows.count != 0) changes.push_back(std::move(of_table));
        });
        return changes;
    }

    void give_gathered(const std::function<void(const TableChanges&)>& see) override
    {
        each_changing([&](auto& store, const TableDefinition& table) {
            TableChanges some{&table, {}};
            const auto give = [&] {
                if (some.rows.count != 0) see(some);
                some.rows.bytes.clear();
                some.rows.count = 0;
            };
            store.each_changed([&](const auto& row) {
                values::append_row(some.rows.bytes, row);
                if (++some.rows.count == given_at_once) give();
            });
            give();
        });
        forget();
    }

    void settle() override
    {
        staged_.clear();
        source_ = nullptr;
        rows_.each_store([this](auto& store) { store.settle(rows_in_memory_); });
    }

    void forget() override
    {
        staged_.clear();
        source_ = nullptr;
        rows_.each_store([](auto& store) { store.forget(); });
    }

private:
    template <class Q>
    struct EventOf {
        using Type = std::monostate;
    };
    template <ReadsEvents Q>
    struct EventOf<Q> {
        using Type = typename Q::Event;
    };
    /// Nothing: the record says nothing to this read model (a refusal), or it is read as it is.
    using Decoded = std::optional<typename EventOf<P>::Type>;

    struct Staged {
        const events::Record* record;
        Meta meta;
        Decoded event;
    };

    static Decoded decoded(const events::Record& record)
    {
        if constexpr (ReadsRecords<P>) {
            return std::nullopt;
        } else {
            if (record.envelope.type == events::rejected_type) return std::nullopt;
            if (detail::ignores<P>(record.envelope.type)) return std::nullopt;
            return P::decode(record.envelope.type, record.value);
        }
    }

    void apply_now(const Staged& staged)
    {
        if constexpr (ReadsRecords<P>) {
            P::apply(rows_, *staged.record, staged.meta);
        } else if (staged.event) {
            std::visit(
                [&](const auto& event) {
                    if constexpr (detail::Applies<P, std::remove_cvref_t<decltype(event)>>) {
                        P::apply(rows_, event, staged.meta);
                    }
                },
                *staged.event);
        }
    }

    void begin_event()
    {
        rows_.each_store([](auto& store) { store.begin_event(); });
    }

    template <class Store>
    void look_up(Store& store, const TableDefinition& table)
    {
        const auto missing = store.take_missing();
        if (missing.empty()) return;
        assert(source_ != nullptr && "events are applied after load");
        RowImages keys;
        for (const auto& key : missing) {
            std::apply([&](const auto&... parts) { (values::append_column(keys.bytes, parts), ...); }, key);
            ++keys.count;
        }
        source_->load(table, keys,
                      [&](std::string_view image) { store.learn(values::read_row<typename Store::Row>(image)); });
        for (const auto& key : missing) store.learn_absent(key);
    }

    template <class Store>
    static constexpr bool changes_rows = requires(std::remove_cvref_t<Store>& store) { store.take_missing(); };

    template <class See>
    void each_changing(See see)
    {
        std::size_t index = 0;
        rows_.each_store([&](auto& store) {
            const auto& table = tables_[index++];
            if constexpr (changes_rows<decltype(store)>) see(store, table);
        });
    }

    static constexpr std::size_t given_at_once = 4'096;

    const std::vector<TableDefinition>& tables_;
    std::size_t rows_in_memory_;
    bool gathers_;
    RowSource* source_ = nullptr;
    std::vector<Staged> staged_;
    typename P::Rows rows_;
};

template <IsProjection P>
class Defined final : public ReadModel {
public:
    [[nodiscard]] std::string_view name() const override { return P::name; }
    [[nodiscard]] int version() const override { return P::version; }
    [[nodiscard]] std::vector<std::string_view> contexts() const override { return {P::reads.begin(), P::reads.end()}; }
    [[nodiscard]] const std::vector<TableDefinition>& tables() const override { return tables_; }
    [[nodiscard]] std::unique_ptr<Folding> folding(std::size_t rows_in_memory) const override
    {
        return std::make_unique<DefinedFolding<P>>(tables_, rows_in_memory);
    }
    [[nodiscard]] std::unique_ptr<Folding> gathering() const override
    {
        return std::make_unique<DefinedFolding<P>>(tables_, 0, DefinedFolding<P>::Mode::gathering);
    }

private:
    std::vector<TableDefinition> tables_ = detail::definitions_of(std::type_identity<typename P::Rows>{});
};

}  // namespace jangteo::projections
