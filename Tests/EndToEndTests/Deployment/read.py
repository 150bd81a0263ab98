#!/usr/bin/env python3
"""Reads YAML strictly, compares it with the schema of its kind, and prints it as JSON.

Usage: read.py compose FILE | read.py kubernetes VERSION FILE... | read.py custom SCHEMAS FILE...

compose     one file, by the compose specification's schema
kubernetes  any number of files of any number of documents, each by the strict schema of its kind: a list of them is printed
custom      the same for kinds that are not Kubernetes' own, by a file that holds a schema for the spec of each

Its packages are those that tools/test fetches. Exit codes: 0 everything fits, 1 something does not, and standard error says what.
"""
import importlib.util
import json
import os
import re
import sys

import jsonschema
import referencing
import yaml


class Loader(yaml.SafeLoader):
    """A key that stands twice is an error, as it is for who reads the file in earnest."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


# Kubernetes and compose read `on` and `yes` as text, YAML 1.1 does not: whoever writes them means a text.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def folder(package):
    """Where a package lies whose files are wanted, and nothing else of it."""
    return importlib.util.find_spec(package).submodule_search_locations[0]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def kubernetes_schema(version, document, schemas):
    group = document["apiVersion"].split("/")
    group[0] = group[0].split(".")[0]
    path = os.path.join(schemas, "-".join([document["kind"].lower(), *group]) + ".json")
    if not os.path.exists(path):
        raise ValueError(f"Kubernetes {version} knows no {document['kind']} of {document['apiVersion']}")
    return load(path)


def custom_schema(document, schemas):
    kind = f"{document['apiVersion']} {document['kind']}"
    if kind not in schemas["kinds"]:
        raise ValueError(f"there is no schema for {kind}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": schemas["$defs"], "type": "object",
        "additionalProperties": False, "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {"apiVersion": {}, "kind": {}, "metadata": {"$ref": "#/$defs/metadata"}, "spec": schemas["kinds"][kind]},
    }


def documents(path):
    with open(path, encoding="utf-8") as file:
        return [document for document in yaml.load_all(file, Loader) if document is not None]


def problems(path, document, schema, *others):
    registry = referencing.Registry()
    for other in others:
        registry = referencing.Resource.from_contents(other) @ registry
    validator = jsonschema.validators.validator_for(schema)(schema, registry=registry)
    for error in validator.iter_errors(document):
        yield f"{path}: {'.'.join(map(str, error.absolute_path))}: {error.message[:400]}"


def main():
    found = []
    if sys.argv[1] == "compose":
        path = sys.argv[2]
        with open(path, encoding="utf-8") as file:
            result = yaml.load(file, Loader)
        found += problems(path, result, load(os.path.join(folder("check_jsonschema"), "builtin_schemas/vendor/compose-spec.json")))
    elif sys.argv[1] == "custom":
        schemas = load(sys.argv[2])
        result = []
        for path in sys.argv[3:]:
            for document in documents(path):
                found += problems(path, document, custom_schema(document, schemas))
                result.append(document)
    else:
        version = sys.argv[2]
        schemas = os.path.join(folder("kubernetes_validate"), f"kubernetes-json-schema/v{version}-local-strict")
        definitions = load(os.path.join(schemas, "_definitions.json"))
        result = []
        for path in sys.argv[3:]:
            for document in documents(path):
                schema = kubernetes_schema(version, document, schemas)
                found += problems(path, document, schema, schema, definitions)
                result.append(document)
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        sys.exit(1)
    json.dump(result, sys.stdout)


try:
    main()
except (yaml.YAMLError, ValueError) as error:
    print(error, file=sys.stderr)
    sys.exit(1)
