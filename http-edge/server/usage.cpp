#include "http-edge/server/usage.hpp"

#include "http-edge/server/signing.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace jangteo::edge {

namespace {

constexpr std::int64_t seconds_a_minute = 60;

std::int64_t minute_of(Usage::Time now)
{
    return now.time_since_epoch().count() / seconds_a_minute;
}

/// Reads a number and the letter after it.
bool take_number(std::string_view& text, auto& number, char end)
{
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto used = static_cast<std::size_t>(stopped - text.data());
    if (error != std::errc{} || used >= text.size() || text[used] != end) return false;
    text.remove_prefix(used + 1);
    return true;
}

}  // namespace

UsageKey usage_key(const std::string& secret, std::string_view kind, std::string_view who)
{
    std::string text("usage\n");
    text += kind;
    text += '\n';
    text += who;
    const auto hash = hmac_sha256(secret, text);
    UsageKey key = 0;
    for (std::size_t i = 0; i < sizeof key; ++i) key = (key << 8U) | static_cast<unsigned char>(hash[i]);
    return key;
}

/// `key minute count blocked;` for each.
std::string to_text(const std::vector<UsageNews>& news)
{
    std::string text;
    for (const auto& one : news) {
        text += std::to_string(one.key);
        text += ' ';
        text += std::to_string(one.minute);
        text += ' ';
        text += std::to_string(one.count);
        text += ' ';
        text += std::to_string(one.blocked_until);
        text += ';';
    }
    return text;
}

std::vector<UsageNews> usage_news_in(std::string_view text)
{
    std::vector<UsageNews> news;
    UsageNews one;
    while (take_number(text, one.key, ' ') && take_number(text, one.minute, ' ') && take_number(text, one.count, ' ') &&
           take_number(text, one.blocked_until, ';')) {
        news.push_back(one);
    }
    return news;
}

Usage::Count& Usage::of(UsageKey key, std::int64_t minute)
{
    auto& count = counts_[key];
    if (count.minute < minute) count = {minute, 0, 0};
    return count;
}

bool Usage::take(UsageKey key, std::int64_t limit, Time now, Allowance& allowance)
{
    const auto minute = minute_of(now);
    auto& count = of(key, minute);
    allowance = {limit, std::max<std::int64_t>(0, limit - count.total - 1), (minute + 1) * seconds_a_minute};
    if (count.total >= limit) return false;
    add(key, now);
    return true;
}

std::int64_t Usage::count(UsageKey key, Time now) const
{
    const auto found = counts_.find(key);
    return found == counts_.end() || found->second.minute != minute_of(now) ? 0 : found->second.total;
}

void Usage::add(UsageKey key, Time now)
{
    auto& count = of(key, minute_of(now));
    ++count.total;
    if (count.untold++ == 0) changed_.push_back(key);
}

void Usage::block(UsageKey key, Time until)
{
    auto& known = blocks_[key];
    if (until <= known) return;
    known = until;
    new_blocks_.push_back({key, 0, 0, until.time_since_epoch().count()});
}

std::optional<Usage::Time> Usage::blocked_until(UsageKey key, Time now) const
{
    const auto found = blocks_.find(key);
    return found == blocks_.end() || found->second <= now ? std::nullopt : std::optional(found->second);
}

std::vector<UsageNews> Usage::take_news()
{
    auto news = std::exchange(new_blocks_, {});
    for (const auto key : std::exchange(changed_, {})) {
        const auto found = counts_.find(key);
        if (found == counts_.end() || found->second.untold == 0) continue;
        news.push_back({key, found->second.minute, found->second.untold, 0});
        found->second.untold = 0;
    }
    return news;
}

void Usage::heard(const std::vector<UsageNews>& news, Time now)
{
    for (const auto& one : news) {
        if (one.blocked_until > 0) {
            auto& known = blocks_[one.key];
            known = std::max(known, Time(std::chrono::seconds(one.blocked_until)));
        }
        // A clock that is ahead must not make a minute begin anew here.
        if (one.count > 0 && one.minute == minute_of(now)) of(one.key, one.minute).total += one.count;
    }
}

void Usage::forget_old(Time now)
{
    const auto minute = minute_of(now);
    std::erase_if(counts_, [&](const auto& entry) { return entry.second.minute < minute; });
    std::erase_if(blocks_, [&](const auto& entry) { return entry.second <= now; });
}

}  // namespace jangteo::edge
