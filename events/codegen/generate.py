#!/usr/bin/env python3
"""Turns the JSON Schemas of messages into C++.

    generate.py --schemas events/schemas --output <build>/generated/events

Each folder of schemas but `shared` is a context. For each the generator writes `<context>.hpp` (structs, variants and
declarations, light to include) and `<context>.cpp` (the JSON codec). Files whose text stays the same are left alone, so
that nothing is compiled again without need.

A schema may use what is listed in `KEYWORDS`; anything else stops the build with a sentence that names the file.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

FILE_NAME = re.compile(r"^(?P<name>[A-Z][A-Za-z0-9]*)\.(?P<kind>command|event)\.v(?P<version>[1-9][0-9]*)\.json$")
PROPERTY_NAME = re.compile(r"^[a-z][A-Za-z0-9]*$")
ENUMERATOR_NAME = re.compile(r"^[a-z][a-z0-9_]*$")

# What is understood, and what stands for documentation only.
DOCUMENTATION = {"title", "description", "$schema", "$id", "$comment", "examples"}
KEYWORDS = {
    "object": {"type", "required", "properties", "x-aggregate"},
    "array": {"type", "items", "minItems", "maxItems"},
    "integer": {"type", "minimum", "maximum", "x-cpp"},
    "string": {"type", "minLength", "maxLength", "format", "enum", "x-cpp"},
    "boolean": {"type"},
}
BOUNDS = {"integer": ("minimum", "maximum"), "string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}

# x-cpp: the C++ type, with what the schema has to say to be it.
IDENTIFIERS = {"ProductId", "OrderId", "UserId", "SellerId", "LotId", "Uuid"}
AMOUNTS = {"Won", "Points"}

CPP_KEYWORDS = {
    "alignas", "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "concept", "const", "continue",
    "decltype", "default", "delete", "do", "double", "else", "enum", "explicit", "export", "extern", "false", "float",
    "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "not",
    "nullptr", "operator", "or", "private", "protected", "public", "register", "requires", "return", "short", "signed",
    "sizeof", "static", "struct", "switch", "template", "this", "throw", "true", "try", "typedef", "typeid",
    "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor",
}
TAKEN_MEMBERS = {"type", "schema"}  # Every message has these as static members.


class SchemaError(Exception):
    """A schema says what the generator does not understand."""


@dataclass
class Type:
    """A C++ type. `struct` or `enum` is set when the generator writes it itself."""

    cpp: str
    initial: str = "{}"
    bounds: tuple = (None, None)


@dataclass
class Member:
    name: str  # As in JSON.
    type: Type
    required: bool
    description: str

    @property
    def cpp_name(self):
        return snake_case(self.name)


@dataclass
class Struct:
    name: str
    description: str
    members: list
    message: "Message" = None


@dataclass
class Enum:
    name: str
    description: str
    values: list


@dataclass
class Message:
    kind: str  # command or event
    version: int
    key: Member
    type_name: str
    schema: str


@dataclass
class Context:
    name: str
    enums: dict = field(default_factory=dict)
    structs: dict = field(default_factory=dict)  # In order of need: each after what it contains.
    messages: list = field(default_factory=list)  # Structs, alphabetical.

    def of_kind(self, kind):
        return [struct for struct in self.messages if struct.message.kind == kind]


def snake_case(name):
    return re.sub(r"(?<!^)([A-Z])", lambda match: "_" + match.group(1).lower(), name)


# --- Reading schemas -------------------------------------------------------------------------------------------------


class Reader:
    """Reads the schemas of one context into C++ types."""

    def __init__(self, root, context):
        self.root = root
        self.context = Context(context)
        self.files = {}

    def read(self):
        for path in sorted((self.root / self.context.name).glob("*.json")):
            if path.name != "types.json":
                self.read_message(path)
        self.context.messages.sort(key=lambda struct: struct.name)
        return self.context

    def load(self, path):
        if path not in self.files:
            try:
                self.files[path] = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as problem:
                raise SchemaError(f"{path}: cannot be read: {problem}") from problem
        return self.files[path]

    def read_message(self, path):
        match = FILE_NAME.match(path.name)
        if not match:
            raise SchemaError(f"{path}: a schema's file is named <Name>.command.v1.json or <Name>.event.v1.json")
        schema = self.load(path)
        address = f"/schemas/{self.context.name}/{path.name}"
        if schema.get("$id") != address:
            raise SchemaError(f'{path}: "$id" must be "{address}"')
        if schema.get("title") != match["name"]:
            raise SchemaError(f'{path}: "title" must be "{match["name"]}"')
        if any(struct.name == match["name"] for struct in self.context.messages):
            raise SchemaError(
                f"{path}: {match['name']} has another version already. Readers see one version only: the newest; "
                "teach the generator about upcasters before you ship a second one"
            )
        struct = self.read_struct(match["name"], schema, path, path)
        keys = [member for member in struct.members if member.name == schema.get("x-aggregate")]
        if not keys:
            raise SchemaError(f'{path}: "x-aggregate" must name the property that keys the record')
        if not keys[0].required or keys[0].type.cpp not in IDENTIFIERS:
            raise SchemaError(f"{path}: {keys[0].name} keys the record, so it must be a required identifier")
        struct.message = Message(
            kind=match["kind"],
            version=int(match["version"]),
            key=keys[0],
            type_name=f"jangteo.{self.context.name}.{match['name']}",
            schema=address,
        )
        self.context.messages.append(struct)

    def read_struct(self, name, schema, path, where):
        self.check_keywords(schema, "object", where)
        if not schema.get("description"):
            raise SchemaError(f"{where}: has no description")
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        for missing in set(required) - set(properties):
            raise SchemaError(f"{where}: {missing} is required but not among the properties")
        members = []
        for key, value in properties.items():
            place = f"{where}: {key}"
            if not PROPERTY_NAME.match(key):
                raise SchemaError(f"{place}: a property's name is camelCase")
            if snake_case(key) in CPP_KEYWORDS or snake_case(key) in TAKEN_MEMBERS:
                raise SchemaError(f"{place}: the name has a meaning in C++; choose another one")
            type_, description = self.read_type(value, path, place)
            members.append(Member(key, type_, key in required, description))
        if not members or not members[0].required:
            raise SchemaError(f"{where}: the first property must be there and required")
        return Struct(name, schema["description"], members)

    def read_type(self, schema, path, where):
        """The type of one property, and what the property's own description says."""
        own_description = schema.get("description", "")
        name = ""
        if "$ref" in schema:
            name, target, path = self.resolve(schema["$ref"], path, where)
            schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
            where = f"{where} ({name})"
        if schema.get("x-cpp") == "Json":
            return Type("Json"), own_description
        kind = schema.get("type")
        if kind not in KEYWORDS:
            raise SchemaError(f'{where}: "type" must be one of {", ".join(KEYWORDS)}')
        self.check_keywords(schema, kind, where)
        bounds = tuple(schema.get(key) for key in BOUNDS.get(kind, ()))
        for bound in bounds:
            if bound is not None and (not isinstance(bound, int) or abs(bound) > 2**63 - 1):
                raise SchemaError(f"{where}: a bound must be an integer of 64 bits")
        return self.type_of(kind, name, schema, path, where, bounds), own_description

    def type_of(self, kind, name, schema, path, where, bounds):
        cpp = schema.get("x-cpp")
        if kind == "boolean":
            return Type("bool", "false")
        if kind == "integer":
            if cpp is not None and cpp not in AMOUNTS:
                raise SchemaError(f"{where}: x-cpp of an integer is one of {', '.join(sorted(AMOUNTS))}")
            return Type(cpp, bounds=bounds) if cpp else Type("std::int64_t", "0", bounds)
        if kind == "array":
            item, _ = self.read_type(schema.get("items", {}), path, f"{where}: items")
            if item.bounds not in ((), (None, None)):
                raise SchemaError(f"{where}: bounds of an array's items are not supported; make them an object")
            return Type(f"std::vector<{item.cpp}>", bounds=bounds)
        if kind == "object":
            if not name:
                raise SchemaError(f"{where}: give the object a name under $defs and refer to it")
            if name not in self.context.structs:
                self.context.structs[name] = self.read_struct(name, schema, path, where)
            return Type(name)
        if "enum" in schema:
            return self.enum_of(name, schema, where)
        return self.string_of(cpp, schema.get("format"), where, bounds)

    def enum_of(self, name, schema, where):
        if not name:
            raise SchemaError(f"{where}: give the enumeration a name under $defs and refer to it")
        for value in schema["enum"]:
            if not isinstance(value, str) or not ENUMERATOR_NAME.match(value) or value in CPP_KEYWORDS:
                raise SchemaError(f"{where}: {value!r} cannot be an enumerator; use snake_case words")
        self.context.enums.setdefault(name, Enum(name, schema.get("description", ""), schema["enum"]))
        return Type(name)

    @staticmethod
    def string_of(cpp, format_, where, bounds):
        if format_ is None and cpp is None:
            return Type("std::string", bounds=bounds)
        if format_ == "uuid" and cpp in IDENTIFIERS:
            return Type(cpp)
        if format_ == "date-time" and cpp == "Timestamp":
            return Type(cpp)
        raise SchemaError(f"{where}: format {format_} and x-cpp {cpp} do not go together")

    def resolve(self, reference, path, where):
        """`../shared/types.json#/$defs/Won`, or the same without a file for the schema's own $defs."""
        match = re.match(r"^(?P<file>[^#]*)#/\$defs/(?P<name>[A-Z][A-Za-z0-9]*)$", reference)
        if not match:
            raise SchemaError(f'{where}: "$ref" must be of the form <file>#/$defs/<Name>')
        target_path = (path.parent / match["file"]).resolve() if match["file"] else path
        definitions = self.load(target_path).get("$defs", {})
        if match["name"] not in definitions:
            raise SchemaError(f"{where}: {target_path} defines no {match['name']}")
        return match["name"], definitions[match["name"]], target_path

    @staticmethod
    def check_keywords(schema, kind, where):
        if schema.get("type") != kind:
            raise SchemaError(f'{where}: "type" must be "{kind}"')
        unknown = set(schema) - KEYWORDS[kind] - DOCUMENTATION - {"$defs"}
        if unknown:
            raise SchemaError(f"{where}: {', '.join(sorted(unknown))} is not supported for type {kind}")


