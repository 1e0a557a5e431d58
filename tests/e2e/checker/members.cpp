#include "events/members.hpp"
#include "events/calendar.hpp"
#include "events/inquiries.hpp"
#include "events/points.hpp"
#include "tests/e2e/checker/checker.hpp"

#include <algorithm>
#include <optional>

namespace jangteo::e2e {

namespace {

using events::UserId;
using std::chrono::days;
using std::chrono::sys_days;

std::string flag(bool on)
{
    return on ? "true" : "false";
}

std::string list_of(const std::vector<std::string>& items)
{
    std::string json = "[";
    for (const auto& item : items) {
        if (json.size() > 1) json += ',';
        json += item;
    }
    return json + ']';
}

/// A product and since when, as a read model lists it.
struct Listed {
    events::ProductId id;
    std::string json;
};
Listed listed(const events::ProductId& id, std::string_view when, events::Timestamp time)
{
    return {id, R"({"productId":")" + id.text() + R"(",")" + std::string(when) + R"(":")" + events::to_iso8601(time) +
                    "\"}"};
}
std::string list_of(const std::vector<Listed>& products)
{
    std::vector<std::string> items;
    for (const auto& product : products) items.push_back(product.json);
    return list_of(items);
}

struct Kept {
    events::AddressId id;
    std::string sealed;
    events::Timestamp created_at{};
    events::Timestamp updated_at{};
};

struct Member {
    std::vector<Kept> addresses;
    std::optional<events::AddressId> default_address;
    std::map<sys_days, std::int64_t> calendar;  ///< Days on which they were there → points.
    std::int64_t longest = 0;
    std::vector<Listed> wishlist;
    std::vector<Listed> viewed;
};

class Books {
public:
    Books(Findings& findings, Tables& tables) : findings_(findings), tables_(tables)
    {
        for (const auto* table :
             {"attendance", "checkins", "address_books", "wishlists", "recently_viewed", "notification_settings"}) {
            tables["read_members." + std::string(table)];
        }
    }

    void see(const events::Record& record)
    {
        record_ = &record;
        if (record.envelope.type == events::rejected_type) return;
        const auto event = events::members::decode_event(record.envelope.type, record.value);
        std::visit([&](const auto& e) { apply(members[e.user_id], e); }, event);
    }

    std::map<UserId, Member> members;

private:
    void want(bool good, const std::string& what)
    {
        findings_.want(good, *record_, " ", record_->envelope.type, ": ", what);
    }
    [[nodiscard]] events::Timestamp time() const { return record_->envelope.time; }
    Row& row(const std::string& table, const std::string& key) { return tables_["read_members." + table][key]; }

    /// By the calendar alone: once a day, what is worth more is a 7th or a 30th of thirty days in a row.
    void apply(Member& member, const events::members::CheckedIn& e)
    {
        const auto day = events::day_in_seoul(time());
        want(e.day == events::day_text(day), "is not the day of its command");
        want(member.calendar.empty() || member.calendar.rbegin()->first < day, "is a day that was taken");
        member.calendar[day] = e.points.value;
        std::int64_t streak = 0;
        for (auto one = day; member.calendar.contains(one); one -= days{1}) ++streak;
        member.longest = std::max(member.longest, streak);
        const auto place = streak % 30;
        want(e.consecutive_days == streak && e.longest_streak == member.longest, "counts other days than the calendar");
        want(e.points.value == (place == 7 ? 200 : place == 0 ? 500 : 100), "is worth something else");
        want(e.bonus == (place == 7 || place == 0), "is wrong about the bonus");

        std::int64_t points = 0;
        for (const auto& [one, earned] : member.calendar) points += earned;
        const auto text = [](auto value) { return std::to_string(value); };
        row("attendance", e.user_id.text()) = {
            e.day, text(streak), text(member.longest), text(member.calendar.size()), text(points), text_of(time())};
        row("checkins", e.user_id.text() + "/" + e.day) = {text(e.points.value), flag(e.bonus), text(streak),
                                                           text_of(time())};
    }

