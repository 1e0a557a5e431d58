// The keys of persons for workers: what is personal is sealed in every message (docs/decisions/0014), and a gateway wants to
// have it as it is.
#pragma once

#include "events/ids.hpp"
#include "infra/crypto/sealed.hpp"
#include "infra/postgres/session.hpp"

#include <mutex>
#include <optional>
#include <vector>

namespace jangteo::consumers {

/// Thread-safe. Keeps no key: a person may be forgotten at any time, and few tasks need one.
class People {
public:
    /// `masters`: at least one; the first seals, all open.
    People(postgres::Settings postgres, std::vector<crypto::Key> masters);

    /// Made when there is none. Empty: the person was erased. Throws what the database throws, and CannotOpen when a master
    /// key is missing.
    std::optional<crypto::Key> key_of(const events::UserId& user);

private:
    const crypto::Keyring masters_;
    std::mutex mutex_;
    postgres::Session session_;
};

}  // namespace jangteo::consumers
