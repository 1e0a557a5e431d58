// Strong identifiers. An OrderId cannot be passed where a ProductId is meant, and costs nothing more than a UUID.
#pragma once

#include <array>
#include <boost/uuid/uuid.hpp>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace jangteo::events {

using Uuid = boost::uuids::uuid;

/// Lower-case text of 36 characters.
std::string to_string(const Uuid& id);
/// Accepts exactly the 36-character form, either case; anything else is empty.
std::optional<Uuid> parse_uuid(std::string_view text);
/// RFC 4122 name-based id (SHA-1): the same name in the same namespace is the same id, everywhere and for ever.
Uuid uuid_v5(const Uuid& name_space, std::string_view name);
/// A random id from the operating system's entropy. Only edges and take-overs draw one; deciders never do.
Uuid random_uuid();

/// RFC 4122 namespace for URLs.
extern const Uuid url_namespace;

inline std::uint64_t hash_of(const Uuid& id)
{
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, id.data, sizeof high);
    std::memcpy(&low, id.data + sizeof high, sizeof low);
    return high ^ (low * 0x9e3779b97f4a7c15ULL);
}

template <class Tag>
struct Id {
    Uuid value{};

    [[nodiscard]] std::string text() const { return to_string(value); }
    [[nodiscard]] bool nil() const { return value.is_nil(); }
    static std::optional<Id> parse(std::string_view text)
    {
        const auto parsed = parse_uuid(text);
        return parsed ? std::optional<Id>(Id{*parsed}) : std::nullopt;
    }
    friend bool operator==(const Id&, const Id&) = default;
    friend bool operator<(const Id& a, const Id& b) { return a.value < b.value; }
};

using CommandId = Id<struct CommandTag>;
using EventId = Id<struct EventTag>;
using OrderId = Id<struct OrderTag>;
using ProductId = Id<struct ProductTag>;
using UserId = Id<struct UserTag>;
using SellerId = Id<struct SellerTag>;
using PaymentId = Id<struct PaymentTag>;
using RefundId = Id<struct RefundTag>;
using ShipmentId = Id<struct ShipmentTag>;
using SettlementId = Id<struct SettlementTag>;
using RunId = Id<struct RunTag>;
using MarketId = Id<struct MarketTag>;
using ClaimId = Id<struct ClaimTag>;
using LotId = Id<struct LotTag>;
using AccountId = Id<struct AccountTag>;
using SessionId = Id<struct SessionTag>;
using AddressId = Id<struct AddressTag>;
using InquiryId = Id<struct InquiryTag>;

}  // namespace jangteo::events

template <>
struct std::hash<jangteo::events::Uuid> {
    std::size_t operator()(const jangteo::events::Uuid& id) const noexcept { return jangteo::events::hash_of(id); }
};
template <class Tag>
struct std::hash<jangteo::events::Id<Tag>> {
    std::size_t operator()(const jangteo::events::Id<Tag>& id) const noexcept
    {
        return jangteo::events::hash_of(id.value);
    }
};
