#include "events/time.hpp"

#include <charconv>
#include <cstdio>

namespace jangteo::events {

namespace {

using namespace std::chrono;

std::optional<int> digits(std::string_view text)
{
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

void append_padded(std::string& to, unsigned value, int width)
{
    char buffer[12];
    int at = sizeof buffer;
    for (int i = 0; i < width; ++i) {
        buffer[--at] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    to.append(buffer + at, static_cast<std::size_t>(width));
}

}  // namespace

std::string to_iso8601(Timestamp time)
{
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    std::string text;
    text.reserve(27);
    append_padded(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    text.push_back('-');
    append_padded(text, static_cast<unsigned>(date.month()), 2);
    text.push_back('-');
    append_padded(text, static_cast<unsigned>(date.day()), 2);
    text.push_back('T');
    append_padded(text, static_cast<unsigned>(clock.hours().count()), 2);
    text.push_back(':');
    append_padded(text, static_cast<unsigned>(clock.minutes().count()), 2);
    text.push_back(':');
    append_padded(text, static_cast<unsigned>(clock.seconds().count()), 2);
    if (const auto fraction = clock.subseconds().count(); fraction != 0) {
        text.push_back('.');
        append_padded(text, static_cast<unsigned>(fraction), 6);
    }
    text.push_back('Z');
    return text;
}

std::optional<Timestamp> parse_iso8601(std::string_view text)
{
    if (text.size() < 20 || text.back() != 'Z') return std::nullopt;
    if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return std::nullopt;
    const auto y = digits(text.substr(0, 4));
    const auto mo = digits(text.substr(5, 2));
    const auto d = digits(text.substr(8, 2));
    const auto h = digits(text.substr(11, 2));
    const auto mi = digits(text.substr(14, 2));
    const auto s = digits(text.substr(17, 2));
    if (!y || !mo || !d || !h || !mi || !s || *h > 23 || *mi > 59 || *s > 59) return std::nullopt;
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return std::nullopt;
    std::int64_t micros = 0;
    if (const auto fraction = text.substr(19, text.size() - 20); !fraction.empty()) {
        if (fraction.front() != '.' || fraction.size() < 2 || fraction.size() > 7) return std::nullopt;
        const auto value = digits(fraction.substr(1));
        if (!value) return std::nullopt;
        micros = *value;
        for (std::size_t i = fraction.size() - 1; i < 6; ++i) micros *= 10;
    }
    return Timestamp{sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s} + microseconds{micros}};
}

std::string seoul_day(Timestamp time)
{
    constexpr hours seoul_offset{9};  // Korea keeps no daylight saving time.
    const year_month_day date{floor<days>(time + seoul_offset)};
    std::string text;
    append_padded(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    append_padded(text, static_cast<unsigned>(date.month()), 2);
    append_padded(text, static_cast<unsigned>(date.day()), 2);
    return text;
}

}  // namespace jangteo::events
