"""What the schemas say: reads the JSON Schemas of messages into the types that they are in C++.

A schema may use what is listed in `KEYWORDS`; anything else is an error with a sentence that names the file.
"""

import json
import re
from dataclasses import dataclass, field

FILE_NAME = re.compile(r"^(?P<name>[A-Z][A-Za-z0-9]*)\.(?P<kind>command|event|task)\.v(?P<version>[1-9][0-9]*)\.json$")
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

KINDS = ("command", "event", "task")

# x-cpp: the C++ type, with what the schema has to say to be it.
IDENTIFIERS = {
    "ProductId", "OrderId", "UserId", "SellerId", "LotId", "PaymentId", "RefundId", "ShipmentId", "ClaimId", "SettlementId",
    "RunId", "MarketId", "InquiryId", "AccountId", "SessionId", "AddressId",
    "Uuid",
}
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
    """A C++ type, with the bounds that its schema sets to values, characters or items."""

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
    kind: str  # command, event or task
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


class Reader:
    """Reads the schemas of one context into C++ types."""

    def __init__(self, root, context):
        self.root = root
        self.context = Context(context)
        self.files = {}
        self.places = {}  # Where each of the context's own structs and enumerations is defined.

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
            raise SchemaError(f"{path}: a schema's file is named <Name>.command.v1.json (or .event, or .task)")
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
            if self.is_new(name, path, where):
                self.context.structs[name] = self.read_struct(name, schema, path, where)
            return Type(name)
        if "enum" in schema:
            return self.enum_of(name, schema, path, where)
        return self.string_of(cpp, schema.get("format"), where, bounds)

    def is_new(self, name, path, where):
        if self.places.setdefault(name, path) != path:
            raise SchemaError(f"{where}: {self.places[name]} and {path} both define {name}")
        return name not in self.context.structs and name not in self.context.enums

    def enum_of(self, name, schema, path, where):
        if not name:
            raise SchemaError(f"{where}: give the enumeration a name under $defs and refer to it")
        for value in schema["enum"]:
            if not isinstance(value, str) or not ENUMERATOR_NAME.match(value) or value in CPP_KEYWORDS:
                raise SchemaError(f"{where}: {value!r} cannot be an enumerator; use snake_case words")
        if self.is_new(name, path, where):
            self.context.enums[name] = Enum(name, schema.get("description", ""), schema["enum"])
        return Type(name)

    @staticmethod
    def string_of(cpp, format_, where, bounds):
        if format_ is None and cpp is None:
            return Type("std::string", bounds=bounds)
        if bounds != (None, None):
            raise SchemaError(f"{where}: format {format_} leaves no choice of length")
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


def contexts_of(root):
    return sorted(folder.name for folder in root.iterdir() if folder.is_dir() and folder.name != "shared")
