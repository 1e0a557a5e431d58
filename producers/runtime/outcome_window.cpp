#include "producers/runtime/outcome_window.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace jangteo::producers {

namespace {

constexpr std::size_t entry_bytes = 16 + sizeof(std::int64_t) + sizeof(std::uint64_t);

}  // namespace

void OutcomeWindow::remember(const events::Uuid& command_id, Entry entry)
{
    // Known already: from a piece that somebody wrote after the watermark was read.
    if (!order_.empty() && entry.offset <= order_.back().offset) return;
    order_.push_back({command_id, entry.offset, entry.fingerprint});
    by_id_.insert_or_assign(command_id, entry);
    while (order_.size() > capacity_) {
        const auto& oldest = order_.front();
        const auto found = by_id_.find(oldest.command_id);
        if (found != by_id_.end() && found->second.offset == oldest.offset) by_id_.erase(found);
        order_.pop_front();
    }
}

void OutcomeWindow::clear()
{
    order_.clear();
    by_id_.clear();
}

std::string OutcomeWindow::piece(std::int64_t from, std::int64_t to) const
{
    const auto by_offset = [](const Remembered& entry, std::int64_t offset) { return entry.offset < offset; };
    const auto first = std::lower_bound(order_.begin(), order_.end(), from, by_offset);
    const auto last = std::lower_bound(first, order_.end(), to, by_offset);
    std::string bytes;
    bytes.reserve(static_cast<std::size_t>(last - first) * entry_bytes);
    for (auto entry = first; entry != last; ++entry) {
        bytes.append(reinterpret_cast<const char*>(entry->command_id.data), 16);
        bytes.append(reinterpret_cast<const char*>(&entry->offset), sizeof entry->offset);
        bytes.append(reinterpret_cast<const char*>(&entry->fingerprint), sizeof entry->fingerprint);
    }
    return bytes;
}

void OutcomeWindow::add_piece(std::string_view bytes)
{
    if (bytes.size() % entry_bytes != 0) throw std::runtime_error("a piece of the window of outcomes is damaged");
    for (; !bytes.empty(); bytes.remove_prefix(entry_bytes)) {
        events::Uuid id{};
        Entry entry;
        std::memcpy(id.data, bytes.data(), 16);
        std::memcpy(&entry.offset, bytes.data() + 16, sizeof entry.offset);
        std::memcpy(&entry.fingerprint, bytes.data() + 16 + sizeof entry.offset, sizeof entry.fingerprint);
        remember(id, entry);
    }
}

}  // namespace jangteo::producers
