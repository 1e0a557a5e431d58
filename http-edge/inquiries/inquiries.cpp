#include "http-edge/inquiries/inquiries.hpp"

#include "events/inquiries.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/pagination.hpp"

#include <boost/json.hpp>

namespace jangteo::edge::inquiries {

using namespace events::inquiries;

namespace {

constexpr std::size_t longest_title = 200;
constexpr std::size_t longest_content = 5'000;
constexpr std::size_t most_images = 10;
constexpr std::size_t longest_url = 2'000;

constexpr std::string_view columns =
    "inquiry_id, user_id, category, title, images, product_id, secret::text, status, messages, replied_by, replied_at,"
    " created_at, updated_at";

std::string urls_json(const boost::json::value& images)
{
    std::string json = "[";
    for (const auto& image : images.as_array()) {
        if (json.size() > 1) json += ',';
        const auto& url = image.at("url").as_string();
        events::append_json(json, std::string_view(url.data(), url.size()));
    }
    return json + ']';
}

/// What was said by `speaker`: the first or the last of it; `null` when there is nothing.
std::string said(const boost::json::value& messages, std::string_view speaker, bool last)
{
    std::string json = "null";
    for (const auto& message : messages.as_array()) {
        if (message.at("by").as_string() != speaker) continue;
        json = boost::json::serialize(message.at("content"));
        if (!last) break;
    }
    return json;
}

std::string inquiry_json(const postgres::Rows& rows, std::size_t i)
{
    const auto parsed = [&](std::size_t column) {
        const auto text = rows.text(i, column);
        return boost::json::parse(boost::json::string_view(text.data(), text.size()));
    };
    const auto messages = parsed(8);
    std::string json = R"({"id":)";
    events::append_json(json, rows.text(i, 0));
    append_member(json, "userId", rows.text(i, 1));
    append_member(json, "category", rows.text(i, 2));
    append_member(json, "title", rows.text(i, 3));
    append_raw(json, "content", said(messages, "member", false));
    append_raw(json, "imageUrls", urls_json(parsed(4)));
    rows.null(i, 5) ? append_raw(json, "productId", "null") : append_member(json, "productId", rows.text(i, 5));
    append_raw(json, "isSecret", rows.text(i, 6));
    append_member(json, "status", rows.text(i, 7));
    append_raw(json, "replyContent", said(messages, "market", true));
    rows.null(i, 9) ? append_raw(json, "repliedBy", "null") : append_member(json, "repliedBy", rows.text(i, 9));
    rows.null(i, 10) ? append_raw(json, "repliedAt", "null") : append_member(json, "repliedAt", rows.timestamp(i, 10));
    append_raw(json, "messages", rows.text(i, 8));
    append_member(json, "createdAt", rows.timestamp(i, 11));
    append_member(json, "updatedAt", rows.timestamp(i, 12));
    return json + '}';
}

struct Inquiries {
    std::int64_t total = 0;
    std::string json = "[";
};

/// The newest first. `condition` speaks of $1, which is `wanted`.
Awaitable<Inquiries> find(Exchange& x, std::string_view condition, const postgres::Parameter& wanted, const Page& page)
{
    co_await catch_up(x, inquiries_model);
    const std::string from = "FROM read_inquiries.inquiries WHERE " + std::string(condition);
    const std::string count_sql = "SELECT count(*) " + from;
    const std::string page_sql =
        "SELECT " + std::string(columns) + " " + from + " ORDER BY created_at DESC, inquiry_id LIMIT $2 OFFSET $3";
    auto work = [&](postgres::Session& session) {
        Inquiries found;
        found.total = session.query(count_sql, {wanted}).integer(0, 0);
        const auto rows = session.query(page_sql, {wanted, page.limit, page.offset()});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i > 0) found.json += ',';
            found.json += inquiry_json(rows, i);
        }
        found.json += ']';
        return found;
    };
    auto found = co_await x.services.queries.run(work);
    co_return found;
}

struct Stored {
    events::UserId user_id;
    std::string json;
};

/// Throws Problem COMMON_404 when there is none.
Awaitable<Stored> stored(Exchange& x, events::InquiryId id)
{
    co_await catch_up(x, inquiries_model);
    const std::string sql = "SELECT " + std::string(columns) + " FROM read_inquiries.inquiries WHERE inquiry_id = $1";
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(id);
    const auto rows = co_await x.services.queries.query(sql, std::move(parameters));
    if (rows.empty()) throw Problem("COMMON_404");
    co_return Stored{{rows.uuid(0, 1)}, inquiry_json(rows, 0)};
}

