#include "infra/crypto/sealed.hpp"

#include <openssl/evp.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace jangteo::crypto {

namespace {

constexpr std::string_view version = "v1.";
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t longest_plain = 1U << 20U;  // OpenSSL counts in int, and nothing of ours comes near it.
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(std::string_view bytes)
{
    std::string text;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char byte : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(byte);
        for (count += 8; count >= 6;) text += alphabet[(bits >> (count -= 6)) & 63U];
    }
    if (count > 0) text += alphabet[(bits << (6 - count)) & 63U];
    return text;
}

/// One spelling only: what is left over in the last letter is zero, so a changed text is never the same bytes.
std::optional<std::string> from_base64url(std::string_view text)
{
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char letter : text) {
        const auto value = alphabet.find(letter);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) bytes += static_cast<char>((bits >> (count -= 8)) & 255U);
    }
    if (count >= 6 || (bits & ((1U << count) - 1U)) != 0) return std::nullopt;
    return bytes;
}

std::string random_bytes(std::size_t size)
{
    std::string bytes(size, '\0');
    if (::getentropy(bytes.data(), bytes.size()) != 0) throw std::runtime_error("the system gives no random bytes");
    return bytes;
}

bool is_key_id(std::string_view id)
{
    return !id.empty() && id.size() <= 64 &&
           std::ranges::all_of(id, [](char c) { return alphabet.find(c) != std::string_view::npos; });
}

void check(const Key& key)
{
    if (!is_key_id(key.id)) throw std::invalid_argument("a key's id is 1 to 64 letters, digits, '-' and '_'");
    if (key.secret.size() != key_size) throw std::invalid_argument("key `" + key.id + "` does not have 32 bytes");
}

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

void want(bool good)
{
    if (!good) throw std::runtime_error("OpenSSL cannot compute AES-256-GCM");
}

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context make_context()
{
    Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    want(context != nullptr);
    return context;
}

/// What the tag vouches for beside the text: whose it is, and by which key, so that neither can be exchanged.
std::string vouched(const Key& key, std::string_view bound_to)
{
    std::string text(version);
    text += key.id;
    text += '.';
    text += bound_to;
    return text;
}

struct Parts {
    std::string_view key_id;
    std::string_view rest;
};

std::optional<Parts> parts_of(std::string_view sealed)
{
    if (!sealed.starts_with(version)) return std::nullopt;
    sealed.remove_prefix(version.size());
    const auto dot = sealed.find('.');
    if (dot == std::string_view::npos || !is_key_id(sealed.substr(0, dot))) return std::nullopt;
    return Parts{sealed.substr(0, dot), sealed.substr(dot + 1)};
}

}  // namespace

Key parse_key(std::string_view text)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) throw std::invalid_argument("a key is id:32 bytes in base64url");
    const auto secret = from_base64url(text.substr(colon + 1));
    if (!secret) throw std::invalid_argument("a key is id:32 bytes in base64url, without padding");
    Key key{std::string(text.substr(0, colon)), *secret};
    check(key);
    return key;
}

Key make_key(std::string id)
{
    Key key{std::move(id), random_bytes(key_size)};
    check(key);
    return key;
}

std::string to_text(const Key& key)
{
    std::string text = key.id;
    text += ':';
    text += base64url(key.secret);
    return text;
}

std::string seal(const Key& key, std::string_view plain, std::string_view bound_to)
{
    check(key);
    if (plain.size() > longest_plain) throw std::invalid_argument("more than 1 MiB is not sealed in one piece");
    const auto beside = vouched(key, bound_to);
    const auto nonce = random_bytes(nonce_size);
    std::string cipher(plain.size(), '\0');
    std::string tag(tag_size, '\0');
    const auto context = make_context();
    int size = 0;
    want(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.secret), bytes_of(nonce)) == 1);
    want(EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(beside), static_cast<int>(beside.size())) == 1);
    want(EVP_EncryptUpdate(context.get(), bytes_of(cipher), &size, bytes_of(plain), static_cast<int>(plain.size())) ==
         1);
    std::array<unsigned char, EVP_MAX_BLOCK_LENGTH> nothing_more{};  // GCM is a stream: the end adds no bytes.
    want(EVP_EncryptFinal_ex(context.get(), nothing_more.data(), &size) == 1);
    want(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, tag.data()) == 1);

    std::string sealed(version);
    sealed += key.id;
    sealed += '.';
    sealed += base64url(nonce + cipher + tag);
    return sealed;
}

std::string open(const Key& key, std::string_view sealed, std::string_view bound_to)
{
    check(key);
    const auto parts = parts_of(sealed);
    if (!parts) throw CannotOpen("this is no sealed text");
    if (parts->key_id != key.id) throw CannotOpen("it was sealed with key `" + std::string(parts->key_id) + "`");
    const auto bytes = from_base64url(parts->rest);
    if (!bytes || bytes->size() < nonce_size + tag_size) throw CannotOpen("this is no sealed text");
    const auto beside = vouched(key, bound_to);
    const auto cipher = std::string_view(*bytes).substr(nonce_size, bytes->size() - nonce_size - tag_size);
    if (cipher.size() > longest_plain) throw CannotOpen("this is no sealed text");
    std::string tag = bytes->substr(bytes->size() - tag_size);
    std::string plain(cipher.size(), '\0');
    const auto context = make_context();
    int size = 0;
    want(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.secret), bytes_of(*bytes)) == 1);
    want(EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(beside), static_cast<int>(beside.size())) == 1);
    want(EVP_DecryptUpdate(context.get(), bytes_of(plain), &size, bytes_of(cipher), static_cast<int>(cipher.size())) ==
         1);
    want(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1);
    std::array<unsigned char, EVP_MAX_BLOCK_LENGTH> nothing_more{};
    if (EVP_DecryptFinal_ex(context.get(), nothing_more.data(), &size) != 1) {
        throw CannotOpen("it was sealed for something else, or changed since");
    }
    return plain;
}

std::string_view key_id_of(std::string_view sealed)
{
    const auto parts = parts_of(sealed);
    return parts ? parts->key_id : std::string_view{};
}

Keyring::Keyring(std::vector<Key> keys) : keys_(std::move(keys))
{
    if (keys_.empty()) throw std::invalid_argument("a keyring needs a key");
    for (auto key = keys_.begin(); key != keys_.end(); ++key) {
        check(*key);
        if (std::any_of(keys_.begin(), key, [&](const Key& other) { return other.id == key->id; })) {
            throw std::invalid_argument("two keys have the id `" + key->id + "`");
        }
    }
}

std::string Keyring::seal(std::string_view plain, std::string_view bound_to) const
{
    return crypto::seal(keys_.front(), plain, bound_to);
}

std::string Keyring::open(std::string_view sealed, std::string_view bound_to) const
{
    const auto id = key_id_of(sealed);
    const auto key = std::ranges::find(keys_, id, &Key::id);
    if (key == keys_.end()) throw CannotOpen("there is no key `" + std::string(id) + "`");
    return crypto::open(*key, sealed, bound_to);
}

}  // namespace jangteo::crypto
