// A key for each person, with which everything personal of theirs is sealed before it leaves the edge. The log keeps the
// sealed text for ever; the key is here, and who takes it away has erased the person everywhere (docs/decisions/0014).
#pragma once

#include "events/ids.hpp"
#include "infra/crypto/sealed.hpp"
#include "infra/postgres/session.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace jangteo::personal {

using Keys = std::unordered_map<events::UserId, crypto::Key>;

/// What the keys themselves are sealed with: the first seals, all open.
using Masters = crypto::Keyring;

/// The keys of these persons, in one transaction; one who has none gets one, durably. Who was erased is not in the answer
/// and never gets another. Throws `crypto::CannotOpen` when a master key is missing, and what the database throws.
Keys keys_made_for(postgres::Session& session, const Masters& masters, const std::vector<events::UserId>& users);

/// A row's `wrapped` as the key it is.
crypto::Key unwrapped(const Masters& masters, const events::UserId& user, std::string_view wrapped);

/// Takes the key away, for ever, whether or not there was one. Again, it changes nothing.
void erase(postgres::Session& session, const events::UserId& user);

/// Seals keys anew that a former master key has sealed, some thousands at a time; returns how many that were. When it
/// returns 0, the former master keys can go out of the configuration.
std::size_t wrap_anew(postgres::Session& session, const Masters& masters, std::string_view newest_master);

}  // namespace jangteo::personal
