// Thrift's compact protocol, as far as Parquet's headers and footer need it. Writing only. Pure.
// Source: the Thrift compact protocol specification, and parquet.thrift of the Parquet format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::ops::exporting {

/// Fields of a struct have to be written in the order of their numbers.
class ThriftWriter {
public:
    void integer32(int field, std::int64_t value) { number(field, 5, value); }
    void integer64(int field, std::int64_t value) { number(field, 6, value); }
    void truth(int field, bool value) { header(field, value ? 1 : 2); }
    void text(int field, std::string_view value)
    {
        header(field, 8);
        item(value);
    }
    template <class Members>
    void structure(int field, Members&& members)
    {
        header(field, 12);
        item_structure(members);
    }
    /// What follows are `size` times item_structure.
    void structures(int field, std::size_t size) { list(field, size, 12); }
    /// What follows are `size` times item.
    void integers(int field, std::size_t size) { list(field, size, 5); }
    void texts(int field, std::size_t size) { list(field, size, 8); }

    void item(std::int64_t value) { varint(zigzag(value)); }
    void item(std::string_view value)
    {
        varint(value.size());
        bytes_ += value;
    }
    template <class Members>
    void item_structure(Members&& members)
    {
        last_.push_back(0);
        members();
        bytes_ += '\0';
        last_.pop_back();
    }

    /// Ends the outermost struct. Nothing may be written afterwards.
    [[nodiscard]] std::string finished() &&
    {
        bytes_ += '\0';
        return std::move(bytes_);
    }

private:
    static std::uint64_t zigzag(std::int64_t value)
    {
        return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    }
    void varint(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }
    void header(int field, int type)
    {
        const int step = field - last_.back();
        last_.back() = field;
        if (step <= 15) {
            bytes_ += static_cast<char>(step << 4 | type);
            return;
        }
        bytes_ += static_cast<char>(type);
        varint(zigzag(field));
    }
    void number(int field, int type, std::int64_t value)
    {
        header(field, type);
        item(value);
    }
    void list(int field, std::size_t size, int type)
    {
        header(field, 9);
        if (size < 15) {
            bytes_ += static_cast<char>(size << 4 | static_cast<std::size_t>(type));
            return;
        }
        bytes_ += static_cast<char>(0xf0 | type);
        varint(size);
    }

    std::string bytes_;
    std::vector<int> last_{0};
};

}  // namespace jangteo::ops::exporting
