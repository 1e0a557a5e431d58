// A rolling deploy: owners of two versions of the deciders are at work at the same time.
#pragma once

#include "events/inventory.hpp"
#include "events/points.hpp"
#include "events/record.hpp"
#include "producers/runtime/context.hpp"

#include <memory>
#include <string>
#include <utility>

namespace jangteo::simulation {

/// The version that is being rolled out: now and then it refuses what the other one would take.
class OtherVersion final : public producers::Context {
public:
    explicit OtherVersion(std::unique_ptr<producers::Context> context) : context_(std::move(context)) {}

    [[nodiscard]] std::string_view name() const override { return context_->name(); }
    [[nodiscard]] std::unique_ptr<producers::Aggregate> initial() const override { return context_->initial(); }
    producers::Outcome decide(producers::Aggregate& aggregate, std::string_view type, std::string_view json,
                              const producers::Meta& meta) const override
    {
        const bool may_say_no = type == events::inventory::HoldStock::type || type == events::points::SpendPoints::type;
        if (may_say_no && events::hash_of(meta.command_id.value) % 4 == 0) {
            return {.rejected = true,
                    .type = std::string(events::rejected_type),
                    .schema = "",
                    .value = events::rejection_to_json({"NEW_RULE", {}}, type)};
        }
        return context_->decide(aggregate, type, json, meta);
    }
    void evolve(producers::Aggregate& aggregate, std::string_view type, std::string_view json,
                const producers::Meta& meta) const override
    {
        context_->evolve(aggregate, type, json, meta);
    }
    state::StateRow collect(producers::Aggregate& aggregate, std::string key, std::int64_t offset) const override
    {
        return context_->collect(aggregate, std::move(key), offset);
    }
    [[nodiscard]] std::string to_text(const producers::Aggregate& aggregate) const override
    {
        return context_->to_text(aggregate);
    }
    void restore(producers::Aggregate& aggregate, const state::StateRow& row) const override
    {
        context_->restore(aggregate, row);
    }
    [[nodiscard]] std::size_t weight(const producers::Aggregate& aggregate) const override
    {
        return context_->weight(aggregate);
    }

private:
    std::unique_ptr<producers::Context> context_;
};

}  // namespace jangteo::simulation
