#include "http-edge/streams/view.hpp"

#include "http-edge/server/json_members.hpp"
#include "http-edge/server/past.hpp"
#include "http-edge/streams/own_events.hpp"

namespace jangteo::edge::streams {

namespace {

/// The members of an event, as in an order's history, and of which aggregate it is.
std::string whole(const events::Record& record)
{
    std::string json = R"({"subject":)";
    events::append_json(json, std::string_view(record.envelope.subject));
    json += ',' + event_members(record);
    return json;
}

}  // namespace

std::string ServerSentEvents::block(std::string_view position, std::string_view name, std::string_view data)
{
    std::string text = "id: ";
    text += position;
    text += "\nevent: ";
    text += name;
    text += "\ndata: ";
    text += data;
    text += "\n\n";
    return text;
}

std::string ServerSentEvents::place(std::string_view position) const
{
    std::string text = ": here\nid: ";
    text += position;
    text += "\n\n";
    return text;
}

std::string ServerSentEvents::end(std::string_view why, std::string_view position, int retry_ms) const
{
    std::string text = "retry: " + std::to_string(retry_ms) + '\n';
    text += block(position, "end", std::string(R"({"why":")").append(why) + "\"}");
    return text;
}

bool EventsAsSse::shows(const Layout& layout, Entry& entry)
{
    return selection_.matches(layout.context(entry.slot), entry.record.envelope);
}

std::string EventsAsSse::render(const Layout&, const Entry& entry, std::string_view position) const
{
    return block(position, short_type(entry.record.envelope.type), whole(entry.record) + '}');
}

bool EventsAsLines::shows(const Layout& layout, Entry& entry)
{
    return selection_.matches(layout.context(entry.slot), entry.record.envelope);
}

std::string EventsAsLines::render(const Layout&, const Entry& entry, std::string_view position) const
{
    auto line = whole(entry.record);
    append_member(line, "position", position);
    return line + "}\n";
}

std::string EventsAsLines::place(std::string_view position) const
{
    std::string line = R"({"control":"here")";
    append_member(line, "position", position);
    return line + "}\n";
}

std::string EventsAsLines::end(std::string_view why, std::string_view position, int retry_ms) const
{
    std::string line = R"({"control":"end")";
    append_member(line, "why", why);
    append_member(line, "position", position);
    append_member(line, "retryMs", std::int64_t{retry_ms});
    return line + "}\n";
}

Slots OwnEvents::slots(const Layout& layout) const
{
    Slots wanted(layout.slots(), false);
    for (std::size_t slot = 0; slot < wanted.size(); ++slot) wanted[slot] = has_own_events(layout.context(slot));
    return wanted;
}

bool OwnEvents::shows(const Layout&, Entry& entry)
{
    if (!entry.owner_known) entry.owner = owner_of(entry.record);
    entry.owner_known = true;
    const auto& owner = entry.owner;
    if (!owner) return false;
    if (!owner->user) return owner->order && orders_.contains(*owner->order);
    if (*owner->user != user_) return false;
    if (owner->order) orders_.insert(*owner->order);
    return true;
}

std::string OwnEvents::render(const Layout&, const Entry& entry, std::string_view position) const
{
    const auto own = own_event(entry.record);
    return block(position, own.kind, own.json);
}

}  // namespace jangteo::edge::streams
