#include "http-edge/server/request_headers.hpp"

#include "http-edge/server/errors.hpp"

#include <openssl/evp.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <random>
#include <stdexcept>

namespace jangteo::edge {

namespace {

constexpr std::size_t longest_key = 255;

bool is_lower_hex(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool all_zero(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

std::mt19937_64& generator()
{
    thread_local std::mt19937_64 random = [] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
        return std::mt19937_64(seed);
    }();
    return random;
}

void append_hex(std::string& to, std::uint64_t number)
{
    constexpr std::string_view digits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) to += digits[(number >> static_cast<unsigned>(shift)) & 15U];
}

std::string traceparent_for(const events::Uuid& correlation_id)
{
    std::string text = "00-";
    for (const char c : events::to_string(correlation_id)) {
        if (c != '-') text += c;
    }
    text += '-';
    append_hex(text, generator()() | 1U);
    text += "-01";
    return text;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

bool is_traceparent(std::string_view text)
{
    if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return false;
    const auto trace = text.substr(3, 32);
    const auto parent = text.substr(36, 16);
    return is_lower_hex(trace) && is_lower_hex(parent) && is_lower_hex(text.substr(53)) && !all_zero(trace) &&
           !all_zero(parent);
}

Trace trace_of(std::string_view correlation_id, std::string_view traceparent)
{
    const auto given = events::parse_uuid(correlation_id);
    const auto id = given && !given->is_nil() ? *given : quick_uuid();
    return {id, is_traceparent(traceparent) ? std::string(traceparent) : traceparent_for(id)};
}

events::Uuid quick_uuid()
{
    const std::array<std::uint64_t, 2> bits{generator()(), generator()()};
    events::Uuid id;
    std::memcpy(id.data, bits.data(), sizeof id.data);
    id.data[6] = static_cast<std::uint8_t>((id.data[6] & 0x0FU) | 0x40U);  // Version 4, variant 1 (RFC 4122).
    id.data[8] = static_cast<std::uint8_t>((id.data[8] & 0x3FU) | 0x80U);
    return id;
}

std::chrono::milliseconds wait_of(std::string_view prefer, std::chrono::milliseconds usual,
                                  std::chrono::milliseconds longest)
{
    while (!prefer.empty()) {
        const auto comma = prefer.find(',');
        auto item = prefer.substr(0, comma);
        prefer = comma == std::string_view::npos ? std::string_view{} : prefer.substr(comma + 1);
        item = trimmed(item.substr(0, item.find(';')));
        if (item == "respond-async") return std::chrono::milliseconds(0);
        if (!item.starts_with("wait=")) continue;
        const auto number = item.substr(5);
        unsigned seconds = 0;
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), seconds);
        if (error == std::errc::result_out_of_range) return longest;
        if (error != std::errc{} || end != number.data() + number.size()) continue;
        return std::min<std::chrono::milliseconds>(std::chrono::seconds(seconds), longest);
    }
    return std::min(usual, longest);
}

std::string_view idempotency_key_of(const Request& request)
{
    if (request.idempotency_keys == 0) return {};
    const auto key = request.idempotency_key;
    const bool printable = std::ranges::all_of(key, [](char c) { return c >= ' ' && c <= '~'; });
    if (request.idempotency_keys > 1 || key.empty() || key.size() > longest_key || !printable) {
        throw Problem({FieldError{"Idempotency-Key",
                                  {"1자에서 255자 사이의 인쇄 가능한 ASCII 문자여야 합니다",
                                   "must be one header of 1 to 255 printable ASCII characters"}}});
    }
    return key;
}

events::Uuid command_id_of(const events::UserId& caller, Method method, std::string_view path, std::string_view key)
{
    // `|` stands in none of the parts before the key, so no two requests share a name.
    static const auto name_space = events::uuid_v5(events::url_namespace, "jangteo:command");
    std::string name = caller.text();
    name.reserve(name.size() + path.size() + key.size() + 10);
    name += '|';
    name += to_text(method);
    name += '|';
    name += path;
    name += '|';
    name += key;
    return events::uuid_v5(name_space, name);
}

std::uint64_t fingerprint_of(Method method, std::string_view path, std::string_view canonical_body)
{
    // Fetched once: asking OpenSSL 3 for an algorithm by name costs more than hashing a request.
    static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::string head(to_text(method));
    head += ' ';
    head += path;
    head += '\n';
    if (EVP_DigestInit_ex2(context.get(), sha256, nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), head.data(), head.size()) != 1 ||
        EVP_DigestUpdate(context.get(), canonical_body.data(), canonical_body.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
    std::uint64_t first = 0;
    for (std::size_t i = 0; i < sizeof first; ++i) first = (first << 8U) | digest[i];
    // PostgreSQL's bigint has a sign, and 0 means that nobody knows.
    first &= 0x7FFF'FFFF'FFFF'FFFFULL;
    return first == 0 ? 1 : first;
}

}  // namespace jangteo::edge
