// A store that is opened when it is needed, and opened anew after a failure.
#pragma once

#include "infra/state/state_store.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace jangteo::state {

using Opener = std::function<std::unique_ptr<StateStore>()>;

/// Used by one thread.
class OpenStore {
public:
    explicit OpenStore(Opener open) : open_(std::move(open)) {}

    /// Calls `use(store)` and returns what it returns. Throws what opening or using throws.
    template <class Use>
    auto use(Use use)
    {
        try {
            if (!store_) store_ = open_();
            return use(*store_);
        } catch (...) {
            store_.reset();
            throw;
        }
    }

private:
    Opener open_;
    std::unique_ptr<StateStore> store_;
};

}  // namespace jangteo::state
