// KG Inicis: the approval of what a buyer has agreed to in its PC or mobile window, and INIAPI v1 for inquiries and refunds.
// Their `oid` is our payment's id: each try to pay is a payment of its own there too.
//
// What is peculiar about it, and what we make of that (docs/decisions/0013):
// - The browser says where to ask for the approval. Only Inicis' own addresses are asked.
// - No idempotency keys. An approval whose answer was lost is looked for; it is not undone by a net cancel, which might undo
//   what somebody else has found and told the log meanwhile. A refund says what will be left (confirmPrice), and is refused
//   when that is not so: asked for twice, it is done once.
// - The inquiry shows the amount of the approval, and whether all of it was cancelled; neither when it was approved, nor what
//   went back in parts. By `oid` it needs a contract.
// - What the codes of refusals mean is not published well enough to rely on.
#pragma once

#include "consumers/payments/gateway.hpp"
#include "consumers/payments/gateway_books.hpp"

#include <functional>
#include <memory>
#include <string>

namespace jangteo::consumers::payments {

struct InicisSettings {
    /// INIAPI. A stand-in at http://127.0.0.1:… is where the windows' addresses are as well.
    std::string url = "https://iniapi.inicis.com";
    std::string merchant;  ///< MID
    std::string sign_key;  ///< Of the PC window.
    std::string api_key;   ///< INIAPI key
    std::string client_address = "127.0.0.1";
};

/// `now`: the clock of the trade.
std::unique_ptr<Gateway> make_inicis(const InicisSettings& settings, Call call, std::function<events::Timestamp()> now);
std::unique_ptr<GatewayBooks> make_inicis_books(const InicisSettings& settings, Call call,
                                                std::function<events::Timestamp()> now);

}  // namespace jangteo::consumers::payments
