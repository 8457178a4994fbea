"""Every answer to a broad sample of requests keeps OpenWhisk's own description of its API.

`openwhisk_schemas.json` says what the description promises, `KNOWN_ERRORS` where the code of Apache's
controller answers otherwise: there the standalone runtime follows the code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.contract.traffic import Exchange

CONTRACT = json.loads(Path(__file__).with_name("openwhisk_schemas.json").read_text())
# "operation status place", and why Apache's controller (sources in core/controller) answers so.
KNOWN_ERRORS = {
    r".* 405 .*": "Methods that a path does not have are not described (ApiUtils.scala).",
    r".* 401 no such operation": "Who calls is asked before what for (RestAPIs.scala).",
    r".* 403 no such status": "A foreign namespace is 403 everywhere, listed only for actions and packages.",
    r"(GET|DELETE) /(triggers|rules)/{name} 409 .*": "The name may be another collection's (ApiUtils.scala).",
    r"GET .* 400 no such status": "Query parameters and ids may be malformed (RestAPIs.scala).",
    r"POST .* (400|413) no such status": "Payloads may be no object, or too large (Actions.scala).",
    r"PUT /actions/{package}/{name} 404 .*": "The package may be missing (Actions.scala).",
    r"GET /(actions|triggers|rules|packages|activations) 200 body": "With `count` a list is an object.",
    r"GET /actions/{package}/ 200 no such operation": "The list of a package's actions is not described.",
    r".* 200 exec/kind": "The enumeration of kinds ends at nodejs:20.",
    r"GET /activations 200 \*": "With `docs` the list holds whole records.",
    r"GET /actions/{package}/{name} 200 body": "An action read through a binding without its code names it.",
    r"GET /packages 200 \*/binding": "In lists `binding` is false where there is none (Packages.scala).",
}
# What no healthy server answers, or what Apache's controller answers otherwise.
UNREACHED = {
    r".* 500": "an error inside the server",
    r"POST .* 408": "no path of the controller returns it",
    r"POST .* 429": "see tests/standalone/test_throttles.py",
    r"POST /rules/{name} 202": "the controller answers 200",
    r"PUT /rules/{name} 404": "the controller answers 400",
    r"GET /packages 403": "a foreign namespace shows its published packages",
    r"DELETE /actions/{package}/{name} 409": "the name of another collection, which packages do not have",
    r"DELETE /actions/{name} 400": "only through a binding, which needs a package",
}


def strict(schemas: dict[str, Any]) -> dict[str, Any]:
    """The same schemas without room for fields that they do not name."""
    open_ended = {"Entity", "KeyValues", "TriggerLimits"}
    closed = {"unevaluatedProperties": False}
    return {name: schema if name in open_ended else {**schema, **closed} for name, schema in schemas.items()}


def schema_of(name: str) -> dict[str, Any]:
    """The schema of `Action`, `string`, or a list of them (`Action[]`)."""
    plain = name.removesuffix("[]")
    one = {"type": "string"} if plain == "string" else {"$ref": f"#/$defs/{plain}"}
    return {"$defs": strict(CONTRACT["$defs"]), **({"type": "array", "items": one} if plain != name else one)}


def breaches_of(exchange: Exchange) -> Iterator[str]:
    """What an answer has against the contract: "operation status place"."""
    status = str(exchange.answer.status_code)
    where = f"{exchange.operation} {status}"
    promised = CONTRACT["operations"].get(exchange.operation)
    if promised is None:
        yield f"{where} no such operation"
    elif status not in promised:
        yield f"{where} no such status"
    elif promised[status]:
        for error in Draft202012Validator(schema_of(promised[status])).iter_errors(exchange.body):
            place = "/".join("*" if isinstance(step, int) else str(step) for step in error.absolute_path)
            yield f"{where} {place or 'body'}"


@pytest.fixture(scope="module")
def breaches(exchanges: list[Exchange]) -> list[str]:
    return sorted({breach for exchange in exchanges for breach in breaches_of(exchange)})


def matches(patterns: Iterable[str], text: str) -> bool:
    return any(re.fullmatch(pattern, text) for pattern in patterns)


def test_answers_keep_the_contract_but_for_its_known_errors(breaches: list[str]) -> None:
    assert [one for one in breaches if not matches(KNOWN_ERRORS, one)] == []


@pytest.mark.parametrize("known", KNOWN_ERRORS)
def test_a_known_error_of_the_contract_is_still_one(breaches: list[str], known: str) -> None:
    assert any(re.fullmatch(known, one) for one in breaches)


def test_every_operation_and_every_promised_status_is_met(exchanges: list[Exchange]) -> None:
    seen = {f"{exchange.operation} {exchange.answer.status_code}" for exchange in exchanges}
    promised = {f"{name} {status}" for name, answers in CONTRACT["operations"].items() for status in answers}
    assert [one for one in sorted(promised - seen) if not matches(UNREACHED, one)] == []
