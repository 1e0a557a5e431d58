// The project's own read models on contexts of another name, so that tests share a Kafka server and not their topics.
#pragma once

#include "projections/list.hpp"
#include "projections/runtime/projector.hpp"

#include <string>
#include <utility>
#include <vector>

namespace jangteo::projections {

class Elsewhere final : public ReadModel {
public:
    Elsewhere(const ReadModel& model, std::string context) : model_(model), context_(std::move(context)) {}

    [[nodiscard]] std::string_view name() const override { return model_.name(); }
    [[nodiscard]] int version() const override { return model_.version(); }
    [[nodiscard]] std::vector<std::string_view> contexts() const override { return {context_}; }
    [[nodiscard]] const std::vector<TableDefinition>& tables() const override { return model_.tables(); }
    [[nodiscard]] std::unique_ptr<Folding> folding(std::size_t rows) const override { return model_.folding(rows); }
    [[nodiscard]] std::unique_ptr<Folding> gathering() const override { return model_.gathering(); }

private:
    const ReadModel& model_;
    std::string context_;
};

}  // namespace jangteo::projections
