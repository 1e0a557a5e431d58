#include "consumers/payments/inicis_forms.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace jangteo::consumers::payments::inicis {

namespace {

namespace json = boost::json;
using namespace std::chrono;

constexpr hours ahead{9};  ///< Seoul, all year.
constexpr std::size_t time_size = 14;

bool is_plain(char c)
{
    return ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void append_encoded(std::string& to, std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_plain(c)) {
            to += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        to += '%';
        to += digits[byte >> 4U];
        to += digits[byte & 15U];
    }
}

std::optional<std::int64_t> number_in(std::string_view text)
{
    std::int64_t number = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || stopped != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

std::string encoded(const Form& form)
{
    std::string text;
    for (const auto& [name, value] : form) {
        if (!text.empty()) text += '&';
        append_encoded(text, name);
        text += '=';
        append_encoded(text, value);
    }
    return text;
}

std::optional<Answer> read_json(std::string_view body)
{
    json::error_code error;
    const auto root = json::parse(body, error);
    if (error || !root.is_object()) return std::nullopt;
    Answer answer;
    for (const auto& member : root.get_object()) {
        const auto& value = member.value();
        if (value.is_string()) answer.emplace(member.key(), std::string_view(value.get_string()));
        if (value.is_int64()) answer.emplace(member.key(), std::to_string(value.get_int64()));
    }
    return answer;
}

Answer read_name_values(std::string_view body)
{
    Answer answer;
    while (!body.empty()) {
        const auto end = std::min(body.find('&'), body.size());
        const auto pair = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos) continue;
        std::string value;
        std::ranges::copy_if(pair.substr(equals + 1), std::back_inserter(value),
                             [](char c) { return ' ' <= c && c <= '~'; });
        answer.emplace(pair.substr(0, equals), std::move(value));
    }
    return answer;
}

std::optional<events::Won> won_in(const Answer& answer, std::string_view name)
{
    const auto number = number_in(text_in(answer, name));
    if (!number || *number < 0) return std::nullopt;
    return events::Won{*number};
}

std::string text_in(const Answer& answer, std::string_view name)
{
    const auto found = answer.find(name);
    return found == answer.end() ? std::string() : found->second;
}

std::string seoul_time(events::Timestamp time)
{
    const auto there = floor<seconds>(time) + ahead;
    const auto day = floor<days>(there);
    const year_month_day date{day};
    const hh_mm_ss clock{there - day};
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%04d%02u%02u%02d%02d%02d", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<events::Timestamp> from_seoul_time(std::string_view text)
{
    if (text.size() != time_size) return std::nullopt;
    const auto part = [&](std::size_t at, std::size_t size) { return number_in(text.substr(at, size)).value_or(-1); };
    const auto hour = part(8, 2);
    const auto minute = part(10, 2);
    const auto second = part(12, 2);
    const year_month_day date{year{static_cast<int>(part(0, 4))}, month{static_cast<unsigned>(part(4, 2))},
                              day{static_cast<unsigned>(part(6, 2))}};
    if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
        return std::nullopt;
    }
    return sys_days{date} + hours{hour} + minutes{minute} + seconds{second} - ahead;
}

}  // namespace jangteo::consumers::payments::inicis
