// Arrays as parameters of UNNEST: many rows in one statement.
#pragma once

#include "events/ids.hpp"
#include "events/time.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jangteo::postgres {

/// The text of a one-dimensional array: `{"a","b",NULL}`. Every element that is text is quoted.
class ArrayText {
public:
    void add(std::string_view text);
    void add(const char* text) { add(std::string_view(text)); }
    void add(bool value);
    template <std::integral Number>
    void add(Number value)
    {
        add_integer(static_cast<std::int64_t>(value));
    }
    void add(const events::Uuid& id);
    template <class Tag>
    void add(const events::Id<Tag>& id)
    {
        add(id.value);
    }
    void add(events::Timestamp time);
    void add_null();
    template <class Value>
    void add(const std::optional<Value>& value)
    {
        if (value)
            add(*value);
        else
            add_null();
    }
    void reserve(std::size_t bytes) { text_.reserve(bytes); }

    /// The finished literal; the array is empty afterwards.
    std::string take();

private:
    void add_integer(std::int64_t value);
    void separate();

    std::string text_;
};

}  // namespace jangteo::postgres
