#include "consumers/runtime/people.hpp"

#include "infra/personal/person_keys.hpp"

#include <utility>

namespace jangteo::consumers {

People::People(postgres::Settings postgres, std::vector<crypto::Key> masters)
    : masters_(std::move(masters)), session_(std::move(postgres))
{}

std::optional<crypto::Key> People::key_of(const events::UserId& user)
{
    const std::lock_guard lock(mutex_);
    auto keys = personal::keys_made_for(session_, masters_, {user});
    const auto found = keys.find(user);
    if (found == keys.end()) return std::nullopt;
    return std::move(found->second);
}

}  // namespace jangteo::consumers
