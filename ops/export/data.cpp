#include "ops/export/data.hpp"

namespace jangteo::ops::exporting {

namespace {

[[noreturn]] void refuse(const Column& column, const char* what)
{
    throw NotOfItsSchema(column.name + " must be " + what);
}

}  // namespace

const boost::json::object& Data::parse(std::string_view value)
{
    root_.reset();  // Before the memory it lies in.
    memory_.emplace(buffer_);
    boost::json::error_code error;
    root_.emplace(boost::json::parse(value, error, &*memory_));
    if (error || !root_->is_object()) throw NotOfItsSchema("its data is no JSON object");
    return root_->get_object();
}

std::int64_t integer_in(const boost::json::value& value, const Column& column)
{
    if (!value.is_int64()) refuse(column, "an integer of 64 bits");
    return value.get_int64();
}

bool truth_in(const boost::json::value& value, const Column& column)
{
    if (!value.is_bool()) refuse(column, "true or false");
    return value.get_bool();
}

std::string_view text_in(const boost::json::value& value, const Column& column)
{
    if (!value.is_string()) refuse(column, "a text");
    return value.get_string();
}

events::Uuid id_in(const boost::json::value& value, const Column& column)
{
    const auto id = events::parse_uuid(text_in(value, column));
    if (!id) refuse(column, "an id");
    return *id;
}

events::Timestamp moment_in(const boost::json::value& value, const Column& column)
{
    const auto moment = events::parse_iso8601(text_in(value, column));
    if (!moment) refuse(column, "a moment");
    return *moment;
}

const boost::json::array& list_in(const boost::json::value& value, const Column& column)
{
    if (!value.is_array()) refuse(column, "a list");
    return value.get_array();
}

const boost::json::object& group_in(const boost::json::value& value, const Column& column)
{
    if (!value.is_object()) refuse(column, "an object");
    return value.get_object();
}

}  // namespace jangteo::ops::exporting
