// read_inquiries: what members ask the market, and what they are answered (DOA-INQ-01…04).
#pragma once

#include "events/inquiries.hpp"
#include "projections/runtime/rows.hpp"

#include <array>

namespace jangteo::projections::inquiries {

using namespace events::inquiries;

/// SM-06.
enum class Status { pending, answered, resolved };
BOOST_DESCRIBE_ENUM(Status, pending, answered, resolved)

enum class Speaker { member, market };
BOOST_DESCRIBE_ENUM(Speaker, member, market)

/// One thing that was said.
struct Message {
    Speaker by = Speaker::member;
    std::string content;
    events::Timestamp at{};
};
BOOST_DESCRIBE_STRUCT(Message, (), (by, content, at))

struct Inquiry {
    static constexpr std::string_view table = "inquiries";

    events::InquiryId inquiry_id;
    events::UserId user_id;
    InquiryCategory category{};
    std::string title;
    std::vector<Image> images;
    std::optional<events::ProductId> product_id;
    bool secret = false;
    Status status = Status::pending;
    std::vector<Message> messages;  ///< In order; the first is the question.
    std::optional<events::UserId> replied_by;
    std::optional<events::Timestamp> replied_at;
    events::Timestamp created_at{};
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(Inquiry, (),
                      (inquiry_id, user_id, category, title, images, product_id, secret, status, messages, replied_by,
                       replied_at, created_at, updated_at))

struct Projection {
    static constexpr std::string_view name = "inquiries";
    static constexpr int version = 1;
    static constexpr std::array reads = {context};
    using Event = events::inquiries::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    using Rows = projections::Rows<
        Keyed<Inquiry, Key<&Inquiry::inquiry_id>, Index<&Inquiry::user_id, &Inquiry::created_at, &Inquiry::inquiry_id>,
              Index<&Inquiry::status, &Inquiry::created_at, &Inquiry::inquiry_id>>>;

    static void apply(Rows& rows, const InquiryOpened& e, const Meta& m)
    {
        Inquiry inquiry;
        inquiry.inquiry_id = e.inquiry_id;
        inquiry.user_id = e.user_id;
        inquiry.category = e.category;
        inquiry.title = e.title;
        inquiry.images = e.images;
        inquiry.product_id = e.product_id;
        inquiry.secret = e.secret;
        inquiry.messages = {{Speaker::member, e.content, m.time}};
        inquiry.created_at = m.time;
        inquiry.updated_at = m.time;
        rows.put(std::move(inquiry));
    }
    static void apply(Rows& rows, const InquiryAnswered& e, const Meta& m)
    {
        auto& inquiry = stands(rows, e.inquiry_id, Status::answered, m);
        inquiry.messages.push_back({Speaker::market, e.content, m.time});
        inquiry.replied_by = e.replied_by;
        inquiry.replied_at = m.time;
    }
    static void apply(Rows& rows, const InquiryAskedAgain& e, const Meta& m)
    {
        stands(rows, e.inquiry_id, Status::pending, m).messages.push_back({Speaker::member, e.content, m.time});
    }
    static void apply(Rows& rows, const InquiryResolved& e, const Meta& m)
    {
        stands(rows, e.inquiry_id, Status::resolved, m);
    }

private:
    static Inquiry& stands(Rows& rows, const events::InquiryId& id, Status status, const Meta& m)
    {
        auto& inquiry = rows.existing<Inquiry>(id);
        inquiry.status = status;
        inquiry.updated_at = m.time;
        return inquiry;
    }
};

}  // namespace jangteo::projections::inquiries
