#include "http-edge/server/credentials.hpp"

#include "http-edge/server/signing.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace jangteo::edge {

namespace {

constexpr std::size_t longest_address = 254;
constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_label = 63;
constexpr std::size_t mac_size = 32;
constexpr std::size_t claims_size = 16 + 16 + 8;
constexpr std::uint32_t codes = 1'000'000;

bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_local_part(std::string_view text)
{
    if (text.empty() || text.size() > longest_local_part || text.front() == '.' || text.back() == '.') return false;
    if (text.find("..") != std::string_view::npos) return false;
    return std::ranges::all_of(text, [](char c) {
        return is_letter_or_digit(c) || std::string_view(".!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos;
    });
}

bool is_label(std::string_view text)
{
    return !text.empty() && text.size() <= longest_label && text.front() != '-' && text.back() != '-' &&
           std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

std::string lower_case(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return lower;
}

void append(std::string& to, const events::Uuid& id)
{
    to.append(reinterpret_cast<const char*>(id.data), sizeof id.data);
}

events::Uuid uuid_in(std::string_view bytes)
{
    events::Uuid id{};
    std::memcpy(id.data, bytes.data(), sizeof id.data);
    return id;
}

std::string claims_of(const RefreshToken& token)
{
    std::string bytes;
    append(bytes, token.account_id.value);
    append(bytes, token.session_id.value);
    for (int shift = 56; shift >= 0; shift -= 8) {
        bytes +=
            static_cast<char>((static_cast<std::uint64_t>(token.generation) >> static_cast<unsigned>(shift)) & 255U);
    }
    return bytes;
}

std::string mac_of(const SigningKey& key, std::string_view claims)
{
    // The same keys sign access tokens: what is signed begins in another way.
    std::string text("refresh token\n");
    text += claims;
    return hmac_sha256(key.secret, text);
}

}  // namespace

bool is_email(std::string_view text)
{
    const auto at = text.find('@');
    if (text.size() > longest_address || at == std::string_view::npos || !is_local_part(text.substr(0, at)))
        return false;
    auto domain = text.substr(at + 1);
    std::size_t labels = 1;
    for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.')) {
        if (!is_label(domain.substr(0, dot))) return false;
        domain.remove_prefix(dot + 1);
        ++labels;
    }
    return labels >= 2 && is_label(domain);
}

events::AccountId account_of(const std::string& email_key, std::string_view email)
{
    std::string text("account\n");
    text += lower_case(email);
    auto id = uuid_in(hmac_sha256(email_key, text));
    id.data[6] = static_cast<std::uint8_t>((id.data[6] & 0x0FU) | 0x80U);  // Version 8: our own kind (RFC 9562).
    id.data[8] = static_cast<std::uint8_t>((id.data[8] & 0x3FU) | 0x80U);
    return {id};
}

std::string write_refresh_token(const TokenSettings& settings, const RefreshToken& token)
{
    auto bytes = claims_of(token);
    bytes += mac_of(settings.keys.front(), bytes);
    return base64url(bytes);
}

std::optional<RefreshToken> read_refresh_token(const TokenSettings& settings, std::string_view text)
{
    const auto bytes = from_base64url(text);
    if (!bytes || bytes->size() != claims_size + mac_size) return std::nullopt;
    const auto claims = std::string_view(*bytes).substr(0, claims_size);
    const auto mac = std::string_view(*bytes).substr(claims_size);
    const bool ours = std::ranges::any_of(settings.keys,
                                          [&](const SigningKey& key) { return same_secret(mac, mac_of(key, claims)); });
    if (!ours) return std::nullopt;
    RefreshToken token{{uuid_in(claims)}, {uuid_in(claims.substr(16))}, 0};
    std::uint64_t generation = 0;
    for (const char byte : claims.substr(32)) generation = (generation << 8U) | static_cast<unsigned char>(byte);
    token.generation = static_cast<std::int64_t>(generation);
    return token;
}

std::string code_of(const TokenSettings& settings, const events::CommandId& command)
{
    std::string text("code\n");
    append(text, command.value);
    const auto mac = hmac_sha256(settings.keys.front().secret, text);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) number = (number << 8U) | static_cast<unsigned char>(mac[i]);
    auto digits = std::to_string(number % codes);
    return std::string(6 - digits.size(), '0') + digits;
}

std::string code_hash(const std::string& email_key, const events::AccountId& account, std::string_view purpose,
                      std::string_view code)
{
    std::string text("code\n");
    append(text, account.value);
    text += purpose;
    text += '\n';
    text += code;
    return base64url(hmac_sha256(email_key, text));
}

}  // namespace jangteo::edge