InquiryCategory read_category(const Fields& fields)
{
    const auto text = fields.text("category", 1, 40);
    if (const auto category = parse_inquiry_category(text)) return *category;
    if (!text.empty()) {
        fields.wrong("category", {"order, product, delivery, payment, etc 중 하나여야 합니다",
                                  "must be order, product, delivery, payment or etc"});
    }
    return InquiryCategory::etc;
}

/// What became of an inquiry: its id and where it stands.
std::string standing_json(const events::InquiryId& id, std::string_view status)
{
    return R"({"id":")" + id.text() + R"(","status":")" + std::string(status) + "\"}";
}

/// Sends a command of an inquiry whose event leaves it standing as `status`; what is so already is as good.
template <class Command>
Awaitable<Response> change(Exchange& x, const BodyReader& body, const Command& command, std::string_view status)
{
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.inquiry_id.text(), command.inquiry_id.value);
    const auto data = standing_json(command.inquiry_id, status);
    Render render = [&data](Exchange&, const Answer&) { return success_response(200, data); };
    auto response = co_await settle(x, std::move(record), std::move(render));
    if (response.error_code == "COMMON_409") response = success_response(200, data);
    co_return response;
}

}  // namespace

Awaitable<Response> ask(Exchange& x)
{
    OpenInquiry command;
    command.user_id = x.id<events::UserId>("userId", "USER_001");
    BodyReader body(x.request);
    const auto fields = body.fields();
    command.category = read_category(fields);
    command.title = fields.text("title", 1, longest_title);
    command.content = fields.text("content", 1, longest_content);
    if (fields.has("imageUrls")) {
        for (auto& url : fields.texts("imageUrls", 0, most_images, longest_url)) {
            command.images.push_back({std::move(url)});
        }
    }
    command.product_id = fields.optional_id<events::ProductId>("productId");
    command.secret = fields.has("isSecret") && fields.boolean("isSecret");
    body.check();
    const auto head = head_of(x, body);
    command.inquiry_id = {events::uuid_v5(head.id.value, "inquiry")};
    auto record = command_record(x, head, context, command, command.inquiry_id.text(), command.inquiry_id.value);
    Render render = [](Exchange&, const Answer& answer) {
        return success_response(201, standing_json(read<InquiryOpened>(answer).inquiry_id, "pending"));
    };
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

Awaitable<Response> list_of_user(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    const auto page = page_of(x.request);
    const postgres::Parameter wanted = user;
    const auto found = co_await find(x, "user_id = $1", wanted, page);
    co_return page_response(found.json, page, found.total);
}

Awaitable<Response> show(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    const auto found = co_await stored(x, x.id<events::InquiryId>("inquiryId"));
    if (found.user_id != user) throw Problem("COMMON_404");
    co_return success_response(200, found.json);
}

/// SM-06: what was answered waits for an answer again.
Awaitable<Response> ask_again(Exchange& x)
{
    AskAgain command{x.id<events::InquiryId>("inquiryId"), x.id<events::UserId>("userId", "USER_001"), {}};
    BodyReader body(x.request);
    const auto fields = body.fields();
    command.content = fields.text("content", 1, longest_content);
    body.check();
    auto response = co_await change(x, body, command, "pending");
    co_return response;
}

/// For admins: all of them, or those that stand so.
Awaitable<Response> list(Exchange& x)
{
    const auto page = page_of(x.request);
    std::string status = "all";
    if (const auto* text = x.request.parameter("status")) status = *text;
    if (status != "all" && status != "pending" && status != "answered" && status != "resolved") {
        throw Problem({FieldError{"status",
                                  {"all, pending, answered, resolved 중 하나여야 합니다",
                                   "must be one of all, pending, answered, resolved"}}});
    }
    const postgres::Parameter wanted = status;
    const auto found = co_await find(x, "($1 = 'all' OR status = $1)", wanted, page);
    co_return page_response(found.json, page, found.total);
}

Awaitable<Response> reply(Exchange& x)
{
    ReplyToInquiry command{x.id<events::InquiryId>("inquiryId"), x.caller().user_id, {}};
    BodyReader body(x.request);
    const auto fields = body.fields();
    command.content = fields.text("content", 1, longest_content);
    body.check();
    auto response = co_await change(x, body, command, "answered");
    co_return response;
}

Awaitable<Response> resolve(Exchange& x)
{
    const ResolveInquiry command{x.id<events::InquiryId>("inquiryId")};
    BodyReader body(x.request);
    body.fields();
    body.check();
    auto response = co_await change(x, body, command, "resolved");
    co_return response;
}

}  // namespace jangteo::edge::inquiries
