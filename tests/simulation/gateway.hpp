// A payment gateway with its own memory of what it took and gave back, and the workers that ask it: they die with a task
// in hand, get it twice, hear nothing of what was done.
#pragma once

#include "events/payments.hpp"
#include "tests/simulation/owners.hpp"
#include "tests/simulation/world.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace jangteo::simulation {

inline constexpr events::Won price{5'000};  ///< Of an order of which nobody knows yet what it costs.

class Gateway {
public:
    explicit Gateway(World& the_world) : wire(the_world), world_(the_world) {}

    /// A worker takes some task. In times of trouble it may be lost, be done without an answer, or be done again.
    void work(bool trouble);
    /// What will be asked for with a payment, and whether into a virtual account; once said, it stays.
    void ask_for(const events::PaymentId& payment, std::optional<events::Won> amount, bool by_account);
    [[nodiscard]] events::Won price_of(const events::PaymentId& payment) const;
    /// What the gateway has of a payment after all refunds.
    [[nodiscard]] std::int64_t kept(const events::PaymentId& payment) const;

    /// What no worker may ask, and what may not be left behind; empty when all is well.
    [[nodiscard]] std::string wrong() const;

    Wire wire;  ///< From the workers to the log.

private:
    struct Account {
        std::int64_t captured = 0;
        bool refused = false;
        std::map<events::RefundId, std::int64_t> refunds;
        std::int64_t given_back = 0;  ///< By a gateway that does not know refunds by their ids.
        bool by_account = false;
        std::optional<events::Timestamp> due_at;  ///< Of its virtual account, once that is open.
        bool closed = false;
    };

    /// True: the task is done with.
    bool carry_out(const sagas::Errand& errand, bool trouble);
    bool confirm(const sagas::Errand& errand, const events::payments::ConfirmAtGateway& task, bool trouble);
    bool refund(const sagas::Errand& errand, const events::payments::RefundAtGateway& task, bool trouble);
    bool refund_by_lock(const sagas::Errand& errand, const events::payments::RefundAtGateway& task, bool trouble);
    void look(const sagas::Errand& errand, const events::payments::LookAtGateway& task);
    bool close(const sagas::Errand& errand, const events::payments::CloseAtGateway& task, bool trouble);
    /// The buyer pays in, as long as the account is open.
    void deposit(const events::PaymentId& payment);
    /// With an account that waits for its deposit, too.
    bool tell_of_confirmation(const sagas::Errand& errand, const events::payments::ConfirmAtGateway& task);
    /// Says how a payment stands. False: there is nothing to say yet.
    bool tell(const sagas::Errand& errand, const events::OrderId& order, const events::PaymentId& payment);
    template <class Command>
    void send(const sagas::Errand& errand, const Command& command);

    World& world_;
    std::map<events::PaymentId, events::Won> prices_;
    std::map<events::PaymentId, Account> accounts_;
    std::set<events::Uuid> begun_;  ///< Tasks that some worker began with.
    std::string wrong_;
};

}  // namespace jangteo::simulation