    // Exactly one of a member's addresses is the default, whatever was asked for (DOA-USER-04…06).
    void apply(Member& member, const events::members::AddressAdded& e)
    {
        want(kept(member, e.address_id) == member.addresses.end(), "is there already");
        want(e.is_default || member.default_address, "leaves a member without a default");
        member.addresses.push_back({e.address_id, e.address, time(), time()});
        if (e.is_default) member.default_address = e.address_id;
        write_addresses(member, e.user_id);
    }
    void apply(Member& member, const events::members::AddressChanged& e)
    {
        const auto found = kept(member, e.address_id);
        want(found != member.addresses.end(), "is not there");
        if (found == member.addresses.end()) return;
        want(e.is_default || member.default_address != e.address_id, "unsets the default");
        found->sealed = e.address;
        found->updated_at = time();
        if (e.is_default) member.default_address = e.address_id;
        write_addresses(member, e.user_id);
    }
    void apply(Member& member, const events::members::AddressRemoved& e)
    {
        const auto found = kept(member, e.address_id);
        want(found != member.addresses.end(), "is not there");
        if (found == member.addresses.end()) return;
        member.addresses.erase(found);
        std::optional<events::AddressId> next = member.default_address;
        if (next == e.address_id) {
            next = member.addresses.empty() ? std::nullopt : std::optional(member.addresses.back().id);
            want(e.new_default_id == next, "passes the default to another than the newest");
        } else {
            want(!e.new_default_id, "moves a default that stays");
        }
        member.default_address = next;
        write_addresses(member, e.user_id);
    }

    static std::vector<Kept>::iterator kept(Member& member, const events::AddressId& id)
    {
        return std::ranges::find(member.addresses, id, &Kept::id);
    }
    void write_addresses(const Member& member, const UserId& user)
    {
        std::vector<std::string> items;
        for (const auto& one : member.addresses) {
            std::string json = R"({"id":")" + one.id.text() + R"(","address":)";
            events::append_json(json, one.sealed);
            json += R"(,"isDefault":)" + flag(member.default_address == one.id);
            json += R"(,"createdAt":")" + events::to_iso8601(one.created_at);
            json += R"(","updatedAt":")" + events::to_iso8601(one.updated_at);
            items.push_back(json + "\"}");
        }
        row("address_books", user.text()) = {list_of(items), text_of(time())};
    }

    void apply(Member& member, const events::members::AddedToWishlist& e)
    {
        want(!has(member.wishlist, e.product_id), "is there already");
        member.wishlist.push_back(listed(e.product_id, "addedAt", time()));
        row("wishlists", e.user_id.text()) = {list_of(member.wishlist), text_of(time())};
    }
    void apply(Member& member, const events::members::RemovedFromWishlist& e)
    {
        want(has(member.wishlist, e.product_id), "is not there");
        std::erase_if(member.wishlist, [&](const Listed& one) { return one.id == e.product_id; });
        row("wishlists", e.user_id.text()) = {list_of(member.wishlist), text_of(time())};
    }
    void apply(Member& member, const events::members::ProductViewed& e)
    {
        std::erase_if(member.viewed, [&](const Listed& one) { return one.id == e.product_id; });
        member.viewed.insert(member.viewed.begin(), listed(e.product_id, "viewedAt", time()));
        if (member.viewed.size() > 20) member.viewed.pop_back();
        row("recently_viewed", e.user_id.text()) = {list_of(member.viewed), text_of(time())};
    }
    void apply(Member&, const events::members::NotificationsChosen& e)
    {
        std::vector<std::string> choices;
        for (const auto& choice : e.choices) choices.push_back(to_json(choice));
        row("notification_settings", e.user_id.text()) = {list_of(choices), text_of(time())};
    }

    static bool has(const std::vector<Listed>& products, const events::ProductId& id)
    {
        return std::ranges::find(products, id, &Listed::id) != products.end();
    }

    Findings& findings_;
    Tables& tables_;
    const events::Record* record_ = nullptr;
};

/// Every day that somebody was there is rewarded once, with what it is worth, and no other.
void check_rewards(const Story& story, const std::map<UserId, Member>& members, Findings& findings)
{
    std::map<UserId, std::map<std::string, std::int64_t>> owed;
    for (const auto& [id, member] : members) {
        for (const auto& [day, points] : member.calendar) owed[id][events::day_text(day)] = points;
    }
    for (const auto& partition : story.accepted.at("points")) {
        for (const auto* record : partition) {
            if (record->envelope.type != events::points::PointsEarned::type) continue;
            events::points::PointsEarned earned;
            from_json(record->value, earned);
            if (earned.source != events::points::PointSource::daily_checkin || !earned.reference) continue;
            auto& days_of = owed[earned.user_id];
            const auto day = days_of.find(*earned.reference);
            findings.want(day != days_of.end() && day->second == earned.amount.value, *record,
                          " rewards a day that was not there, or twice, or with something else");
            if (day != days_of.end()) days_of.erase(day);
        }
    }
    for (const auto& [id, days_of] : owed) {
        for (const auto& [day, points] : days_of)
            findings.add(id.text() + " was there on " + day + " and has no points");
    }
}

}  // namespace

