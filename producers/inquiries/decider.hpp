// One inquiry: a member asks the market, an admin answers, the member may ask on, and in the end it is done with (SM-06,
// DOA-INQ-01…04).
#pragma once

#include "events/inquiries.hpp"
#include "producers/runtime/decider.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <cstdint>
#include <string>

namespace jangteo::producers::inquiries {

using namespace events::inquiries;  // The messages of this context, and nothing else, are spoken of here.
using events::InquiryId;
using events::Rejection;
using events::UserId;

/// How often somebody may ask on.
inline constexpr std::int64_t most_questions = 50;

/// SM-06.
enum class Standing { unborn, pending, answered, resolved };
BOOST_DESCRIBE_ENUM(Standing, unborn, pending, answered, resolved)

struct Decider {
    using Command = events::inquiries::Command;
    using Event = events::inquiries::Event;

    struct State {
        Standing standing = Standing::unborn;
        UserId user_id;
        std::string title;
        std::int64_t questions = 0;
        std::string last_word;  ///< The latest question or answer, by which its repeat is known.

        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (standing, user_id, title, questions, last_word), (), ())
    };

    // --- Decisions ---

    static Decision<Event> decide(const OpenInquiry& c, const State& s, const Meta&)
    {
        if (s.standing != Standing::unborn) return Already{};
        return InquiryOpened{c.inquiry_id, c.user_id, c.category, c.title, c.content, c.images, c.product_id, c.secret};
    }

    static Decision<Event> decide(const ReplyToInquiry& c, const State& s, const Meta&)
    {
        if (s.standing == Standing::unborn) return unknown(c.inquiry_id);
        if (s.standing == Standing::answered && s.last_word == c.content) return Already{};
        if (s.standing != Standing::pending) return not_now(s);
        return InquiryAnswered{c.inquiry_id, s.user_id, s.title, c.replied_by, c.content};
    }

    static Decision<Event> decide(const AskAgain& c, const State& s, const Meta&)
    {
        if (s.standing == Standing::unborn || s.user_id != c.user_id) return unknown(c.inquiry_id);
        if (s.standing == Standing::pending && s.last_word == c.content) return Already{};
        if (s.standing != Standing::answered) return not_now(s);
        if (s.questions >= most_questions) return too_many_questions();
        return InquiryAskedAgain{c.inquiry_id, c.user_id, c.content};
    }

    static Decision<Event> decide(const ResolveInquiry& c, const State& s, const Meta&)
    {
        if (s.standing == Standing::unborn) return unknown(c.inquiry_id);
        if (s.standing == Standing::resolved) return Already{};
        if (s.standing != Standing::answered) return not_now(s);
        return InquiryResolved{c.inquiry_id, s.user_id};
    }

    // --- What has happened ---

    static void evolve(State& s, const InquiryOpened& e, const Meta&)
    {
        s = {Standing::pending, e.user_id, e.title, 1, e.content};
    }
    static void evolve(State& s, const InquiryAnswered& e, const Meta&)
    {
        s.standing = Standing::answered;
        s.last_word = e.content;
    }
    static void evolve(State& s, const InquiryAskedAgain& e, const Meta&)
    {
        s.standing = Standing::pending;
        s.last_word = e.content;
        ++s.questions;
    }
    static void evolve(State& s, const InquiryResolved&, const Meta&) { s.standing = Standing::resolved; }

private:
    // --- Refusals ---

    static Rejection unknown(const InquiryId& id) { return {"COMMON_404", {{"inquiryId", id.text()}}}; }

    static Rejection not_now(const State& s)
    {
        return {"INQ_001", {{"status", boost::describe::enum_to_string(s.standing, "")}}};
    }

    static Rejection too_many_questions() { return {"COMMON_400", {{"questions", most_questions}}}; }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::inquiries
