// The rows of a read model while events are folded into them, and the words in which a read model declares its tables:
//
//     using Rows = projections::Rows<
//         Keyed<Item, Key<&Item::product_id>, Index<&Item::seller_id>>,
//         Appended<Movement, Key<&Movement::partition, &Movement::offset>>>;
//
// A row is a struct described by Boost.Describe; its members are the table's columns, and its `table` is its name.
#pragma once

#include "projections/runtime/meta.hpp"

#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jangteo::projections {

/// The columns that name a row: the primary key.
template <auto... Members>
struct Key {};
/// An index. One that begins with an optional column leaves the rows without it out.
template <auto... Members>
struct Index {};
/// Rows are deleted when the time in this column is so many hours ago.
template <auto Member, int hours>
struct KeptFor {};

enum class Writing {
    upsert,      ///< Loaded or created, changed, written back.
    insert,      ///< Written once. A second row of the same key is an error.
    keep_first,  ///< Written once. A second row of the same key is dropped.
};

template <Writing how, class RowType, class KeyColumns, class... MoreProperties>
struct Table;
template <Writing how, class RowType, auto... Members, class... MoreProperties>
struct Table<how, RowType, Key<Members...>, MoreProperties...> {
    using Row = RowType;
    using KeyColumns = Key<Members...>;
    using KeyValue = std::tuple<std::remove_cvref_t<decltype(std::declval<Row>().*Members)>...>;
    using Properties = std::tuple<MoreProperties...>;
    static constexpr Writing writing = how;

    static KeyValue key_of(const Row& row) { return {row.*Members...}; }
    static Row with_key(const KeyValue& key)
    {
        Row row{};
        std::apply([&](const auto&... values) { ((row.*Members = values), ...); }, key);
        return row;
    }
};

/// Rows that change. A row belongs to one partition of one context: the partition's owner keeps it in memory.
template <class Row, class KeyColumns, class... Properties>
using Keyed = Table<Writing::upsert, Row, KeyColumns, Properties...>;
/// Rows that are written once, for instance named by the event's partition and offset.
template <class Row, class KeyColumns, class... Properties>
using Appended = Table<Writing::insert, Row, KeyColumns, Properties...>;
/// Rows of which the first of its key counts.
template <class Row, class KeyColumns, class... Properties>
using FirstKept = Table<Writing::keep_first, Row, KeyColumns, Properties...>;

struct HashOfKey {
    template <class... Values>
    std::size_t operator()(const std::tuple<Values...>& key) const
    {
        std::size_t hash = 0;
        std::apply([&](const auto&... value) { ((hash = hash * 31 + std::hash<Values>()(value)), ...); }, key);
        return hash;
    }
};

/// Rows that are written once: collected until they are written.
template <class T>
class WrittenOnce {
public:
    using Row = typename T::Row;

    Row& add(Row row, bool discovering)
    {
        if (discovering) return scratch_ = std::move(row);
        return rows_.emplace_back(std::move(row));
    }

    void begin_event() { before_event_ = rows_.size(); }
    void undo_event() { rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(before_event_), rows_.end()); }
    template <class See>
    void each_changed(See see) const
    {
        for (const auto& row : rows_) see(row);
    }
    void settle(std::size_t) { rows_.clear(); }
    void forget() { rows_.clear(); }

private:
    std::vector<Row> rows_;
    std::size_t before_event_ = 0;
    Row scratch_{};
};

/// Rows that change: kept in memory as long as there is room, because reading them back is a good part of the cost of
/// writing them (notes: 22–47 %).
template <class T>
class Changing {
public:
    using Row = typename T::Row;
    using KeyValue = typename T::KeyValue;

    /// The row of that key, made when there is none.
    Row& at(const KeyValue& key, bool discovering)
    {
        if (discovering) return discover(key);
        auto& slot = touch(key);
        if (!slot.present) {
            slot.row = T::with_key(key);
            slot.present = true;
            ++created_;
        }
        return slot.row;
    }

    /// The row of that key. Throws CannotApply when there is none.
    Row& existing(const KeyValue& key, bool discovering)
    {
        if (discovering) return discover(key);
        auto& slot = touch(key);
        if (!slot.present) throw CannotApply("there is no row of this key in " + std::string(Row::table));
        return slot.row;
    }

    /// Writes a row whatever was there before; it is not loaded.
    void put(Row row, bool discovering)
    {
        if (discovering) return;
        auto& slot = place(T::key_of(row));
        remember(slot);
        if (!slot.present) ++created_;
        slot.row = std::move(row);
        slot.known = true;
        slot.present = true;
    }

    void begin_event()
    {
        undo_.clear();
        scratch_.clear();
        changed_before_event_ = changed_.size();
        created_before_event_ = created_;
    }
    void undo_event()
    {
        for (auto entry = undo_.rbegin(); entry != undo_.rend(); ++entry) *entry->slot = std::move(entry->before);
        undo_.clear();
        changed_.resize(changed_before_event_);
        created_ = created_before_event_;
    }

