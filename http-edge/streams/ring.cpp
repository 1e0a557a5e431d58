#include "http-edge/streams/ring.hpp"

namespace jangteo::edge::streams {

void Ring::open(Position at)
{
    first_ = end();
    entries_.clear();
    bytes_ = 0;
    before_ = at;
    head_ = std::move(at);
}

std::size_t Ring::bytes_of(const Entry& entry)
{
    constexpr std::size_t envelope = 1'024;
    constexpr std::size_t forms = 3;
    return envelope + forms * (envelope + entry.record.value.size());
}

void Ring::push(Entry entry)
{
    bytes_ += bytes_of(entry);
    head_[entry.slot] = entry.next_offset();
    entries_.push_back(std::move(entry));
    while (entries_.size() > bounds_.entries || bytes_ > bounds_.bytes) {
        const auto& oldest = entries_.front();
        before_[oldest.slot] = oldest.next_offset();
        bytes_ -= bytes_of(oldest);
        entries_.pop_front();
        ++first_;
    }
}

Cursor::Cursor(const Ring& ring, Position given, const std::vector<bool>& wanted)
    : next_(ring.first()), position_(std::move(given)), is_ahead_(position_.size(), false)
{
    for (std::size_t slot = 0; slot < position_.size(); ++slot) {
        if (!wanted[slot]) position_[slot] = ring.before()[slot];
        set_ahead(slot, position_[slot] > ring.before()[slot]);
    }
}

void Cursor::set_ahead(std::size_t slot, bool ahead)
{
    if (is_ahead_[slot] == ahead) return;
    is_ahead_[slot] = ahead;
    ahead ? ++ahead_ : --ahead_;
}

Entry* Cursor::take(Ring& ring)
{
    auto& entry = ring.at(next_++);
    auto& mine = position_[entry.slot];
    const auto next_offset = entry.next_offset();
    if (next_offset >= mine) set_ahead(entry.slot, false);
    if (next_offset <= mine) return nullptr;
    mine = next_offset;
    return &entry;
}

void Cursor::settle(const Ring& ring)
{
    for (std::size_t slot = 0; slot < position_.size(); ++slot) {
        set_ahead(slot, position_[slot] > ring.head()[slot]);
        if (!is_ahead_[slot]) position_[slot] = ring.head()[slot];
    }
}

bool reaches(const Ring& ring, const Position& given, const std::vector<bool>& wanted)
{
    for (std::size_t slot = 0; slot < given.size(); ++slot) {
        if (wanted[slot] && given[slot] < ring.before()[slot]) return false;
    }
    return true;
}

}  // namespace jangteo::edge::streams
