#include "bench/figures/runner.hpp"

#include "events/inventory.hpp"
#include "infra/kafka/wire.hpp"

#include <chrono>
#include <cstring>
#include <utility>

namespace jangteo::bench {

namespace {

namespace inventory = events::inventory;

class Headers final : public kafka::HeaderSink {
public:
    Headers() : headers_(rd_kafka_headers_new(kafka::most_headers)) {}
    void add(std::string_view name, std::string_view value) override
    {
        rd_kafka_header_add(headers_.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));
    }
    [[nodiscard]] rd_kafka_headers_t* get() const { return headers_.get(); }
    void release() { (void)headers_.release(); }

private:
    kafka::Headers headers_;
};

std::string_view header_of(const rd_kafka_message_t& message, const char* name)
{
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return {};
    }
    return {static_cast<const char*>(value), size};
}

constexpr std::size_t uuid_text_size = 36;

}  // namespace

events::ProductId figures_product(std::size_t number)
{
    return {events::uuid_v5(events::url_namespace, "figures:product:" + std::to_string(number))};
}

InventoryTalk::InventoryTalk(std::int32_t partitions, std::string expected_answer)
    : expected_answer_(std::move(expected_answer))
{
    const auto random = events::random_uuid();
    std::memcpy(&run_, random.data, sizeof run_);
    envelope_.source = "/jangteo/bench";
    envelope_.actor = "admin:" + events::to_string(random);
    envelope_.reply_to.topic = edge_replies;
    // All in one partition, as the answers to one edge are.
    envelope_.reply_to.partition = static_cast<std::int32_t>(run_ % static_cast<std::uint64_t>(partitions));
    envelope_.reply_to.instance = "bench-" + std::to_string(run_);
}

events::Uuid InventoryTalk::id_of(std::uint64_t number) const
{
    events::Uuid id;
    std::memcpy(id.data, &run_, sizeof run_);
    std::memcpy(id.data + sizeof run_, &number, sizeof number);
    return id;
}

bool InventoryTalk::ask(rd_kafka_t* producer, std::uint64_t number)
{
    next(number, command_);
    envelope_.id = id_of(number);
    envelope_.type = command_.type;
    envelope_.schema = command_.schema;
    envelope_.subject = command_.product;
    envelope_.time = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    envelope_.correlation_id = envelope_.id;
    envelope_.reply_to.request_id = envelope_.id;
    Headers headers;
    kafka::write_headers(envelope_, headers);
    const auto error =
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(inventory_commands),
                          RD_KAFKA_V_KEY(command_.product.data(), command_.product.size()),
                          RD_KAFKA_V_VALUE(command_.value.data(), command_.value.size()),
                          RD_KAFKA_V_HEADERS(headers.get()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) headers.release();
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<std::uint64_t> InventoryTalk::number_of(const rd_kafka_message_t& message)
{
    auto address = header_of(message, "replyto");
    if (address.size() < uuid_text_size) return std::nullopt;
    address.remove_prefix(address.size() - uuid_text_size);
    const auto id = events::parse_uuid(address);
    if (!id || std::memcmp(id->data, &run_, sizeof run_) != 0) return std::nullopt;
    std::uint64_t number = 0;
    std::memcpy(&number, id->data + sizeof run_, sizeof number);
    return number;
}

std::string InventoryTalk::complaint(const rd_kafka_message_t& message)
{
    const auto type = header_of(message, "ce_type");
    if (type == expected_answer_) return {};
    return std::string(type) + " " + std::string(static_cast<const char*>(message.payload), message.len);
}

PutTalk::PutTalk(std::int32_t partitions, std::size_t first_product, std::int64_t on_hand)
    : InventoryTalk(partitions, std::string(inventory::ItemPut::type)), next_product_(first_product), on_hand_(on_hand)
{}

void PutTalk::next(std::uint64_t, Command& command)
{
    inventory::PutItem put;
    put.product_id = figures_product(next_product_);
    put.on_hand = on_hand_;
    put.name = "figure " + std::to_string(next_product_);
    put.unit_price = {1'000};
    put.seller_id = {events::uuid_v5(events::url_namespace, "figures:seller")};
    ++next_product_;
    command = {std::string(inventory::PutItem::type), std::string(inventory::PutItem::schema), put.product_id.text(),
               inventory::to_json(put)};
}

HoldTalk::HoldTalk(std::int32_t partitions, std::size_t products, std::size_t first_product)
    : InventoryTalk(partitions, std::string(inventory::StockHeld::type))
{
    for (std::size_t i = 0; i < products; ++i) {
        ids_.push_back(figures_product(first_product + i));
        products_.push_back(ids_.back().text());
    }
}

void HoldTalk::next(std::uint64_t number, Command& command)
{
    // A step that has no factor in common with a power of ten visits every product, far from the one before.
    const auto product = static_cast<std::size_t>(number * 7'919 % ids_.size());
    inventory::HoldStock hold;
    hold.product_id = ids_[product];
    hold.order_id = {id_of(number)};
    hold.quantity = 1;
    command.type = inventory::HoldStock::type;
    command.schema = inventory::HoldStock::schema;
    command.product = products_[product];
    command.value = inventory::to_json(hold);
}

}  // namespace jangteo::bench