# --- Writing C++ -----------------------------------------------------------------------------------------------------

GENERATED = "// Generated by events/codegen/generate.py from events/schemas/{}: change the schema, not this file."


def wrapped_comment(text, indent, width=120):
    """The text as `///` lines."""
    lines, line = [], ""
    for word in text.split():
        if line and len(indent) + 5 + len(line) + len(word) > width:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return "".join(f"{indent}/// {line}\n" for line in lines + [line])


def write_struct(struct):
    out = wrapped_comment(struct.description, "") + f"struct {struct.name} {{\n"
    for member in struct.members:
        if member.description:
            out += wrapped_comment(member.description, "    ")
        if member.required:
            initial = " = " + member.type.initial if member.type.initial != "{}" else "{}"
            out += f"    {member.type.cpp} {member.cpp_name}{initial};\n"
        else:
            out += f"    std::optional<{member.type.cpp}> {member.cpp_name}{{}};\n"
    if struct.message:
        out += f'\n    static constexpr std::string_view type = "{struct.message.type_name}";\n'
        out += f'    static constexpr std::string_view schema = "{struct.message.schema}";\n'
    out += f"\n    friend bool operator==(const {struct.name}&, const {struct.name}&) = default;\n}};\n"
    if not struct.message:
        names = ", ".join(member.cpp_name for member in struct.members)
        out += f"BOOST_DESCRIBE_STRUCT({struct.name}, (), ({names}))\n"
    return out


