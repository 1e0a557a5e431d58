// Where a reader stands in the whole log: the next offset of every partition of events, in one word that fits into
// `Last-Event-ID`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::edge::streams {

/// The partitions of events in one row, so that each has a number: its slot.
class Layout {
public:
    Layout(std::vector<std::string> contexts, std::int32_t partitions);
    /// Of everything that is in `kafka::all_topics`.
    static Layout of_all_contexts(std::int32_t partitions);

    [[nodiscard]] std::size_t slots() const { return contexts_.size() * static_cast<std::size_t>(partitions_); }
    [[nodiscard]] std::int32_t partitions() const { return partitions_; }
    [[nodiscard]] const std::vector<std::string>& contexts() const { return contexts_; }
    [[nodiscard]] const std::string& context(std::size_t slot) const
    {
        return contexts_[slot / static_cast<std::size_t>(partitions_)];
    }
    [[nodiscard]] std::int32_t partition(std::size_t slot) const
    {
        return static_cast<std::int32_t>(slot % static_cast<std::size_t>(partitions_));
    }
    [[nodiscard]] std::size_t slot(std::size_t context, std::int32_t partition) const
    {
        return context * static_cast<std::size_t>(partitions_) + static_cast<std::size_t>(partition);
    }
    /// Of `orders.events` and a partition. Empty for what is not of the layout.
    [[nodiscard]] std::optional<std::size_t> find(std::string_view topic, std::int32_t partition) const;

private:
    std::vector<std::string> contexts_;
    std::int32_t partitions_;
};

/// By slot: the offset after the last record that stands (an outcome or a marker, by the readers' rule); 0 before the
/// first. So the record before it tells who the valid writer is, and whoever goes on there needs no look back.
using Position = std::vector<std::int64_t>;

/// A position as text, with a MAC: one that we did not write is refused, because what it points behind is believed.
class PositionCodec {
public:
    /// `secret` is the same for every edge.
    PositionCodec(const Layout& layout, std::string secret);

    [[nodiscard]] std::string encode(const Position& position) const;
    /// Empty for text that is not ours. A context that came after it was written stands at its beginning.
    [[nodiscard]] std::optional<Position> decode(std::string_view text) const;

private:
    const Layout& layout_;
    const std::string secret_;
    std::vector<std::uint16_t> names_;  ///< Of the contexts, by their order in the layout.
};

}  // namespace jangteo::edge::streams
