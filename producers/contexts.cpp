#include "producers/contexts.hpp"

namespace jangteo::producers {

std::vector<std::unique_ptr<Context>> all_contexts()
{
    std::vector<std::unique_ptr<Context>> contexts;
    contexts.push_back(make_claims());
    contexts.push_back(make_identity());
    contexts.push_back(make_inquiries());
    contexts.push_back(make_inventory());
    contexts.push_back(make_members());
    contexts.push_back(make_orders());
    contexts.push_back(make_payments());
    contexts.push_back(make_points());
    contexts.push_back(make_settlement());
    contexts.push_back(make_shipping());
    return contexts;
}

}  // namespace jangteo::producers