def write_enum(enum):
    out = wrapped_comment(enum.description, "") if enum.description else ""
    out += f"enum class {enum.name} {{ {', '.join(enum.values)} }};\n"
    out += f"BOOST_DESCRIBE_ENUM({enum.name}, {', '.join(enum.values)})\n"
    out += f"std::string_view to_text({enum.name} value);\n"
    out += f"std::optional<{enum.name}> parse_{snake_case(enum.name[0].lower() + enum.name[1:])}(std::string_view text);\n"
    return out


def write_header(context):
    out = GENERATED.format(context.name) + "\n#pragma once\n\n"
    out += '#include "events/codec.hpp"\n\n'
    out += "#include <boost/describe/class.hpp>\n#include <boost/describe/enum.hpp>\n#include <cstdint>\n"
    out += "#include <optional>\n#include <string>\n#include <string_view>\n#include <variant>\n#include <vector>\n\n"
    out += f"namespace jangteo::events::{context.name} {{\n\n"
    out += f'inline constexpr std::string_view context = "{context.name}";\n\n'
    for enum in context.enums.values():
        out += write_enum(enum) + "\n"
    for struct in list(context.structs.values()) + context.messages:
        out += write_struct(struct) + "\n"
    for enum in context.enums.values():
        out += f"void append_json(std::string& to, {enum.name} from);\n"
    for struct in list(context.structs.values()) + context.messages:
        out += f"void append_json(std::string& to, const {struct.name}& from);\n"
        out += f"std::string to_json(const {struct.name}& from);\n"
        out += f"void from_json(std::string_view json, {struct.name}& to);  ///< Throws DecodeError.\n"
    for kind in ("command", "event"):
        if not context.of_kind(kind):
            continue
        variant = kind.capitalize()
        names = ", ".join(struct.name for struct in context.of_kind(kind))
        out += f"\nusing {variant} = std::variant<{names}>;\n"
        out += f"std::string to_json(const {variant}& from);\n"
        out += "/// By the record's type. Throws DecodeError, also for a type that is none of these.\n"
        out += f"{variant} decode_{kind}(std::string_view type, std::string_view json);\n"
        out += f"std::string_view type_of(const {variant}& message);\n"
        out += f"std::string_view schema_of(const {variant}& message);\n"
        out += "/// The aggregate's id: the record's key.\n"
        out += f"std::string subject_of(const {variant}& message);\n"
    return out + f"\n}}  // namespace jangteo::events::{context.name}\n"


