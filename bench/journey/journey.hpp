// A retailer's baskets as products to stock and orders to place: the rules of "Real input" and nothing of HTTP.
#pragma once

#include "bench/journey/csv_reader.hpp"
#include "events/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::bench {

struct Product {
    std::string number;  ///< As in the files; its id is derived from it.
    events::ProductId id;
    events::SellerId seller_id;  ///< The manufacturer, the nearest thing to a seller that the data has.
    std::string name;
    std::int64_t unit_price_won = 0;
};

struct Line {
    std::size_t product = 0;  ///< Index into Journey::products.
    std::string quantity;     ///< As it stands in the file, for better or worse: 0, 85055 …

    /// The quantity as a number; empty when it is none.
    [[nodiscard]] std::optional<std::int64_t> units() const;
};

struct Basket {
    std::string number;
    std::size_t household = 0;  ///< Index into Journey::households.
    std::vector<Line> lines;
};

struct Household {
    std::string number;
    events::UserId id;
};

struct Journey {
    std::vector<Product> products;      ///< In the order of the products file; unlisted ones follow.
    std::vector<Household> households;  ///< In the order of their first basket.
    std::vector<Basket> baskets;        ///< In file order: a basket's place is its index.
};

struct JourneyFiles {
    std::string products;
    std::string baskets;
    std::optional<std::size_t> limit;  ///< Only the first baskets.
    bool all_products = false;         ///< Also products that are in none of these baskets.
};

/// Throws CsvError. A product that only the baskets know is a product all the same: somebody took it home.
Journey read_journey(const JourneyFiles& files);
/// The same from open readers; `files` gives the limits only.
Journey read_journey(CsvReader& products, CsvReader& baskets, const JourneyFiles& files);

events::ProductId product_id_of(std::string_view product_number);
events::UserId user_id_of(std::string_view household_number);

/// What a unit cost, in won (a cent becomes a won): floor(100 × sales_value / quantity + 0.5), at least 1. It is
/// evaluated as written in double precision, because the amounts of the data are doubles themselves
/// (1.776357e-15 is one) and whoever follows the rule with another tool must get the same won. Prices from here
/// enter the system as integers.
std::int64_t unit_price_won(double sales_value, std::int64_t quantity);
/// The price of a product that was never sold for anything.
inline constexpr std::int64_t price_without_sale_won = 100;

}  // namespace jangteo::bench