    /// Keys that are needed and not in memory; the caller looks them up and tells the result by `learn`.
    std::vector<KeyValue> take_missing() { return std::exchange(missing_, {}); }
    void learn(Row row)
    {
        auto& slot = place(T::key_of(row));
        slot.row = std::move(row);
        slot.known = true;
        slot.present = true;
    }
    /// There is no row of that key, unless one has been learned.
    void learn_absent(const KeyValue& key) { place(key).known = true; }
    /// Asked when a key turns out to be needed that was not foreseen.
    void on_surprise(std::function<void()> look_up) { look_up_ = std::move(look_up); }
    /// From event zero on: what is not in memory does not exist, and what has changed stays until it is forgotten.
    void gather() { gathers_ = true; }

    template <class See>
    void each_changed(See see) const
    {
        for (const auto* slot : changed_) see(slot->row);
    }
    [[nodiscard]] std::int64_t created() const { return created_; }

    /// What has changed is written. Rows that nobody asked for in the last `most` / 2 new ones leave memory.
    void settle(std::size_t most)
    {
        if (gathers_) return undo_.clear();
        for (auto* slot : changed_) slot->changed = false;
        changed_.clear();
        undo_.clear();
        if (young_.size() > most / 2) old_ = std::exchange(young_, {});
    }
    void forget()
    {
        undo_.clear();
        changed_.clear();
        missing_.clear();
        scratch_.clear();
        young_.clear();
        old_.clear();
    }

private:
    struct Slot {
        Row row{};
        bool known = false;    ///< Looked up, or written.
        bool present = false;  ///< False though known: there is no such row.
        bool changed = false;
        bool asked = false;  ///< Among the missing.
    };
    struct Undo {
        Slot* slot;
        Slot before;
    };
    // Nodes never move, so a reference holds while other rows are asked for.
    using Slots = std::unordered_map<KeyValue, Slot, HashOfKey>;

    Slot& place(const KeyValue& key)
    {
        if (const auto found = young_.find(key); found != young_.end()) return found->second;
        if (auto node = old_.extract(key)) return young_.insert(std::move(node)).position->second;
        return young_[key];
    }

    Slot& touch(const KeyValue& key)
    {
        auto& slot = place(key);
        if (!slot.known && !gathers_) {
            ask(key, slot);
            look_up_();
            assert(slot.known);
        }
        slot.known = true;
        remember(slot);
        return slot;
    }

    void ask(const KeyValue& key, Slot& slot)
    {
        if (!slot.asked) missing_.push_back(key);
        slot.asked = true;
    }

    void remember(Slot& slot)
    {
        undo_.push_back({&slot, slot});
        if (slot.changed) return;
        slot.changed = true;
        changed_.push_back(&slot);
    }

    Row& discover(const KeyValue& key)
    {
        if (auto& slot = place(key); !slot.known) ask(key, slot);
        return scratch_.emplace_back(T::with_key(key));
    }

    Slots young_;
    Slots old_;
    std::vector<Slot*> changed_;
    std::vector<Undo> undo_;
    std::vector<KeyValue> missing_;
    std::deque<Row> scratch_;
    std::function<void()> look_up_;
    std::size_t changed_before_event_ = 0;
    std::int64_t created_ = 0;
    std::int64_t created_before_event_ = 0;
    bool gathers_ = false;
};

/// The rows of one read model, as its `apply` sees them.
template <class... Tables>
class Rows {
public:
    template <class T>
    using Store = std::conditional_t<T::writing == Writing::upsert, Changing<T>, WrittenOnce<T>>;

    /// The row of that key, loaded or made.
    template <class Row, class... KeyParts>
    Row& at(const KeyParts&... key)
    {
        return store<Row>().at({key...}, discovering_);
    }
    /// The row of that key. Throws CannotApply when there is none.
    template <class Row, class... KeyParts>
    Row& existing(const KeyParts&... key)
    {
        return store<Row>().existing({key...}, discovering_);
    }
    /// Writes a row that changes, whatever was there before.
    template <class Row>
    void put(Row row)
    {
        store<Row>().put(std::move(row), discovering_);
    }
    /// Writes a row that is written once. The reference holds until the next one.
    template <class Row>
    Row& append(Row row)
    {
        return store<Row>().add(std::move(row), discovering_);
    }

    // For the runtime.
    template <class Row>
    auto& store()
    {
        constexpr auto index = index_of<Row>();
        static_assert(index < sizeof...(Tables), "the read model has no table of such rows");
        return std::get<index>(stores_);
    }
    template <class See>
    void each_store(See see)
    {
        std::apply([&](auto&... stores) { (see(stores), ...); }, stores_);
    }
    template <class See>
    void each_store(See see) const
    {
        std::apply([&](const auto&... stores) { (see(stores), ...); }, stores_);
    }
    /// While discovering, rows come out empty and nothing is kept but which ones were asked for.
    void discover(bool discovering) { discovering_ = discovering; }

private:
    template <class Row>
    static constexpr std::size_t index_of()
    {
        std::size_t index = 0;
        const bool found = ((std::is_same_v<Row, typename Tables::Row> ? true : (++index, false)) || ...);
        return found ? index : sizeof...(Tables);
    }

    std::tuple<Store<Tables>...> stores_;
    bool discovering_ = false;
};

}  // namespace jangteo::projections
