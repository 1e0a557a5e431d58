#include "http-edge/server/route.hpp"

#include <gtest/gtest.h>
#include <array>
#include <stdexcept>

namespace jangteo::edge {
namespace {

std::string_view found(const Router& router, Method method, std::vector<std::string> segments)
{
    const auto match = router.find(method, segments);
    return match.route == nullptr ? "" : match.route->pattern;
}

constexpr std::array routes{
    Route{Method::get, "/orders/:orderId", nullptr, Who::anyone, Kind::query},
    Route{Method::get, "/orders/user/:userId", nullptr, Who::anyone, Kind::query},
    Route{Method::get, "/orders/:orderId/history", nullptr, Who::anyone, Kind::query},
    Route{Method::get, "/orders/latest", nullptr, Who::anyone, Kind::query},
    Route{Method::put, "/orders/:orderId", nullptr, Who::anyone, Kind::command},
};

TEST(Router, takes_literal_segments_first)
{
    const Router router(routes);
    EXPECT_EQ(found(router, Method::get, {"orders", "latest"}), "/orders/latest");
    EXPECT_EQ(found(router, Method::get, {"orders", "x"}), "/orders/:orderId");
    EXPECT_EQ(found(router, Method::get, {"orders", "user", "x"}), "/orders/user/:userId");
    EXPECT_EQ(found(router, Method::get, {"orders", "user", "history"}), "/orders/user/:userId");
    EXPECT_EQ(found(router, Method::get, {"orders", "x", "history"}), "/orders/:orderId/history");
    EXPECT_EQ(found(router, Method::put, {"orders", "latest"}), "/orders/:orderId");
    EXPECT_EQ(found(router, Method::get, {"orders"}), "");
    EXPECT_EQ(found(router, Method::get, {"orders", ""}), "");
    EXPECT_EQ(found(router, Method::get, {}), "");
}

TEST(Router, names_parameters_and_other_methods)
{
    const Router router(routes);
    const std::vector<std::string> segments{"orders", "abc"};
    const auto match = router.find(Method::get, segments);
    ASSERT_EQ(match.parameters.size(), 1U);
    EXPECT_EQ(match.parameters[0].first, "orderId");
    EXPECT_EQ(match.parameters[0].second, "abc");
    EXPECT_EQ(router.find(Method::post, segments).allowed, "GET, PUT");
}

TEST(Router, refuses_two_routes_of_one_shape)
{
    constexpr std::array twins{
        Route{Method::get, "/orders/:orderId", nullptr, Who::anyone, Kind::query},
        Route{Method::get, "/orders/:id", nullptr, Who::anyone, Kind::query},
    };
    EXPECT_THROW(Router{twins}, std::invalid_argument);
}

}  // namespace
}  // namespace jangteo::edge
