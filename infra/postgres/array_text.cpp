#include "infra/postgres/array_text.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace jangteo::postgres {

void ArrayText::separate()
{
    text_.push_back(text_.empty() ? '{' : ',');
}

void ArrayText::add(std::string_view text)
{
    separate();
    text_.push_back('"');
    // Whole stretches at once: few texts have anything to escape.
    while (true) {
        const auto at = text.find_first_of("\"\\");
        text_.append(text.substr(0, at));
        if (at == std::string_view::npos) break;
        text_.push_back('\\');
        text_.push_back(text[at]);
        text.remove_prefix(at + 1);
    }
    text_.push_back('"');
}

void ArrayText::add(bool value)
{
    separate();
    text_.push_back(value ? 't' : 'f');
}

void ArrayText::add_integer(std::int64_t value)
{
    separate();
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text_.append(digits.data(), end);
}

void ArrayText::add(const events::Uuid& id)
{
    separate();
    text_.append(events::to_string(id));
}

void ArrayText::add(events::Timestamp time)
{
    separate();
    text_.append(events::to_iso8601(time));
}

void ArrayText::add_null()
{
    separate();
    text_.append("NULL");
}

std::string ArrayText::take()
{
    if (text_.empty()) return "{}";
    text_.push_back('}');
    return std::exchange(text_, {});
}

}  // namespace jangteo::postgres
