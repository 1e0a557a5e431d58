// How a member wants to be told of things (DOA-USER-12).
#include "events/members.hpp"
#include "http-edge/members/members.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace jangteo::edge::members {

using namespace events::members;

namespace {

constexpr std::array topics{NotificationTopic::order, NotificationTopic::delivery, NotificationTopic::points,
                            NotificationTopic::inquiry, NotificationTopic::promotion};

/// As everybody begins: told by the app and by mail of what is theirs; advertised to only when they ask for it.
NotificationChoice usual(NotificationTopic topic)
{
    const bool wanted = topic != NotificationTopic::promotion;
    return {topic, wanted, wanted, false, false};
}

std::string choices_json(const std::vector<NotificationChoice>& choices)
{
    std::string json = "{";
    for (const auto topic : topics) {
        const auto chosen = std::ranges::find(choices, topic, &NotificationChoice::topic);
        const auto choice = chosen == choices.end() ? usual(topic) : *chosen;
        if (json.size() > 1) json += ',';
        events::append_json(json, to_text(topic));
        const auto flag = [](bool on) { return on ? "true" : "false"; };
        json += R"(:{"push":)";
        json += flag(choice.push);
        append_raw(json, "email", flag(choice.email));
        append_raw(json, "sms", flag(choice.sms));
        append_raw(json, "kakao", flag(choice.kakao));
        json += '}';
    }
    return json + '}';
}

std::vector<NotificationChoice> choices_in(std::string_view json)
{
    std::vector<NotificationChoice> choices;
    const auto parsed = boost::json::parse(boost::json::string_view(json.data(), json.size()));
    for (const auto& one : parsed.as_array()) {
        const auto& topic = one.at("topic").as_string();
        choices.push_back({parse_notification_topic({topic.data(), topic.size()}).value(), one.at("push").as_bool(),
                           one.at("email").as_bool(), one.at("sms").as_bool(), one.at("kakao").as_bool()});
    }
    return choices;
}

}  // namespace

Awaitable<Response> notifications(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    co_await catch_up(x, members_model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(user);
    const auto rows = co_await x.services.queries.query(
        "SELECT choices FROM read_members.notification_settings WHERE user_id = $1", std::move(parameters));
    const auto choices = rows.empty() ? std::vector<NotificationChoice>{} : choices_in(rows.text(0, 0));
    co_return success_response(200, choices_json(choices));
}

/// All topics with all their channels: what is left out is not guessed.
Awaitable<Response> choose_notifications(Exchange& x)
{
    ChooseNotifications command{x.id<events::UserId>("userId", "USER_001"), {}};
    BodyReader body(x.request);
    const auto fields = body.fields();
    for (const auto topic : topics) {
        const auto choice = fields.object(to_text(topic));
        command.choices.push_back(
            {topic, choice.boolean("push"), choice.boolean("email"), choice.boolean("sms"), choice.boolean("kakao")});
    }
    body.check();
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.user_id.text(), x.trace.correlation_id);
    Render render = [](Exchange&, const Answer& answer) {
        return success_response(200, choices_json(read<NotificationsChosen>(answer).choices));
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    // They are chosen so already.
    if (response.error_code == "COMMON_409") response = success_response(200, choices_json(command.choices));
    co_return response;
}

}  // namespace jangteo::edge::members
