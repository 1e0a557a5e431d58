// Every context that makes events. To add one: a folder with its decider, a line here and one in contexts.cpp.
#pragma once

#include "producers/runtime/context.hpp"

#include <memory>
#include <vector>

namespace jangteo::producers {

std::unique_ptr<Context> make_claims();
std::unique_ptr<Context> make_identity();
std::unique_ptr<Context> make_inquiries();
std::unique_ptr<Context> make_inventory();
std::unique_ptr<Context> make_members();
std::unique_ptr<Context> make_orders();
std::unique_ptr<Context> make_payments();
std::unique_ptr<Context> make_points();
std::unique_ptr<Context> make_settlement();
std::unique_ptr<Context> make_shipping();

std::vector<std::unique_ptr<Context>> all_contexts();

}  // namespace jangteo::producers
