#include "projections/list.hpp"

namespace jangteo::projections {

const std::vector<const ReadModel*>& list()
{
    static const std::vector<const ReadModel*> all = {
        &accounts::model(),    // read_accounts: accounts, sessions
        &orders::model(),      // read_orders:     orders
        &stock::model(),       // read_stock:      stock, movements
        &payments::model(),    // read_payments:   payments
        &points::model(),      // read_points:     accounts, ledger
        &settlement::model(),  // read_settlement: settlements, lines, postings, runs
        &shipping::model(),    // read_shipping:   shipments, tracking
        &members::
            model(),  // read_members:    attendance, checkins, address_books, wishlists, recently_viewed, notification_settings
        &inquiries::model(),  // read_inquiries:  inquiries
        &claims::model(),     // read_claims:     claims
        &commands::model(),   // read_commands:   outcomes, refusals
    };
    return all;
}

}  // namespace jangteo::projections
