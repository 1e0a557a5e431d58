"""The promise of shipped schemas and the generator's refusals, tried on copies of the real schemas."""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

EVENTS = Path(__file__).resolve().parents[2] / "events"
HELD = "inventory/StockHeld.event.v1.json"
ORDER_TYPES = "orders/types.json"


class Copies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.schemas = self.folder / "schemas"
        shutil.copytree(EVENTS / "schemas", self.schemas)

    def change(self, name, change):
        path = self.schemas / name
        schema = json.loads(path.read_text(encoding="utf-8"))
        change(schema)
        path.write_text(json.dumps(schema, ensure_ascii=False), encoding="utf-8")

    def run_program(self, program, *arguments):
        command = [sys.executable, "-B", str(EVENTS / "codegen" / program), "--schemas", str(self.schemas), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr


class Promise(Copies):
    def check(self):
        return self.run_program("released.py", "--check")

    def expect_broken(self, sentence):
        code, said = self.check()
        self.assertEqual(code, 1)
        self.assertIn(sentence, said)
        self.assertIn("make a v2", said)
        code, said = self.run_program("released.py", "--record")
        self.assertEqual(code, 1, "a broken promise must not get on record")

    def test_holds_for_what_is_committed(self):
        self.assertEqual(self.check(), (0, ""))

    def test_allows_better_prose(self):
        self.change(HELD, lambda schema: schema.update(description="Other words."))
        self.assertEqual(self.check(), (0, ""))

    def test_allows_a_new_optional_field_once_it_is_on_record(self):
        self.change(HELD, lambda schema: schema["properties"].update(shelf={"type": "string"}))
        code, said = self.check()
        self.assertEqual(code, 1)
        self.assertIn(f"Not on record yet: {HELD}", said)
        self.assertIn("--record", said)
        self.assertEqual(self.run_program("released.py", "--record")[0], 0)
        self.assertEqual(self.check(), (0, ""))
        self.change(HELD, lambda schema: schema["properties"].pop("shelf"))
        self.expect_broken("the field shelf is gone")

    def test_allows_a_new_message_once_it_is_on_record(self):
        shutil.copy(self.schemas / HELD, self.schemas / "inventory/StockLost.event.v1.json")
        self.assertIn("Not on record yet: inventory/StockLost", self.check()[1])

    def test_is_broken_by_a_new_required_field(self):
        def add(schema):
            schema["properties"]["shelf"] = {"type": "string"}
            schema["required"].append("shelf")

        self.change(HELD, add)
        self.expect_broken("the new field shelf is required")

    def test_is_broken_by_a_field_that_goes(self):
        def remove(schema):
            schema["properties"].pop("lowStock")
            schema["required"].remove("lowStock")

        self.change(HELD, remove)
        self.expect_broken("the field lowStock is gone")

    def test_is_broken_by_a_field_that_becomes_optional_or_required(self):
        self.change(HELD, lambda schema: schema["required"].remove("lowStock"))
        self.expect_broken("the field lowStock was required; now it is the reverse")

    def test_is_broken_by_another_type(self):
        self.change(HELD, lambda schema: schema["properties"].update(quantity={"type": "string"}))
        self.expect_broken('quantity: type was "integer" and is now "string"')

    def test_is_broken_by_other_bounds(self):
        self.change(HELD, lambda schema: schema["properties"]["quantity"].update(maximum=7))
        self.expect_broken("quantity: maximum was 1000000000 and is now 7")

    def test_is_broken_below_a_reference_and_inside_an_array(self):
        self.change(ORDER_TYPES, lambda types: types["$defs"]["OrderLine"]["required"].append("options"))
        self.expect_broken("orders/OrderPlaced.event.v1.json: lines[]: the field options was not required")

    def test_is_broken_by_another_value_of_an_enumeration(self):
        self.change(ORDER_TYPES, lambda types: types["$defs"]["CancelCause"]["enum"].append("whim"))
        self.expect_broken("orders/CancelOrder.command.v1.json: cause: enum was")

    def test_is_broken_by_a_schema_that_goes(self):
        (self.schemas / HELD).unlink()
        self.expect_broken(f"{HELD}: the schema is gone")


class Generator(Copies):
    def generate(self):
        return self.run_program("generate.py", "--output", str(self.folder / "generated"))

    def expect_refused(self, *words):
        code, said = self.generate()
        self.assertEqual(code, 1)
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn("Traceback", said)

    def property(self, **schema):
        self.change(HELD, lambda held: held["properties"].update(shelf=schema))

    def test_rewrites_only_what_changed(self):
        self.assertEqual(self.generate(), (0, ""))
        generated = self.folder / "generated"
        before = {path.name: path.stat().st_mtime_ns for path in generated.iterdir()}
        self.assertIn("orders.hpp", before)
        self.property(type="boolean")
        self.assertEqual(self.generate(), (0, ""))
        changed = {path.name for path in generated.iterdir() if path.stat().st_mtime_ns != before[path.name]}
        self.assertEqual(changed, {"inventory.hpp", "inventory.cpp", "schemas.cpp"})

    def test_refuses_a_type_it_does_not_know(self):
        self.property(type="number")
        self.expect_refused(HELD, "shelf", '"type" must be one of object, array, integer, string, boolean')

    def test_refuses_a_keyword_it_does_not_know(self):
        self.property(type="string", pattern="^[A-Z]$")
        self.expect_refused(HELD, "shelf", "pattern is not supported for type string")

    def test_refuses_an_object_without_a_name(self):
        self.property(type="object", properties={})
        self.expect_refused("shelf", "give the object a name under $defs")

    def test_refuses_an_unknown_reference(self):
        self.property(**{"$ref": "../shared/types.json#/$defs/Shelf"})
        self.expect_refused("shelf", "defines no Shelf")

    def test_refuses_a_name_that_means_something_in_cpp(self):
        self.change(HELD, lambda schema: schema["properties"].update(operator={"type": "string"}))
        self.expect_refused("operator", "has a meaning in C++")

    def test_refuses_a_required_field_that_is_not_there(self):
        self.change(HELD, lambda schema: schema["required"].append("shelf"))
        self.expect_refused("shelf is required but not among the properties")

    def test_refuses_a_key_that_is_no_identifier(self):
        self.change(HELD, lambda schema: schema.update({"x-aggregate": "quantity"}))
        self.expect_refused("quantity keys the record", "required identifier")

    def test_refuses_a_second_version_until_it_knows_upcasters(self):
        text = (self.schemas / HELD).read_text(encoding="utf-8").replace("event.v1", "event.v2")
        (self.schemas / HELD.replace("v1", "v2")).write_text(text, encoding="utf-8")
        self.expect_refused("upcasters")

    def test_refuses_a_file_of_another_name(self):
        (self.schemas / "inventory/held.json").write_text("{}", encoding="utf-8")
        self.expect_refused("held.json", "<Name>.command.v1.json")

    def test_refuses_a_schema_that_names_itself_otherwise(self):
        self.change(HELD, lambda schema: schema.update(title="Held"))
        self.expect_refused(HELD, '"title" must be "StockHeld"')
        self.change(HELD, lambda schema: schema.update({"title": "StockHeld", "$id": "/other"}))
        self.expect_refused(HELD, '"$id" must be')

    def test_refuses_a_message_without_a_description(self):
        self.change(HELD, lambda schema: schema.pop("description"))
        self.expect_refused(HELD, "has no description")

    def test_refuses_text_that_is_not_json(self):
        (self.schemas / HELD).write_text("{", encoding="utf-8")
        self.expect_refused(HELD, "cannot be read")


if __name__ == "__main__":
    unittest.main()
