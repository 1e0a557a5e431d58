// What is sealed is read by whoever has the key and knows whose it is, and by nobody else.
#include "infra/crypto/sealed.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>

using namespace jangteo::crypto;

namespace {

const Key summer{"summer", std::string(key_size, 's')};
const Key winter{"winter", std::string(key_size, 'w')};

}  // namespace

TEST(Sealed, opens_with_its_key_and_for_whom_it_was_sealed)
{
    const auto sealed = seal(summer, "110-234-567890", "order-1");

    EXPECT_EQ(open(summer, sealed, "order-1"), "110-234-567890");
    EXPECT_THROW((void)open(summer, sealed, "order-2"), CannotOpen);
    EXPECT_THROW((void)open(winter, sealed, "order-1"), CannotOpen);
    EXPECT_THROW((void)open(Key{"summer", winter.secret}, sealed, "order-1"), CannotOpen);
}

TEST(Sealed, shows_nothing_and_is_another_text_each_time)
{
    std::set<std::string> texts;
    for (int i = 0; i < 100; ++i) texts.insert(seal(summer, "110-234-567890", "order-1"));

    EXPECT_EQ(texts.size(), 100);
    for (const auto& text : texts) EXPECT_EQ(text.find("110-234"), std::string::npos);
}

TEST(Sealed, takes_the_empty_text_and_any_bytes)
{
    std::string bytes;
    for (int i = 0; i < 1'000; ++i) bytes += static_cast<char>(i);

    EXPECT_EQ(open(summer, seal(summer, "", "a"), "a"), "");
    EXPECT_EQ(open(summer, seal(summer, bytes, "a"), "a"), bytes);
    EXPECT_EQ(open(summer, seal(summer, "가상계좌", ""), ""), "가상계좌");
}

TEST(Sealed, notices_any_letter_that_was_changed)
{
    const auto sealed = seal(summer, "110-234-567890", "order-1");
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        auto changed = sealed;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        EXPECT_THROW((void)open(summer, changed, "order-1"), CannotOpen) << at;
    }
    EXPECT_THROW((void)open(summer, sealed.substr(0, sealed.size() - 1), "order-1"), CannotOpen);
    EXPECT_THROW((void)open(summer, sealed + "A", "order-1"), CannotOpen);
}

TEST(Sealed, is_told_from_what_is_not_sealed)
{
    EXPECT_EQ(key_id_of(seal(winter, "x", "y")), "winter");
    for (const auto* text : {"", "v1", "v1.", "v1..", "v1.summer", "v2.summer.AAAA", "110-234-567890"}) {
        EXPECT_EQ(key_id_of(text), "") << text;
        EXPECT_THROW((void)open(summer, text, ""), CannotOpen) << text;
    }
    EXPECT_THROW((void)open(summer, "v1.summer.AAAA", ""), CannotOpen);
}

TEST(Keyring, seals_with_its_first_key_and_opens_with_all)
{
    const Keyring before({summer});
    const Keyring after({winter, summer});
    const auto old = before.seal("text", "order-1");

    EXPECT_EQ(after.open(old, "order-1"), "text");
    EXPECT_EQ(key_id_of(after.seal("text", "order-1")), "winter");
    EXPECT_THROW((void)before.open(after.seal("text", "order-1"), "order-1"), CannotOpen);
}

TEST(Keyring, is_made_of_keys_only)
{
    EXPECT_THROW(Keyring({}), std::invalid_argument);
    EXPECT_THROW(Keyring({summer, summer}), std::invalid_argument);
    EXPECT_THROW(Keyring({Key{"short", "secret"}}), std::invalid_argument);
    EXPECT_THROW(Keyring({Key{"a.b", summer.secret}}), std::invalid_argument);
}

TEST(Key, is_configured_as_a_text)
{
    const auto key = make_key("2026-11");
    const auto read = parse_key(to_text(key));

    EXPECT_EQ(read.id, "2026-11");
    EXPECT_EQ(read.secret, key.secret);
    EXPECT_NE(make_key("2026-11").secret, key.secret);
    for (const auto* text : {"", "summer", "summer:", "summer:AAAA", ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                             "summer:not base64url at all, and long enough!!!!!"}) {
        EXPECT_THROW((void)parse_key(text), std::invalid_argument) << text;
    }
}
