// How KG Inicis writes: forms, name-value lists, times of Seoul, and what it wants signed.
#pragma once

#include "events/amounts.hpp"
#include "events/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jangteo::consumers::payments::inicis {

using Form = std::vector<std::pair<std::string, std::string>>;
/// An answer of theirs, whatever it was written in; all they say is text or a number.
using Answer = std::map<std::string, std::string, std::less<>>;

/// `name=value&…`, percent-encoded.
std::string encoded(const Form& form);
/// Empty when it is none.
std::optional<Answer> read_json(std::string_view body);
/// `P_STATUS=00&…`, its values as they are. They come in EUC-KR unless asked for otherwise, so what is not ASCII is left
/// out: nothing but messages for people is not.
Answer read_name_values(std::string_view body);

/// Empty when it is not there or no amount.
std::optional<events::Won> won_in(const Answer& answer, std::string_view name);
/// Empty when it is not there.
std::string text_in(const Answer& answer, std::string_view name);

/// `20260118233102` of Seoul.
std::string seoul_time(events::Timestamp time);
std::optional<events::Timestamp> from_seoul_time(std::string_view text);

}  // namespace jangteo::consumers::payments::inicis
