// Sealing what must not be readable in the log, in a queue or in a read model: AES-256-GCM. Whoever opens a sealed text knows
// that nobody changed it, and that it was sealed for this very purpose: `bound_to` (the id of the aggregate it belongs to)
// has to be the same, so that a sealed text cannot be moved to another aggregate's record.
//
// A sealed text is `v1.<key id>.<nonce, cipher text and tag in base64url>`: plain letters that fit into any message, and the
// key that opens it named. The nonce is 96 random bits, so one key may seal 2^32 texts and no more (NIST SP 800-38D, 8.3).
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::crypto {

inline constexpr std::size_t key_size = 32;

/// `secret` is `key_size` bytes. Ids are letters, digits, `-` and `_`.
struct Key {
    std::string id;
    std::string secret;
};

/// The text cannot be opened: with another key, for another purpose, or because somebody changed it.
struct CannotOpen : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// `id:` and the 32 bytes in base64url without padding, as configuration has it. Throws std::invalid_argument, with words
/// that do not show the key.
Key parse_key(std::string_view text);

/// A key that nobody has seen before.
Key make_key(std::string id);

/// As `parse_key` reads it.
std::string to_text(const Key& key);

/// Another text each time. Throws std::runtime_error when the system gives no random bytes.
std::string seal(const Key& key, std::string_view plain, std::string_view bound_to);

/// Throws CannotOpen.
std::string open(const Key& key, std::string_view sealed, std::string_view bound_to);

/// The id of the key that opens it; empty when it is no sealed text.
std::string_view key_id_of(std::string_view sealed);

/// Keys as they follow each other over the years: the first seals, all open. Thread-safe.
class Keyring {
public:
    /// Throws std::invalid_argument: no key, two of one id, or one that is not a key.
    explicit Keyring(std::vector<Key> keys);

    [[nodiscard]] std::string seal(std::string_view plain, std::string_view bound_to) const;
    /// Throws CannotOpen, also when the key it was sealed with is not here any more.
    [[nodiscard]] std::string open(std::string_view sealed, std::string_view bound_to) const;

private:
    std::vector<Key> keys_;
};

}  // namespace jangteo::crypto
