"""Checks an OpenAPI document, and answers against what it says of them.

Reads `{"document": …, "answers": [{"method", "path", "sent", "status", "headers", "body"}]}`, where a path is one of the
document's and what was sent is JSON or null, and prints what is wrong; nothing means nothing.
"""

import json
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator


def problems(document, answer):
    operation = document["paths"].get(answer["path"], {}).get(answer["method"].lower())
    if operation is None:
        yield "is not in the document"
        return
    response = operation["responses"].get(str(answer["status"]))
    if response is None:
        yield "may not end so"
        return
    yield from misfits(document, operation, answer)
    for name, header in response.get("headers", {}).items():
        if header.get("required") and name.lower() not in answer["headers"]:
            yield f"has no header {name}"
    content = response.get("content")
    if content is None:
        if answer["body"]:
            yield "has a body"
        return
    kind = answer["headers"].get("content-type", "")
    if kind not in content:
        yield f"is of type {kind!r}"
        return
    for error in errors(document, content[kind]["schema"], json.loads(answer["body"])):
        yield error.message


def misfits(document, operation, answer):
    """What fits is taken, and what does not is refused."""
    try:
        sent = json.loads(answer["sent"] or "")
    except ValueError:
        return
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    wrong = [error.message for error in errors(document, schema, sent)]
    if answer["status"] < 300 and wrong:
        yield f"though {wrong}"
    if answer["status"] == 400 and not wrong:
        yield "though it fits"


def errors(document, schema, value):
    # What the schema refers to stands in the document.
    return Draft202012Validator({**schema, "components": document["components"]}).iter_errors(value)


def main():
    asked = json.load(sys.stdin)
    document = asked["document"]
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        print("the document:", "/".join(map(str, error.absolute_path)), error.message)
    for answer in asked["answers"]:
        for problem in problems(document, answer):
            print(f"{answer['method']} {answer['path']}: {answer['status']} {problem}: {answer['body'][:500]}")


main()