void keep_members(const Story& story, Findings& findings, Tables& tables)
{
    Books books(findings, tables);
    for (const auto& partition : story.accepted.at("members")) {
        for (const auto* record : partition) books.see(*record);
    }
    check_rewards(story, books.members, findings);
}

namespace {

using namespace events::inquiries;

struct Inquiry {
    InquiryOpened opened;
    std::string status = "pending";
    std::vector<std::string> messages;
    std::string replied_by = null_text;
    std::string replied_at = null_text;
    events::Timestamp created_at{};
    events::Timestamp updated_at{};

    void say(std::string_view by, const std::string& content, events::Timestamp at)
    {
        std::string json = R"({"by":")" + std::string(by) + R"(","content":)";
        events::append_json(json, content);
        messages.push_back(json + R"(,"at":")" + events::to_iso8601(at) + "\"}");
    }
};

/// By SM-06. What is said of an inquiry that nobody opened, or out of turn, is a finding.
class Desk {
public:
    explicit Desk(Findings& findings) : findings_(findings) {}

    void see(const events::Record& record)
    {
        record_ = &record;
        if (record.envelope.type == events::rejected_type) return;
        std::visit(
            [&](const auto& e) {
                auto& inquiry = inquiries[e.inquiry_id];
                inquiry.updated_at = record.envelope.time;
                apply(inquiry, e);
            },
            decode_event(record.envelope.type, record.value));
    }

    std::map<events::InquiryId, Inquiry> inquiries;

private:
    void moves(Inquiry& inquiry, std::string_view from, std::string_view to)
    {
        const bool turn = inquiry.status == from && !inquiry.messages.empty();
        findings_.want(turn, *record_, " ", record_->envelope.type, ": out of turn");
        inquiry.status = to;
    }
    void apply(Inquiry& inquiry, const InquiryOpened& e)
    {
        findings_.want(inquiry.messages.empty(), *record_, " is opened twice");
        inquiry.opened = e;
        inquiry.created_at = record_->envelope.time;
        inquiry.say("member", e.content, record_->envelope.time);
    }
    void apply(Inquiry& inquiry, const InquiryAnswered& e)
    {
        moves(inquiry, "pending", "answered");
        inquiry.say("market", e.content, record_->envelope.time);
        inquiry.replied_by = e.replied_by.text();
        inquiry.replied_at = text_of(record_->envelope.time);
    }
    void apply(Inquiry& inquiry, const InquiryAskedAgain& e)
    {
        moves(inquiry, "answered", "pending");
        inquiry.say("member", e.content, record_->envelope.time);
    }
    void apply(Inquiry& inquiry, const InquiryResolved&) { moves(inquiry, "answered", "resolved"); }

    Findings& findings_;
    const events::Record* record_ = nullptr;
};

}  // namespace

void keep_inquiries(const Story& story, Findings& findings, Tables& tables)
{
    Desk desk(findings);
    for (const auto& partition : story.accepted.at("inquiries")) {
        for (const auto* record : partition) desk.see(*record);
    }
    auto& rows = tables["read_inquiries.inquiries"];
    for (const auto& [id, inquiry] : desk.inquiries) {
        const auto& opened = inquiry.opened;
        std::vector<std::string> images;
        for (const auto& image : opened.images) images.push_back(to_json(image));
        rows[id.text()] = {opened.user_id.text(),
                           std::string(to_text(opened.category)),
                           opened.title,
                           list_of(images),
                           opened.product_id ? opened.product_id->text() : null_text,
                           flag(opened.secret),
                           inquiry.status,
                           list_of(inquiry.messages),
                           inquiry.replied_by,
                           inquiry.replied_at,
                           text_of(inquiry.created_at),
                           text_of(inquiry.updated_at)};
    }
}

}  // namespace jangteo::e2e
