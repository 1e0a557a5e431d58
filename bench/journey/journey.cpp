#include "bench/journey/journey.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace jangteo::bench {

namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

events::Uuid journey_id(std::string_view kind, std::string_view number)
{
    std::string name = "journey:";
    name.append(kind).append(":").append(number);
    return events::uuid_v5(events::url_namespace, name);
}

std::string name_of(std::string_view type, std::string_view category, std::string_view number)
{
    std::string name;
    if (!type.empty()) {
        name = type;
    } else if (!category.empty()) {
        name = category;
    } else {
        name = "product " + std::string(number);
    }
    return name;
}

class Assembly {
public:
    explicit Assembly(const JourneyFiles& files) : limit_(files.limit), all_products_(files.all_products) {}

    void read_products(CsvReader& csv)
    {
        const auto number = csv.column("product_id");
        const auto manufacturer = csv.column("manufacturer_id");
        const auto type = csv.column("product_type");
        const auto category = csv.column("product_category");
        while (csv.next()) {
            if (csv.field(number).empty()) csv.fail("a product without product_id");
            const auto index = product_of(csv.field(number));
            journey_.products[index].name = name_of(csv.field(type), csv.field(category), csv.field(number));
            journey_.products[index].seller_id = {journey_id("manufacturer", csv.field(manufacturer))};
        }
    }

    void read_baskets(CsvReader& csv)
    {
        const auto basket = csv.column("basket_id");
        const auto household = csv.column("household_id");
        const auto product = csv.column("product_id");
        const auto quantity = csv.column("quantity");
        const auto sales_value = csv.column("sales_value");
        while (csv.next()) {
            if (csv.field(basket).empty()) csv.fail("a line without basket_id");
            if (csv.field(household).empty()) csv.fail("a line without household_id");
            if (csv.field(product).empty()) csv.fail("a line without product_id");
            const auto index = product_of(csv.field(product));
            note_price(index, csv.field(quantity), csv.field(sales_value));
            // Lines after the limit are read on for the prices: a product costs the same whatever the limit is.
            if (auto* target = basket_of(csv.field(basket), csv.field(household))) {
                target->lines.push_back({index, std::string(csv.field(quantity))});
                used_[index] = true;
            }
        }
    }

    Journey finish()
    {
        if (all_products_) return std::move(journey_);
        constexpr auto gone = std::numeric_limits<std::size_t>::max();
        std::vector<std::size_t> place(journey_.products.size(), gone);
        std::vector<Product> kept;
        for (std::size_t i = 0; i < journey_.products.size(); ++i) {
            if (!used_[i]) continue;
            place[i] = kept.size();
            kept.push_back(std::move(journey_.products[i]));
        }
        journey_.products = std::move(kept);
        for (auto& basket : journey_.baskets) {
            for (auto& line : basket.lines) line.product = place[line.product];
        }
        return std::move(journey_);
    }

private:
    std::size_t product_of(std::string_view number)
    {
        const auto [found, is_new] = products_.try_emplace(std::string(number), journey_.products.size());
        if (is_new) {
            journey_.products.push_back({std::string(number),
                                         product_id_of(number),
                                         {journey_id("manufacturer", "")},
                                         name_of("", "", number),
                                         price_without_sale_won});
            used_.push_back(false);
            priced_.push_back(false);
        }
        return found->second;
    }

    /// The first line that was sold for something sets the price.
    void note_price(std::size_t product, std::string_view quantity_text, std::string_view sales_value_text)
    {
        if (priced_[product]) return;
        const auto quantity = parse_number<std::int64_t>(quantity_text);
        const auto sales_value = parse_number<double>(sales_value_text);
        if (!quantity || !sales_value || *quantity <= 0 || !(*sales_value > 0)) return;
        journey_.products[product].unit_price_won = unit_price_won(*sales_value, *quantity);
        priced_[product] = true;
    }

    Basket* basket_of(std::string_view number, std::string_view household)
    {
        // The household belongs to the key: should two ever share a number, they are still two orders.
        key_.assign(number).append("\n").append(household);
        const auto found = baskets_.find(key_);
        if (found != baskets_.end()) return &journey_.baskets[found->second];
        if (limit_ && journey_.baskets.size() >= *limit_) return nullptr;
        const auto [known, is_new] = households_.try_emplace(std::string(household), journey_.households.size());
        if (is_new) journey_.households.push_back({std::string(household), user_id_of(household)});
        baskets_.emplace(key_, journey_.baskets.size());
        journey_.baskets.push_back({std::string(number), known->second, {}});
        return &journey_.baskets.back();
    }

    std::optional<std::size_t> limit_;
    bool all_products_;
    Journey journey_;
    std::vector<bool> used_;
    std::vector<bool> priced_;
    std::unordered_map<std::string, std::size_t> products_;
    std::unordered_map<std::string, std::size_t> households_;
    std::unordered_map<std::string, std::size_t> baskets_;
    std::string key_;
};

}  // namespace

std::optional<std::int64_t> Line::units() const
{
    return parse_number<std::int64_t>(quantity);
}

Journey read_journey(const JourneyFiles& files)
{
    auto products = open_csv(files.products);
    auto baskets = open_csv(files.baskets);
    return read_journey(products, baskets, files);
}

Journey read_journey(CsvReader& products, CsvReader& baskets, const JourneyFiles& files)
{
    Assembly assembly(files);
    assembly.read_products(products);
    assembly.read_baskets(baskets);
    return assembly.finish();
}

events::ProductId product_id_of(std::string_view product_number)
{
    return {journey_id("product", product_number)};
}

events::UserId user_id_of(std::string_view household_number)
{
    return {journey_id("household", household_number)};
}

std::int64_t unit_price_won(double sales_value, std::int64_t quantity)
{
    const double price = std::floor(100 * sales_value / static_cast<double>(quantity) + 0.5);
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(price));
}

}  // namespace jangteo::bench
