#include "http-edge/routes.hpp"

#include "http-edge/claims/claims.hpp"
#include "http-edge/commands/commands.hpp"
#include "http-edge/docs/docs.hpp"
#include "http-edge/identity/identity.hpp"
#include "http-edge/inquiries/inquiries.hpp"
#include "http-edge/inventory/inventory.hpp"
#include "http-edge/members/members.hpp"
#include "http-edge/operations/operations.hpp"
#include "http-edge/orders/orders.hpp"
#include "http-edge/payments/payments.hpp"
#include "http-edge/points/points.hpp"
#include "http-edge/settlement/settlement.hpp"
#include "http-edge/shipping/shipping.hpp"
#include "http-edge/streams/streams.hpp"

#include <array>

namespace jangteo::edge {

namespace {

using enum Method;
using enum Who;
using enum Kind;
using enum Content;

// clang-format off
constexpr std::array list{
    Route{post, "/api/v1/auth/register",                      identity::register_account, anyone,     command},
    Route{post, "/api/v1/auth/login",                         identity::login,       anyone,          command},
    Route{post, "/api/v1/auth/refresh",                       identity::refresh,     anyone,          command},
    Route{post, "/api/v1/auth/logout",                        identity::logout,      member,          command},
    Route{get,  "/api/v1/auth/me",                            identity::me,          member,          query},
    Route{get,  "/api/v1/auth/sessions",                      identity::list_sessions, member,        query},
    Route{erase,"/api/v1/auth/sessions",                      identity::end_all_sessions, member,     command},
    Route{erase,"/api/v1/auth/sessions/:sessionId",           identity::end_session, member,          command},
    Route{post, "/api/v1/auth/verify-email/send",             identity::send_verification, member,    command},
    Route{post, "/api/v1/auth/verify-email",                  identity::verify_email, member,         command},
    Route{post, "/api/v1/auth/password/forgot",               identity::forgot_password, anyone,      command},
    Route{post, "/api/v1/auth/password/reset",                identity::reset_password, anyone,       command},
    Route{get,  "/api/v1/users/:userId/export",               identity::export_person, owner,         query},
    Route{erase,"/api/v1/users/:userId",                      identity::erase,       owner,           command},
    Route{post, "/api/v1/admin/users/:userId/suspend",        identity::suspend,     admin,           command},
    Route{post, "/api/v1/admin/users/:userId/activate",       identity::activate,    admin,           command},
    Route{put,  "/api/v1/admin/users/:userId/role",           identity::change_role, admin,           command},

    Route{post, "/api/v1/orders",                             orders::place,         member,          command},
    Route{get,  "/api/v1/orders/:orderId",                    orders::show,          member,          query},
    Route{get,  "/api/v1/orders/user/:userId",                orders::list_of_user,  owner,           query},
    Route{post, "/api/v1/orders/:orderId/cancel",             orders::cancel,        member,          command},
    Route{patch,"/api/v1/orders/:orderId/status",             orders::change_status, seller_or_admin, command},
    Route{post, "/api/v1/orders/:orderId/confirm-purchase",   orders::confirm,       member,          command},
    Route{get,  "/api/v1/orders/:orderId/tracking",           shipping::of_order,    member,          query},
    Route{get,  "/api/v1/orders/:orderId/history",            orders::history,       member,          query},

    Route{post, "/api/v1/orders/:orderId/return",             claims::give_back,     member,          command},
    Route{post, "/api/v1/orders/:orderId/exchange",           claims::exchange,      member,          command},
    Route{get,  "/api/v1/returns",                            claims::list,          member,          query},
    Route{get,  "/api/v1/returns/:claimId",                   claims::show,          member,          query},
    Route{patch,"/api/v1/returns/:claimId",                   claims::change,        member,          command},

    Route{post, "/api/v1/payments/prepare",                   payments::prepare,     member,          command},
    Route{post, "/api/v1/payments/:paymentId/complete",       payments::complete,    member,          command},
    Route{post, "/api/v1/payments/:paymentId/cancel",         payments::cancel,      member,          command},
    Route{post, "/api/v1/payments/:paymentId/refund",         payments::refund,      seller_or_admin, command},
    Route{put,  "/api/v1/payments/:paymentId/refund-account", payments::refund_account, member,       command},
    Route{post, "/api/v1/payments/toss/webhook",              payments::toss_webhook, gateway,        command},
    Route{post, "/api/v1/payments/inicis/return",             payments::inicis_return, anyone,        command, form},
    Route{post, "/api/v1/payments/inicis/noti",               payments::inicis_noti, gateway,         command, form},
    Route{get,  "/api/v1/payments/:paymentId",                payments::show,        member,          query},
    Route{get,  "/api/v1/payments/order/:orderId",            payments::of_order,    member,          query},

    Route{get,  "/api/v1/shippings/:shipmentId",              shipping::show,        member,          query},
    Route{post, "/api/v1/shippings/:shipmentId/events",       shipping::record,      seller_or_admin, command},

    Route{get,  "/api/v1/settlements",                        settlement::list,      seller_or_admin, query},
    Route{post, "/api/v1/settlements/run",                    settlement::run,       admin,           command},
    Route{get,  "/api/v1/settlements/:settlementId",          settlement::show,      seller_or_admin, query},
    Route{post, "/api/v1/settlements/:settlementId/confirm",  settlement::confirm,   seller_or_admin, command},
    Route{post, "/api/v1/settlements/:settlementId/pay",      settlement::pay,       admin,           command},
    Route{post, "/api/v1/settlements/:settlementId/hold",     settlement::hold,      admin,           command},
    Route{post, "/api/v1/settlements/:settlementId/release",  settlement::release,   admin,           command},

    Route{get,  "/api/v1/inventory/:productId",               inventory::show,       anyone,          query},
    Route{put,  "/api/v1/inventory/:productId",               inventory::put,        seller_or_admin, command},
    Route{get,  "/api/v1/inventory/:productId/movements",     inventory::movements,  seller_or_admin, query},
    Route{get,  "/api/v1/inventory/:productId/history",       inventory::history,    seller_or_admin, query},

    Route{get,  "/api/v1/users/:userId/points/summary",       points::summary,       owner,           query},
    Route{get,  "/api/v1/users/:userId/points",               points::history,       owner,           query},
    Route{get,  "/api/v1/users/:userId/points/history",       points::story,         owner,           query},
    Route{post, "/api/v1/users/:userId/points/use",           points::use,           owner,           command},
    Route{post, "/api/v1/users/:userId/points/earn",          points::earn,          admin,           command},

    Route{post, "/api/v1/users/:userId/checkin",              members::check_in,     owner,           command},
    Route{get,  "/api/v1/users/:userId/checkin/status",       members::checkin_status, owner,         query},
    Route{get,  "/api/v1/users/:userId/checkin/calendar",     members::checkin_calendar, owner,       query},
    Route{get,  "/api/v1/users/:userId/checkin/stats",        members::checkin_stats, owner,          query},

    Route{get,  "/api/v1/users/:userId/profile",              members::show_profile, owner,           query},
    Route{put,  "/api/v1/users/:userId/profile",              members::change_profile, owner,         command},
    Route{get,  "/api/v1/users/:userId/addresses",            members::list_addresses, owner,         query},
    Route{post, "/api/v1/users/:userId/addresses",            members::add_address,  owner,           command},
    Route{put,  "/api/v1/users/:userId/addresses/:addressId", members::change_address, owner,         command},
    Route{erase, "/api/v1/users/:userId/addresses/:addressId", members::remove_address, owner,        command},

    Route{get,  "/api/v1/users/:userId/wishlist",             members::wishlist,     owner,           query},
    Route{post, "/api/v1/users/:userId/wishlist",             members::wish,         owner,           command},
    Route{erase, "/api/v1/users/:userId/wishlist/:productId", members::wish_no_more, owner,         command},
    Route{get,  "/api/v1/users/:userId/recently-viewed",      members::recently_viewed, owner,        query},
    Route{post, "/api/v1/users/:userId/recently-viewed",      members::view,         owner,           command},
    Route{get,  "/api/v1/users/:userId/notification-settings", members::notifications, owner,         query},
    Route{put,  "/api/v1/users/:userId/notification-settings", members::choose_notifications, owner,  command},
    Route{get,  "/api/v1/users/:userId/summary",              members::summary,      owner,           query},

    Route{get,  "/api/v1/users/:userId/inquiries",            inquiries::list_of_user, owner,         query},
    Route{post, "/api/v1/users/:userId/inquiries",            inquiries::ask,        owner,           command},
    Route{get,  "/api/v1/users/:userId/inquiries/:inquiryId", inquiries::show,       owner,           query},
    Route{post, "/api/v1/users/:userId/inquiries/:inquiryId/questions", inquiries::ask_again, owner,  command},
    Route{get,  "/api/v1/admin/inquiries",                    inquiries::list,       admin,           query},
    Route{post, "/api/v1/admin/inquiries/:inquiryId/reply",   inquiries::reply,      admin,           command},
    Route{post, "/api/v1/admin/inquiries/:inquiryId/resolve", inquiries::resolve,    admin,           command},

    Route{get,  "/api/v1/events/stream",                      streams::all,          analyst_or_admin, query},
    Route{get,  "/api/v1/users/:userId/stream",               streams::of_user,      owner,           query},

    Route{get,  "/api/v1/commands/:id",                       commands::show,        member,          query},

    Route{get,  "/health",                                    operations::health,    anyone,          Kind::operations},
    Route{get,  "/ready",                                     operations::ready,     anyone,          Kind::operations},
    Route{get,  "/metrics",                                   operations::metrics,   anyone,          Kind::operations},

    Route{get,  "/openapi.json",                              docs::document,        anyone,          Kind::operations},
    Route{get,  "/docs",                                      docs::page,            anyone,          Kind::operations},
    Route{get,  "/docs/:file",                                docs::file,            anyone,          Kind::operations},
};
// clang-format on

}  // namespace

std::span<const Route> routes()
{
    return list;
}

}  // namespace jangteo::edge
