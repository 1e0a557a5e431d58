// What one listener is shown of the events, and in which form.
#pragma once

#include "events/ids.hpp"
#include "http-edge/streams/ring.hpp"
#include "http-edge/streams/selection.hpp"

#include <string>
#include <string_view>
#include <unordered_set>

namespace jangteo::edge::streams {

class View {
public:
    View() = default;
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    virtual ~View() = default;

    [[nodiscard]] virtual Slots slots(const Layout& layout) const = 0;
    /// Of every event of those slots, each partition's in order.
    virtual bool shows(const Layout& layout, Entry& entry) = 0;
    /// Of an event that it shows: the same text for everybody with this form and position.
    [[nodiscard]] virtual std::string render(const Layout& layout, const Entry& entry,
                                             std::string_view position) const = 0;
    /// Which of `Entry::rendered` is this form's.
    [[nodiscard]] virtual std::size_t form() const = 0;

    /// The caller learns where it stands, without an event.
    [[nodiscard]] virtual std::string place(std::string_view position) const = 0;
    /// The last words. `retry_ms`: when to come again.
    [[nodiscard]] virtual std::string end(std::string_view why, std::string_view position, int retry_ms) const = 0;
};

/// Server-sent events, as browsers read them.
class ServerSentEvents : public View {
public:
    /// A comment keeps the line alive; the id beside it is remembered by the caller without an event of its own.
    [[nodiscard]] std::string place(std::string_view position) const override;
    [[nodiscard]] std::string end(std::string_view why, std::string_view position, int retry_ms) const override;

protected:
    static std::string block(std::string_view position, std::string_view name, std::string_view data);
};

/// Whole events, for admins and analysts: what is personal is as sealed as it is in the log.
class EventsAsSse : public ServerSentEvents {
public:
    explicit EventsAsSse(Selection selection) : selection_(std::move(selection)) {}
    [[nodiscard]] Slots slots(const Layout& layout) const override { return selection_.slots(layout); }
    bool shows(const Layout& layout, Entry& entry) override;
    [[nodiscard]] std::string render(const Layout& layout, const Entry& entry,
                                     std::string_view position) const override;
    [[nodiscard]] std::size_t form() const override { return 0; }

private:
    const Selection selection_;
};

/// The same, a JSON object on each line. What is not an event has a member `control`.
class EventsAsLines : public View {
public:
    explicit EventsAsLines(Selection selection) : selection_(std::move(selection)) {}
    [[nodiscard]] Slots slots(const Layout& layout) const override { return selection_.slots(layout); }
    bool shows(const Layout& layout, Entry& entry) override;
    [[nodiscard]] std::string render(const Layout& layout, const Entry& entry,
                                     std::string_view position) const override;
    [[nodiscard]] std::size_t form() const override { return 1; }
    [[nodiscard]] std::string place(std::string_view position) const override;
    [[nodiscard]] std::string end(std::string_view why, std::string_view position, int retry_ms) const override;

private:
    const Selection selection_;
};

/// What happens to one person, for their app: a small shape of its own (own_events.hpp).
class OwnEvents : public ServerSentEvents {
public:
    /// `orders`: those the person has already. Later ones are learned from the events.
    OwnEvents(events::UserId user, std::unordered_set<events::Uuid> orders)
        : user_(user.value), orders_(std::move(orders))
    {}
    [[nodiscard]] Slots slots(const Layout& layout) const override;
    bool shows(const Layout& layout, Entry& entry) override;
    [[nodiscard]] std::string render(const Layout& layout, const Entry& entry,
                                     std::string_view position) const override;
    [[nodiscard]] std::size_t form() const override { return 2; }

private:
    const events::Uuid user_;
    std::unordered_set<events::Uuid> orders_;
};

}  // namespace jangteo::edge::streams
