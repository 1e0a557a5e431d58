// The list of routes as a whole.
#include "http-edge/routes.hpp"

#include "events/schemas.hpp"
#include "http-edge/server/descriptions.hpp"

#include <gtest/gtest.h>

namespace jangteo::edge {
namespace {

TEST(Routes, are_each_of_a_shape_of_their_own)
{
    EXPECT_NO_THROW(Router{routes()});
    for (const auto& route : routes()) EXPECT_NE(route.handler, nullptr) << route.pattern;
}

TEST(Routes, that_change_something_ask_who_it_is)
{
    for (const auto& route : routes()) {
        // A gateway's callback has no token; nothing of what it says is believed, it makes us ask the gateway.
        const bool callback = route.who == Who::gateway;
        EXPECT_EQ(callback, route.pattern.ends_with("/webhook") || route.pattern.ends_with("/noti")) << route.pattern;
        // From the gateway's window the buyer's browser comes, who has no token either.
        const bool back = route.pattern.ends_with("/inicis/return");
        // Nobody can say who they are before they are let in; what opens the door is in the body.
        const bool door = route.who == Who::anyone && route.pattern.starts_with("/api/v1/auth/");
        const bool open = route.who == Who::anyone || route.who == Who::gateway;
        EXPECT_EQ(route.kind == Kind::command && open, callback || back || door) << route.pattern;
        EXPECT_EQ(route.method != Method::get, route.kind == Kind::command) << route.pattern;
    }
}

TEST(Routes, below_a_user_are_that_user_s)  // SH-AUTH-11
{
    for (const auto& route : routes()) {
        if (route.pattern.find(":userId") == std::string_view::npos) continue;
        EXPECT_TRUE(route.who == Who::owner || route.who == Who::admin) << route.pattern;
    }
}

TEST(Routes, say_what_they_take_and_answer)
{
    const Descriptions descriptions(routes(), description_files(), events::schema_files());
    for (const auto& route : routes()) EXPECT_NO_THROW(static_cast<void>(descriptions.of(route))) << route.pattern;
    EXPECT_NE(descriptions.document().find("/api/v1/orders/{orderId}"), std::string::npos);
}

}  // namespace
}  // namespace jangteo::edge
