// An account as read_accounts has it, with the key that opens what is sealed in it.
#pragma once

#include "events/identity.hpp"
#include "http-edge/server/commanding.hpp"
#include "infra/crypto/sealed.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace jangteo::edge::identity {

/// What sealed texts of an account are bound to: neither another account's nor another field's can be put in their place.
enum class Sealed { email, name, password_hash, device, phone, profile_image };
std::string bound_to(const events::AccountId& account, Sealed field);

struct StoredAccount {
    events::AccountId account_id;
    events::UserId user_id;
    std::string email;  ///< Sealed, as are the four that follow.
    std::string name;
    std::string password_hash;
    std::string phone;  ///< Empty when there is none; so is the picture.
    std::string profile_image;
    std::int64_t password_version = 0;
    Role role = Role::user;
    std::string status;
    bool email_verified = false;
    events::Timestamp created_at;
    events::Timestamp updated_at;
    std::optional<crypto::Key> key;  ///< Empty: the person was erased.

    [[nodiscard]] std::string opened(Sealed field) const;
    /// As the person sees it.
    [[nodiscard]] std::string json() const;
};

/// Who has this address now. Empty: nobody.
Awaitable<std::optional<StoredAccount>> find_account(Exchange& x, events::AccountId id);
/// Throws Problem USER_001 when the person has no account, or none any more.
Awaitable<StoredAccount> account_of_person(Exchange& x, events::UserId user);

}  // namespace jangteo::edge::identity
