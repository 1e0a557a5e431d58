// One leaf column of a Parquet row group while it grows in memory: its values one after the other, and beside them at
// which depth each stands (Dremel's levels). Pure.
#pragma once

#include "ops/export/columns.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::ops::exporting {

static_assert(std::endian::native == std::endian::little, "Parquet's numbers are little-endian, and so are ours");

/// Levels as Parquet wants them: runs of the same level, with nothing packed into bits (the compression finds what
/// repeats). A level takes one byte, so a column may be nested 255 levels deep.
class Levels {
public:
    void add(std::uint8_t level)
    {
        if (run_ > 0 && level == level_) {
            ++run_;
            return;
        }
        end_run();
        level_ = level;
        run_ = 1;
    }
    [[nodiscard]] std::size_t size() const { return runs_.size(); }
    /// With their length in front; empties itself.
    [[nodiscard]] std::string take()
    {
        end_run();
        const auto length = static_cast<std::uint32_t>(runs_.size());
        std::string taken(sizeof length, '\0');
        std::memcpy(taken.data(), &length, sizeof length);
        taken += runs_;
        runs_.clear();
        run_ = 0;
        return taken;
    }

private:
    void end_run()
    {
        if (run_ == 0) return;
        for (auto rest = run_ << 1;; rest >>= 7) {
            runs_ += static_cast<char>(rest >= 0x80 ? rest | 0x80 : rest);
            if (rest < 0x80) break;
        }
        runs_ += static_cast<char>(level_);
    }

    std::uint8_t level_ = 0;
    std::uint64_t run_ = 0;
    std::string runs_;
};

struct Leaf {
    Kind kind = Kind::text;
    std::vector<std::string> path;
    std::uint8_t most_repeated = 0;  ///< How many lists it stands in.
    std::uint8_t most_defined = 0;   ///< How many of its parents, lists and itself may be left out.

    // Of the row group under way.
    Levels repeated{};
    Levels defined{};
    std::string values{};
    std::int64_t entries = 0;  ///< Values and nulls.
    std::int64_t nulls = 0;
    std::optional<std::int64_t> least{};  ///< Of integers and moments.
    std::optional<std::int64_t> most{};

    void enter(std::uint8_t repetition, std::uint8_t definition)
    {
        if (most_repeated > 0) repeated.add(repetition);
        if (most_defined > 0) defined.add(definition);
        ++entries;
        if (definition < most_defined) ++nulls;
    }
    void put(std::int64_t value)
    {
        if (!least || value < *least) least = value;
        if (!most || value > *most) most = value;
        put_bytes(&value, sizeof value);
    }
    void put(bool value) { values += value ? '\1' : '\0'; }
    void put(std::string_view value)
    {
        const auto length = static_cast<std::uint32_t>(value.size());
        put_bytes(&length, sizeof length);
        values += value;
    }
    void put(const events::Uuid& value) { put_bytes(value.data, sizeof value.data); }
    void put(events::Timestamp value) { put(value.time_since_epoch().count()); }

    [[nodiscard]] std::size_t held() const { return values.size() + repeated.size() + defined.size(); }
    /// The page: levels and values. Empties itself, but for the counts.
    [[nodiscard]] std::string take_page();
    void begin_anew()
    {
        entries = 0;
        nulls = 0;
        least.reset();
        most.reset();
    }

private:
    void put_bytes(const void* bytes, std::size_t size) { values.append(static_cast<const char*>(bytes), size); }
};

inline std::string Leaf::take_page()
{
    std::string page;
    if (most_repeated > 0) page += repeated.take();
    if (most_defined > 0) page += defined.take();
    if (kind != Kind::truth) {
        page += values;
    } else {
        // Eight truths to a byte, the first in its lowest bit.
        for (std::size_t i = 0; i < values.size(); i += 8) {
            unsigned packed = 0;
            for (std::size_t bit = 0; bit < 8 && i + bit < values.size(); ++bit) {
                packed |= static_cast<unsigned>(values[i + bit]) << bit;
            }
            page += static_cast<char>(packed);
        }
    }
    values.clear();
    return page;
}

}  // namespace jangteo::ops::exporting
