#include "infra/crypto/digest.hpp"

#include <openssl/evp.h>
#include <stdexcept>

namespace jangteo::crypto {

namespace {

std::string digest(const EVP_MD* algorithm, std::string_view text)
{
    std::string bytes(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(bytes.data()), &size, algorithm,
                   nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute a digest");
    }
    bytes.resize(size);
    return bytes;
}

std::string hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

}  // namespace

std::string sha256_hex(std::string_view text)
{
    return hex(digest(EVP_sha256(), text));
}

std::string sha512_hex(std::string_view text)
{
    return hex(digest(EVP_sha512(), text));
}

std::string sha512_base64(std::string_view text)
{
    const auto bytes = digest(EVP_sha512(), text);
    std::string coded(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // And the terminator that OpenSSL writes.
    const auto size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    coded.resize(static_cast<std::size_t>(size));
    return coded;
}

}  // namespace jangteo::crypto
