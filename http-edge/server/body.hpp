// A request's JSON body: checked while it is parsed, then read field by field. Whatever is wrong is collected, so that
// a caller hears of every wrong field at once (`details.errors[]`), each by its path.
//
// The parser is Boost.JSON's, as for the messages (events/json_reader.hpp): measured, nlohmann 3.11 takes last of two
// equal keys, turns 18446744073709551615 into -1 and 1.9 into 1, takes NUL in strings, and overflows the stack when it
// copies what is nested too deep (docs: reliability notes §5). All of that is refused here.
#pragma once

#include "events/codec.hpp"
#include "http-edge/server/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boost::json {
class value;
}

namespace jangteo::edge {

struct BodyLimits {
    std::size_t depth = 16;
    /// An order may have 200 lines. A line is an object with an id, a quantity and the options' object: 4 values, which
    /// leaves room for 16 options a line. (A body of 64 KiB leaves 327 bytes a line, so nobody gets there honestly.)
    std::size_t values = 4'096;
};

/// The largest integer that every JSON reader keeps exactly.
inline constexpr std::int64_t largest_exact_integer = std::int64_t{1} << 53;

class Fields;

class BodyReader {
public:
    /// Throws Problem COMMON_400 when the text is not one JSON value of UTF-8 within the limits. Duplicate keys, NUL in
    /// strings and numbers beyond ±2^53 count as wrong fields: they are reported by `check`, with the others.
    explicit BodyReader(std::string_view text, const BodyLimits& limits = {});
    /// The same for the body of a request: what its route says of it (`api.json`) is checked as well, and no field can be
    /// asked for of which it says nothing (std::logic_error). Where the body may be missing, that is an empty object.
    explicit BodyReader(const Request& request);
    BodyReader(const BodyReader&) = delete;
    BodyReader& operator=(const BodyReader&) = delete;
    ~BodyReader();

    /// The members of the body, which has to be an object. It must not outlive the reader.
    Fields fields();
    /// The same for bodies that differ only in blanks, order of members or way of escaping.
    [[nodiscard]] std::string canonical() const;
    void wrong(std::string field, Text reason);
    /// Throws a Problem that names every wrong field, if there is one.
    void check() const;

private:
    friend class Fields;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The members of one object, asked for by name. What is missing or wrong is noted in the reader and comes back as an
/// empty value, so reading goes on. Members that nobody asks for are ignored.
class Fields {
public:
    /// Characters are counted, not bytes. A text of blanks only counts as missing.
    std::string text(std::string_view name, std::size_t least, std::size_t most) const;
    std::optional<std::string> optional_text(std::string_view name, std::size_t most) const;
    /// Numbers with a fraction or an exponent are not integers, whatever their value.
    std::int64_t integer(std::string_view name, std::int64_t least, std::int64_t most) const;
    std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t least, std::int64_t most) const;
    std::optional<bool> optional_boolean(std::string_view name) const;
    template <class Id>
    Id id(std::string_view name) const
    {
        return Id{uuid(name)};
    }
    template <class Id>
    std::optional<Id> optional_id(std::string_view name) const
    {
        return has(name) ? std::optional<Id>(Id{uuid(name)}) : std::nullopt;
    }
    bool boolean(std::string_view name) const;
    /// An array of texts, each of 1 to `longest` characters.
    std::vector<std::string> texts(std::string_view name, std::size_t least, std::size_t most,
                                   std::size_t longest) const;
    events::Timestamp time(std::string_view name) const;
    std::optional<events::Timestamp> optional_time(std::string_view name) const;
    /// An object, as it stands.
    std::optional<events::Json> optional_json_object(std::string_view name) const;
    /// Not `null` and not missing.
    [[nodiscard]] bool has(std::string_view name) const;

    [[nodiscard]] Fields object(std::string_view name) const;
    /// Calls `see(Fields of the item, index)` for each item of an array of objects. Nothing is called when the array
    /// itself is wrong.
    template <class See>
    void each(std::string_view name, std::size_t least, std::size_t most, See see) const
    {
        const std::size_t count = array_size(name, least, most);
        const Fields array{reader_, this, name, find(name), described(name)};
        for (std::size_t i = 0; i < count; ++i) see(array.item(i), i);
    }

    void wrong(std::string_view name, Text reason) const;

private:
    friend class BodyReader;
    static constexpr std::size_t no_index = static_cast<std::size_t>(-1);

    Fields(BodyReader* reader, const Fields* parent, std::string_view name, const boost::json::value* value,
           const boost::json::value* schema)
        : reader_(reader), parent_(parent), name_(name), value_(value), schema_(schema)
    {}

    /// The schema of a member; null where nothing is said of any.
    [[nodiscard]] const boost::json::value* described(std::string_view name) const;

    [[nodiscard]] const boost::json::value* find(std::string_view name) const;
    [[nodiscard]] const boost::json::value* required(std::string_view name) const;
    std::int64_t checked_integer(const boost::json::value& value, std::string_view name, std::int64_t least,
                                 std::int64_t most) const;
    std::string checked_text(const boost::json::value& value, std::string_view name, std::size_t least,
                             std::size_t most) const;
    [[nodiscard]] events::Uuid uuid(std::string_view name) const;
    [[nodiscard]] std::size_t array_size(std::string_view name, std::size_t least, std::size_t most) const;
    [[nodiscard]] Fields item(std::size_t index) const;
    [[nodiscard]] std::string path() const;
    [[nodiscard]] std::string path_of(std::string_view name) const;

    BodyReader* reader_;
    const Fields* parent_;
    std::string_view name_;
    const boost::json::value* value_;   ///< Null: it was missing or wrong, which has been noted.
    const boost::json::value* schema_;  ///< Null: nothing is said of it.
    std::size_t index_ = no_index;
};

/// Characters of UTF-8 text.
std::size_t count_characters(std::string_view text);

}  // namespace jangteo::edge
