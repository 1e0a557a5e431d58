// Commands straight to the owners of the inventory, without an edge: what the partition runner adds to the floor.
#pragma once

#include "bench/figures/kafka_loop.hpp"
#include "events/ids.hpp"
#include "events/record.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace jangteo::bench {

/// The products that the figures are measured with, by number; the same in every run.
events::ProductId figures_product(std::size_t number);

/// Asks as an edge does: the answer comes to `edge.replies`, named by the command's id.
class InventoryTalk : public Talk {
public:
    bool ask(rd_kafka_t* producer, std::uint64_t number) override;
    std::optional<std::uint64_t> number_of(const rd_kafka_message_t& message) override;
    std::string complaint(const rd_kafka_message_t& message) override;

protected:
    struct Command {
        std::string type;
        std::string schema;
        std::string product;  ///< The key.
        std::string value;
    };
    InventoryTalk(std::int32_t partitions, std::string expected_answer);
    virtual void next(std::uint64_t number, Command& command) = 0;
    [[nodiscard]] events::Uuid id_of(std::uint64_t number) const;

private:
    std::string expected_answer_;
    std::uint64_t run_;  ///< Marks our commands: others may use the same topics.
    Command command_;
    events::Envelope envelope_;
};

/// Puts the products on the shelf, one after the other.
class PutTalk final : public InventoryTalk {
public:
    PutTalk(std::int32_t partitions, std::size_t first_product, std::int64_t on_hand);

private:
    void next(std::uint64_t number, Command& command) override;

    std::size_t next_product_;
    std::int64_t on_hand_;
};

/// Holds one unit of one product after the other for orders that nobody placed.
class HoldTalk final : public InventoryTalk {
public:
    HoldTalk(std::int32_t partitions, std::size_t products, std::size_t first_product = 0);

private:
    void next(std::uint64_t number, Command& command) override;

    std::vector<std::string> products_;
    std::vector<events::ProductId> ids_;
};

inline constexpr const char* inventory_commands = "inventory.commands";
inline constexpr const char* edge_replies = "edge.replies";

}  // namespace jangteo::bench
