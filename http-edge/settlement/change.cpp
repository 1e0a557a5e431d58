// What operators and sellers do with settlements: run a period, agree, pay, hold, release.
#include "events/codec.hpp"
#include "events/periods.hpp"
#include "events/settlement.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/settlement/settlement.hpp"
#include "http-edge/settlement/stored_settlement.hpp"

namespace jangteo::edge::settlement {

using namespace events::settlement;

namespace {

Response completed(Exchange& x, const Answer& answer)
{
    const auto event = read<SettlementRunCompleted>(answer);
    std::string data = R"({"runId":)";
    events::append_json(data, event.run_id);
    append_member(data, "period", std::string_view(event.period));
    append_member(data, "status", std::string_view("completed"));
    append_member(data, "sellers", event.sellers);
    append_member(data, "settled", event.settled);
    append_member(data, "amount", event.amount);
    return success_response(201, data + '}',
                            x.style.language == Language::korean ? "정산이 완료되었습니다" : "The period is settled");
}

template <class Event>
Response changed(const Answer& answer, std::string_view status, std::string_view name = {}, std::string_view text = {})
{
    const auto event = read<Event>(answer);
    std::string data = R"({"id":)";
    events::append_json(data, event.settlement_id);
    append_member(data, "sellerId", event.seller_id);
    append_member(data, "status", status);
    if (!name.empty()) append_member(data, name, text);
    return success_response(200, data + '}');
}

/// A command to the ledger of the settlement's seller.
template <class Command>
Awaitable<Response> send(Exchange& x, const BodyReader& body, Command command, Render render)
{
    const auto settlement = co_await settlement_of_caller(x);
    command.seller_id = settlement.seller_id;
    command.settlement_id = settlement.id;
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, settlement.seller_id.text(), settlement.id.value);
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace

/// Of the configured kind. When none is named: the last period that is over, or, before its end, the one under way. What stood already when it was run before is
/// in the refusal (SET_002).
Awaitable<Response> run(Exchange& x)
{
    BodyReader body(x.request);
    const auto fields = body.fields();
    const auto kind = x.services.settlement_period;
    const bool before_end = fields.optional_boolean("beforeEnd").value_or(false);
    const auto now = x.services.now();
    const auto period = fields.optional_text("period", 8)
                            .value_or(before_end ? events::period_at(kind, now) : events::last_period(kind, now));
    const auto parsed = events::parse_period(period);
    if (!parsed || parsed->kind != kind) {
        kind == events::PeriodKind::week
            ? fields.wrong("period", {"2026-W47 형식의 주여야 합니다", "must be a week, as 2026-W47"})
            : fields.wrong("period", {"2026-11 형식의 월이어야 합니다", "must be a month, as 2026-11"});
    }
    body.check();
    const auto run_id = events::run_of(period);
    const StartRun command{events::the_market(), run_id, period, before_end};
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.market_id.text(), run_id.value);
    Render render = completed;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

/// By the seller, or an admin for him.
Awaitable<Response> confirm(Exchange& x)
{
    BodyReader body(x.request);
    body.check();
    Render render = [](Exchange&, const Answer& answer) { return changed<SettlementConfirmed>(answer, "confirmed"); };
    auto response = co_await send(x, body, ConfirmSettlement{}, std::move(render));
    co_return response;
}

/// The transfer itself is the operator's: this says that it was made, and how it is found.
Awaitable<Response> pay(Exchange& x)
{
    BodyReader body(x.request);
    PaySettlement command;
    command.reference = body.fields().text("reference", 1, 200);
    body.check();
    Render render = [](Exchange&, const Answer& answer) {
        const auto paid = read<SettlementPaid>(answer);
        return changed<SettlementPaid>(answer, "paid", "reference", paid.reference);
    };
    auto response = co_await send(x, body, std::move(command), std::move(render));
    co_return response;
}

Awaitable<Response> hold(Exchange& x)
{
    BodyReader body(x.request);
    HoldSettlement command;
    command.reason = body.fields().text("reason", 1, 500);
    body.check();
    Render render = [](Exchange&, const Answer& answer) {
        const auto held = read<SettlementHeld>(answer);
        return changed<SettlementHeld>(answer, "held", "holdReason", held.reason);
    };
    auto response = co_await send(x, body, std::move(command), std::move(render));
    co_return response;
}

Awaitable<Response> release(Exchange& x)
{
    BodyReader body(x.request);
    body.check();
    Render render = [](Exchange&, const Answer& answer) { return changed<SettlementReleased>(answer, "scheduled"); };
    auto response = co_await send(x, body, ReleaseSettlement{}, std::move(render));
    co_return response;
}

}  // namespace jangteo::edge::settlement