def bounds_argument(member):
    low, high = member.type.bounds or (None, None)
    parts = ([f".minimum = {low}"] if low is not None else []) + ([f".maximum = {high}"] if high is not None else [])
    return ", {" + ", ".join(parts) + "}" if parts else ""


def write_reader(struct):
    out = f"static void read(const boost::json::value& value, const reading::Path& path, {struct.name}& to, reading::Bounds)\n"
    out += "{\n    const reading::Object object(value, path);\n"
    for member in struct.members:
        function = "required" if member.required else "optional"
        out += f'    object.{function}("{member.name}", to.{member.cpp_name}{bounds_argument(member)});\n'
    return out + "}\n\n"


def write_appender(struct):
    out = f"void append_json(std::string& to, const {struct.name}& from)\n{{\n"
    opening = "{"
    for member in struct.members:
        key = f'to += R"({opening}"{member.name}":)";'
        opening = ","
        if member.required:
            out += f"    {key}\n    append_json(to, from.{member.cpp_name});\n"
        else:
            out += f"    if (from.{member.cpp_name}) {{\n        {key}\n"
            out += f"        append_json(to, *from.{member.cpp_name});\n    }}\n"
    out += "    to += '}';\n}\n\n"
    out += f"std::string to_json(const {struct.name}& from)\n{{\n"
    out += "    std::string text;\n    text.reserve(usual_size);\n    append_json(text, from);\n    return text;\n}\n\n"
    out += f"void from_json(std::string_view json, {struct.name}& to)\n{{\n    reading::read_document(json, to);\n}}\n\n"
    return out


