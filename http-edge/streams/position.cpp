#include "http-edge/streams/position.hpp"

#include "http-edge/server/signing.hpp"
#include "infra/kafka/topics.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace jangteo::edge::streams {

namespace {

constexpr std::string_view suffix = ".events";
constexpr char form = 1;
constexpr std::size_t mac_bytes = 8;
constexpr std::size_t longest_text = 4'096;

/// Two bytes instead of a name. FNV-1a; that no two contexts share one is checked where the codec is made.
std::uint16_t short_name(std::string_view context)
{
    std::uint32_t hash = 2'166'136'261U;
    for (const char c : context) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
    return static_cast<std::uint16_t>(hash ^ (hash >> 16U));
}

void append_number(std::string& to, std::uint64_t number)
{
    while (number >= 128) {
        to += static_cast<char>(number | 128U);
        number >>= 7U;
    }
    to += static_cast<char>(number);
}

/// Takes numbers from the front of bytes.
class Numbers {
public:
    explicit Numbers(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] bool end() const { return bytes_.empty(); }
    std::optional<std::uint8_t> byte()
    {
        if (bytes_.empty()) return std::nullopt;
        const auto first = static_cast<std::uint8_t>(bytes_.front());
        bytes_.remove_prefix(1);
        return first;
    }
    std::optional<std::int64_t> number()
    {
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 63; shift += 7) {
            const auto next = byte();
            if (!next) return std::nullopt;
            number |= static_cast<std::uint64_t>(*next & 127U) << shift;
            if (*next < 128) return static_cast<std::int64_t>(number);
        }
        return std::nullopt;
    }

private:
    std::string_view bytes_;
};

}  // namespace

Layout::Layout(std::vector<std::string> contexts, std::int32_t partitions)
    : contexts_(std::move(contexts)), partitions_(partitions)
{}

Layout Layout::of_all_contexts(std::int32_t partitions)
{
    std::vector<std::string> contexts;
    for (const auto& topic : kafka::all_topics(partitions)) {
        if (topic.name.ends_with(suffix)) contexts.push_back(topic.name.substr(0, topic.name.size() - suffix.size()));
    }
    return {std::move(contexts), partitions};
}

std::optional<std::size_t> Layout::find(std::string_view topic, std::int32_t partition) const
{
    if (!topic.ends_with(suffix) || partition < 0 || partition >= partitions_) return std::nullopt;
    const auto found = std::ranges::find(contexts_, topic.substr(0, topic.size() - suffix.size()));
    if (found == contexts_.end()) return std::nullopt;
    return slot(static_cast<std::size_t>(found - contexts_.begin()), partition);
}

PositionCodec::PositionCodec(const Layout& layout, std::string secret) : layout_(layout), secret_(std::move(secret))
{
    for (const auto& context : layout.contexts()) {
        const auto name = short_name(context);
        if (std::ranges::find(names_, name) != names_.end()) {
            throw std::logic_error("two contexts have one short name: " + context);
        }
        names_.push_back(name);
    }
}

std::string PositionCodec::encode(const Position& position) const
{
    const auto partitions = layout_.partitions();
    std::string bytes(1, form);
    for (std::size_t context = 0; context < names_.size(); ++context) {
        const auto first = position.begin() + static_cast<std::ptrdiff_t>(layout_.slot(context, 0));
        const auto last = first + partitions;
        const auto [least, most] = std::minmax_element(first, last);
        if (*most == 0) continue;
        bytes += static_cast<char>(names_[context] >> 8U);
        bytes += static_cast<char>(names_[context] & 255U);
        // Aggregates are spread evenly, so the partitions of a context are about as long as each other.
        append_number(bytes, static_cast<std::uint64_t>(*least));
        for (auto at = first; at != last; ++at) append_number(bytes, static_cast<std::uint64_t>(*at - *least));
    }
    bytes += hmac_sha256(secret_, "stream position " + bytes).substr(0, mac_bytes);
    return base64url(bytes);
}

std::optional<Position> PositionCodec::decode(std::string_view text) const
{
    if (text.size() > longest_text) return std::nullopt;
    const auto sealed = from_base64url(text);
    if (!sealed || sealed->size() <= mac_bytes) return std::nullopt;
    const auto bytes = sealed->substr(0, sealed->size() - mac_bytes);
    const auto mac = hmac_sha256(secret_, "stream position " + bytes).substr(0, mac_bytes);
    if (!same_secret(mac, std::string_view(*sealed).substr(bytes.size()))) return std::nullopt;
    Position position(layout_.slots(), 0);
    Numbers numbers(bytes);
    if (numbers.byte() != static_cast<std::uint8_t>(form)) return std::nullopt;
    while (!numbers.end()) {
        const auto high = numbers.byte();
        const auto low = numbers.byte();
        const auto least = numbers.number();
        if (!high || !low || !least) return std::nullopt;
        const auto name = std::ranges::find(names_, static_cast<std::uint16_t>((*high << 8U) | *low));
        if (name == names_.end()) return std::nullopt;
        for (std::int32_t partition = 0; partition < layout_.partitions(); ++partition) {
            const auto more = numbers.number();
            if (!more) return std::nullopt;
            position[layout_.slot(static_cast<std::size_t>(name - names_.begin()), partition)] = *least + *more;
        }
    }
    return position;
}

}  // namespace jangteo::edge::streams
