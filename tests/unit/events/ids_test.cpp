#include "events/ids.hpp"

#include <gtest/gtest.h>
#include <unordered_set>

namespace jangteo::events {
namespace {

constexpr const char* text = "3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11";

TEST(Ids, have_one_text_and_are_read_in_either_case)
{
    EXPECT_EQ(to_string(parse_uuid(text).value()), text);
    EXPECT_EQ(parse_uuid("3F0C2A1E-7B64-5D8F-9C01-5A1B2C3D4E11"), parse_uuid(text));
    EXPECT_EQ(OrderId::parse(text)->text(), text);
}

TEST(Ids, are_read_in_the_form_of_36_characters_only)
{
    for (const auto* wrong : {"", "3f0c2a1e", "3f0c2a1e7b645d8f9c015a1b2c3d4e11", "3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e1",
                              "3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e111", "3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e1g",
                              "3f0c2a1e+7b64-5d8f-9c01-5a1b2c3d4e11", "3f0c2a1-e7b64-5d8f-9c01-5a1b2c3d4e11",
                              " f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11"}) {
        EXPECT_EQ(parse_uuid(wrong), std::nullopt) << wrong;
    }
}

TEST(Ids, of_names_are_those_of_rfc_4122)
{
    // Python: uuid.uuid5(uuid.NAMESPACE_URL, "journey:product:1")
    EXPECT_EQ(to_string(url_namespace), "6ba7b811-9dad-11d1-80b4-00c04fd430c8");
    EXPECT_EQ(to_string(uuid_v5(url_namespace, "journey:product:1")), "d60f4736-2718-5f41-a876-a6ae7318be4e");
}

TEST(Ids, drawn_at_random_differ)
{
    std::unordered_set<Uuid> drawn;
    for (int i = 0; i < 1000; ++i) drawn.insert(random_uuid());
    EXPECT_EQ(drawn.size(), 1000U);
}

TEST(Ids, are_nil_until_they_are_set)
{
    EXPECT_TRUE(OrderId{}.nil());
    EXPECT_FALSE(OrderId::parse(text)->nil());
}

}  // namespace
}  // namespace jangteo::events