def write_enum_codec(enum):
    parse = f"parse_{snake_case(enum.name[0].lower() + enum.name[1:])}"
    out = f"std::string_view to_text({enum.name} value)\n{{\n    switch (value) {{\n"
    out += "".join(f'        case {enum.name}::{value}: return "{value}";\n' for value in enum.values)
    out += "    }\n    std::abort();  // No other value can be made without a cast.\n}\n\n"
    out += f"std::optional<{enum.name}> {parse}(std::string_view text)\n{{\n"
    out += "".join(f'    if (text == "{value}") return {enum.name}::{value};\n' for value in enum.values)
    out += "    return std::nullopt;\n}\n\n"
    out += f"void append_json(std::string& to, {enum.name} from)\n{{\n    append_json(to, to_text(from));\n}}\n\n"
    out += f"static void read(const boost::json::value& value, const reading::Path& path, {enum.name}& to, reading::Bounds)\n"
    out += f"{{\n    const auto parsed = {parse}(reading::read_choice(value, path));\n"
    out += f'    if (!parsed) path.fail("must be one of {", ".join(enum.values)}");\n    to = *parsed;\n}}\n\n'
    return out


def write_variant_codec(context, kind):
    variant = kind.capitalize()
    structs = context.of_kind(kind)
    out = f"std::string to_json(const {variant}& from)\n{{\n"
    out += "    return std::visit([](const auto& message) { return to_json(message); }, from);\n}\n\n"
    out += f"{variant} decode_{kind}(std::string_view type, std::string_view json)\n{{\n"
    for struct in structs:
        out += f"    if (type == {struct.name}::type) return decoded<{struct.name}>(json);\n"
    out += f'    throw DecodeError("", "is no {kind} of {context.name}: " + std::string(type));\n}}\n\n'
    for function in ("type", "schema"):
        out += f"std::string_view {function}_of(const {variant}& message)\n{{\n"
        out += f"    return std::visit([](const auto& one) {{ return one.{function}; }}, message);\n}}\n\n"
    out += f"std::string subject_of(const {variant}& message)\n{{\n    struct Subject {{\n"
    for struct in structs:
        key = struct.message.key
        text = f"events::to_string(one.{key.cpp_name}{'' if key.type.cpp == 'Uuid' else '.value'})"
        out += f"        std::string operator()(const {struct.name}& one) const {{ return {text}; }}\n"
    return out + "    };\n    return std::visit(Subject{}, message);\n}\n\n"


def write_source(context):
    out = GENERATED.format(context.name) + "\n"
    out += f'#include "events/{context.name}.hpp"\n\n#include "events/json_reader.hpp"\n\n#include <cstdlib>\n\n'
    out += f"namespace jangteo::events::{context.name} {{\n\n"
    # The overloads for basic types would otherwise be hidden by those of this namespace.
    out += "using events::append_json;\n\n"
    out += "namespace {\n\nconstexpr std::size_t usual_size = 384;  // Of a message's text in bytes; a longer one grows.\n\n"
    out += "template <class Message>\nMessage decoded(std::string_view json)\n{\n"
    out += "    Message message;\n    from_json(json, message);\n    return message;\n}\n\n}  // namespace\n\n"
    out += "".join(write_enum_codec(enum) for enum in context.enums.values())
    structs = list(context.structs.values()) + context.messages
    out += "".join(write_reader(struct) for struct in structs)
    out += "".join(write_appender(struct) for struct in structs)
    out += "".join(write_variant_codec(context, kind) for kind in ("command", "event") if context.of_kind(kind))
    return out + f"}}  // namespace jangteo::events::{context.name}\n"


def write_if_changed(path, text):
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def contexts_of(root):
    return sorted(folder.name for folder in root.iterdir() if folder.is_dir() and folder.name != "shared")


def main():
    parser = argparse.ArgumentParser(description="Turns the JSON Schemas of messages into C++.")
    parser.add_argument("--schemas", type=Path, required=True, help="the folder of schemas")
    parser.add_argument("--output", type=Path, required=True, help="where the C++ goes")
    arguments = parser.parse_args()
    root = arguments.schemas.resolve()
    try:
        contexts = [Reader(root, name).read() for name in contexts_of(root)]
    except SchemaError as problem:
        print(problem, file=sys.stderr)
        return 1
    for context in contexts:
        write_if_changed(arguments.output / f"{context.name}.hpp", write_header(context))
        write_if_changed(arguments.output / f"{context.name}.cpp", write_source(context))
    return 0


if __name__ == "__main__":
    sys.exit(main())
