// Who a member is to the market, and what of it is the member's to say (DOA-USER-01, 02).
#include "events/identity.hpp"
#include "http-edge/identity/stored_account.hpp"
#include "http-edge/members/attendance.hpp"
#include "http-edge/members/members.hpp"
#include "http-edge/members/standing.hpp"
#include "http-edge/orders/address.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::members {

using namespace events::identity;
using identity::bound_to;
using identity::Sealed;
using identity::StoredAccount;

namespace {

constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_link = 2'000;

/// What a member says of themselves.
struct Profile {
    std::string name;
    std::optional<std::string> phone;
    std::optional<std::string> profile_image;
};

Profile read_profile(BodyReader& body)
{
    const auto fields = body.fields();
    Profile profile;
    profile.name = fields.text("name", 1, longest_name);
    if (fields.has("phone")) profile.phone = orders::read_mobile_number(fields, "phone");
    profile.profile_image = fields.optional_text("profileImage", longest_link);
    if (profile.profile_image && profile.profile_image->empty()) profile.profile_image.reset();
    if (profile.profile_image && !profile.profile_image->starts_with("https://")) {
        fields.wrong("profileImage",
                     {"https:// 로 시작하는 주소여야 합니다", "must be an address that begins with https://"});
    }
    body.check();
    return profile;
}

Profile profile_of(const StoredAccount& account)
{
    Profile profile{account.opened(Sealed::name), {}, {}};
    if (!account.phone.empty()) profile.phone = account.opened(Sealed::phone);
    if (!account.profile_image.empty()) profile.profile_image = account.opened(Sealed::profile_image);
    return profile;
}

/// `{"id":…` up to what both answers have; the brace is left open.
std::string profile_json(const StoredAccount& account, const Profile& profile)
{
    const auto text_or_null = [](std::string& to, std::string_view name, const std::optional<std::string>& text) {
        text ? append_member(to, name, std::string_view(*text)) : append_raw(to, name, "null");
    };
    std::string json = R"({"id":)";
    events::append_json(json, account.user_id);
    append_member(json, "email", std::string_view(account.opened(Sealed::email)));
    append_member(json, "name", std::string_view(profile.name));
    text_or_null(json, "phone", profile.phone);
    text_or_null(json, "profileImage", profile.profile_image);
    append_member(json, "role", to_text(account.role));
    append_member(json, "status", std::string_view(account.status));
    return json;
}

}  // namespace

/// DOA-USER-01
Awaitable<Response> show_profile(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    const auto account = co_await identity::account_of_person(x, user);
    for (const auto& model : {orders_model, points_model, members_model}) co_await catch_up(x, model);
    struct Found {
        Standing standing;
        Attendance attendance;
    };
    auto work = [&user, now = x.services.now()](postgres::Session& session) {
        return Found{read_standing(session, user, now), read_attendance(session, user, events::day_in_seoul(now))};
    };
    const auto found = co_await x.services.queries.run(work);
    auto data = profile_json(account, profile_of(account));
    append_member(data, "emailVerified", account.email_verified);
    append_member(data, "grade", x.services.grades.of(found.standing.bought));
    append_member(data, "totalPoints", found.standing.points);
    append_member(data, "consecutiveCheckins", found.attendance.consecutive_days);
    const auto& last_day = found.attendance.last_day;
    last_day.empty() ? append_raw(data, "lastCheckinDate", "null")
                     : append_member(data, "lastCheckinDate", std::string_view(last_day));
    append_member(data, "createdAt", account.created_at);
    append_member(data, "updatedAt", account.updated_at);
    co_return success_response(200, data + '}');
}

/// DOA-USER-02: the whole of it; a phone or a picture that is left out is taken away.
Awaitable<Response> change_profile(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    BodyReader body(x.request);
    const auto profile = read_profile(body);
    const auto account = co_await identity::account_of_person(x, user);
    if (!account.key) throw Problem("USER_001");
    const auto seal = [&account](const std::string& text, Sealed field) {
        return crypto::seal(*account.key, text, bound_to(account.account_id, field));
    };
    ChangeProfile command{account.account_id, user, seal(profile.name, Sealed::name), {}, {}};
    if (profile.phone) command.phone = seal(*profile.phone, Sealed::phone);
    if (profile.profile_image) command.profile_image = seal(*profile.profile_image, Sealed::profile_image);
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.account_id.text(), command.account_id.value);
    Render render = [data = profile_json(account, profile) + '}'](Exchange&, const Answer&) {
        return success_response(200, data);
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace jangteo::edge::members
