"""What a provider's SDK says about its types: properties, their kinds, which are required, which are secret.

Read from the source text of the installed SDK (`pulumi_gcp`, `pulumi_cloudflare`), a type at a time and without
importing it: the classes are generated and regular, and importing them takes a second and more than a hundred
megabytes. Replacement, defaults and enumerations are not in it; those are the tables of `facts.py`.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from regionctl.model.errors import RegionctlError


class Kind(StrEnum):
    """What a property holds. An object has fields; a list or map has an element kind."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    LIST = "list"
    MAP = "map"
    ASSET = "asset"
    ANY = "any"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The kind of a value, with the element of a list or map and the SDK class of an object."""

    kind: Kind
    element: Shape | None = None
    class_name: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} of {self.element}" if self.element else str(self.kind)


@dataclass(frozen=True, kw_only=True)
class Property:
    name: str
    shape: Shape
    required: bool


@dataclass(frozen=True, kw_only=True)
class TypeSchema:
    """One resource type. `outputs` holds inputs too: every property that the resource has afterwards."""

    token: str
    service: str  # the SDK's sub-package: sql
    inputs: Mapping[str, Property]
    outputs: Mapping[str, Property]
    secrets: frozenset[str]  # outputs that the SDK always marks as secret
    package: SdkPackage = field(repr=False)

    def fields(self, shape: Shape) -> Mapping[str, Property]:
        """The properties of an object, empty where the SDK has no class for it."""
        return self.package.fields(self.service, shape.class_name) if shape.class_name else {}

    @property
    def collection(self) -> str:
        """The type's own word in its token: `databaseInstance`."""
        return collection_of(self.token)

    @property
    def output_only(self) -> tuple[str, ...]:
        return tuple(name for name in self.outputs if name not in self.inputs)


@dataclass(frozen=True, kw_only=True)
class FunctionSchema:
    """One function of a provider, which asks a cloud. `answer`: what it gives, its arguments among it."""

    token: str
    service: str
    answer: Mapping[str, Property]
    package: SdkPackage = field(repr=False)

    def fields(self, shape: Shape) -> Mapping[str, Property]:
        """The properties of an object, empty where the SDK has no class for it."""
        return self.package.fields(self.service, shape.class_name) if shape.class_name else {}

    @property
    def asked(self) -> str:
        """What its name asks for: `gcp:compute/getNetwork:getNetwork` -> `network`."""
        name = self.token.rpartition(":")[2].removeprefix("get")
        return name[:1].lower() + name[1:]


class UnknownType(RegionctlError):
    """A type token that the installed SDK does not have."""

    def __init__(self, token: str, package: str, version: str) -> None:
        super().__init__(f"unknown resource type {token!r} in {package} {version}")
        self.token = token


# `mod`, `fqn` and `classes` of the SDK's registration table, in its generated __init__.py.
_MODULE = re.compile(r'"fqn":\s*"([\w.]+)",\s*"classes":\s*\{([^}]*)\}')
_CLASS = re.compile(r'"([\w/:-]+)":\s*"(\w+)"')
_GETTER = re.compile(
    r'    @pulumi\.getter(?:\(name="(\w+)"\))?\n(?:    @[^\n]*\n)*    def (\w+)\(self\) -> ([^\n]+):\n'
)
_SECRETS = re.compile(r"additional_secret_outputs=\[([^\]]*)\]")
_SCALARS = {
    "_builtins.str": Kind.STRING,
    "str": Kind.STRING,
    "_builtins.int": Kind.INTEGER,
    "_builtins.float": Kind.NUMBER,
    "_builtins.bool": Kind.BOOLEAN,
}


class SdkPackage:
    """An installed provider SDK. `provider` is the first part of its type tokens: `gcp`."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.module = f"pulumi_{provider}"
        spec = importlib.util.find_spec(self.module)
        if spec is None or not spec.submodule_search_locations:
            raise RegionctlError(f"{self.module} is not installed", hint="run `make up` in the checkout")
        self._root = Path(spec.submodule_search_locations[0])
        self.version: str = json.loads((self._root / "pulumi-plugin.json").read_text())["version"]
        self._types: dict[str, tuple[str, str]] | None = None
        self._texts: dict[Path, str] = {}
        self._schemas: dict[str, TypeSchema] = {}
        self._fields: dict[tuple[str, str], Mapping[str, Property]] = {}

    @property
    def types(self) -> Mapping[str, tuple[str, str]]:
        """Every type token, with the SDK's sub-package and class."""
        if self._types is None:
            text = (self._root / "__init__.py").read_text()
            self._types = {
                token: (module.removeprefix(self.module).lstrip("."), name)
                for module, classes in _MODULE.findall(text)
                for token, name in _CLASS.findall(classes)
            }
        return self._types

    def schema(self, token: str) -> TypeSchema:
        """The schema of one type. Raises UnknownType."""
        found = self._schemas.get(token)
        if found is None:
            found = self._schemas[token] = self._load(token)
        return found

    def function(self, token: str) -> FunctionSchema | None:
        """The schema of a function, None where the SDK has none of the token."""
        module, _, name = token.partition(":")[2].partition(":")
        service = module.partition("/")[0]
        folder = self._root / ("" if service == "index" else service)
        likely = folder / f"{_snake(name)}.py"
        called = re.compile(rf"pulumi\.runtime\.invoke\('{re.escape(token)}'.*typ=(\w+)\)")
        for path in (likely, *sorted(folder.glob("get_*.py"))):
            text = path.read_text() if path.exists() else ""
            found = called.search(text)
            if found:
                answer = _getters(_class_body(text, found[1]))
                return FunctionSchema(
                    token=token, service=folder.name if service != "index" else "", answer=answer, package=self
                )
        return None

    def fields(self, service: str, class_name: str) -> Mapping[str, Property]:
        key = (service, class_name)
        if key not in self._fields:
            file = "outputs.py" if class_name.startswith("outputs.") else "_inputs.py"
            text = self._text(self._root / service / file)
            self._fields[key] = _getters(_class_body(text, class_name.removeprefix("outputs.")))
        return self._fields[key]

    def _load(self, token: str) -> TypeSchema:
        if token not in self.types:
            raise UnknownType(token, self.module, self.version)
        service, name = self.types[token]
        text = self._module_of(service, name)
        body = _class_body(text, name)
        secrets = _SECRETS.search(body)
        return TypeSchema(
            token=token,
            service=service,
            # InitArgs where a nested type has the plain name already.
            inputs=_getters(_class_body(text, f"{name}Args") or _class_body(text, f"{name}InitArgs")),
            outputs=_getters(body),
            secrets=frozenset(re.findall(r'"(\w+)"', secrets.group(1))) if secrets else frozenset(),
            package=self,
        )

    def _module_of(self, service: str, name: str) -> str:
        folder = self._root / service
        likely = folder / f"{_snake(name)}.py"
        others = (path for path in sorted(folder.glob("*.py")) if path != likely)
        for path in (likely, *others):
            text = path.read_text() if path.exists() else ""
            if f"\nclass {name}(pulumi.CustomResource):" in text:
                return text
        raise UnknownType(name, self.module, self.version)

    def _text(self, path: Path) -> str:
        if path not in self._texts:
            self._texts[path] = path.read_text() if path.exists() else ""
        return self._texts[path]


@cache
def package(provider: str) -> SdkPackage:
    """The installed SDK of a provider, read once a process."""
    return SdkPackage(provider)


def type_schema(token: str) -> TypeSchema:
    """The schema of a type of any installed provider. Raises UnknownType."""
    return package(token.partition(":")[0]).schema(token)


def inputs(token: str) -> Mapping[str, Kind]:
    """The kind of every input of a type. Raises UnknownType."""
    return {name: prop.shape.kind for name, prop in type_schema(token).inputs.items()}


def outputs(token: str) -> Mapping[str, Kind]:
    """The kind of every property of a type after it is made, inputs among them. Raises UnknownType."""
    return {name: prop.shape.kind for name, prop in type_schema(token).outputs.items()}


def collection_of(token: str) -> str:
    """`gcp:sql/databaseInstance:DatabaseInstance` -> `databaseInstance`."""
    return token.partition("/")[2].partition(":")[0]


def _snake(name: str) -> str:
    """`IAMMember` -> `iam_member`, as the SDK names its files."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _class_body(text: str, name: str) -> str:
    start = text.find(f"\nclass {name}(")
    if start < 0:
        start = text.find(f"\nclass {name}:")
    if start < 0:
        return ""
    end = re.compile(r"\n(?=@|class |if )").search(text, start + 1)
    return text[start : end.start() if end else len(text)]


def _getters(body: str) -> dict[str, Property]:
    found = {}
    for wire_name, name, annotation in _GETTER.findall(body):
        inner = _unwrap(annotation, "pulumi.Input", "pulumi.Output")
        bare = _unwrap(inner, "Optional")
        key = wire_name or name
        found[key] = Property(name=key, shape=_shape(bare), required=bare == inner)
    return found


def _unwrap(annotation: str, *wrappers: str) -> str:
    for wrapper in wrappers:
        if annotation.startswith(f"{wrapper}["):
            return annotation[len(wrapper) + 1 : -1]
    return annotation


def _shape(annotation: str) -> Shape:
    bare = _unwrap(_unwrap(_unwrap(annotation, "pulumi.Input"), "Optional"), "pulumi.Input")
    if bare in _SCALARS:
        return Shape(kind=_SCALARS[bare])
    if bare.startswith("Sequence["):
        return Shape(kind=Kind.LIST, element=_shape(bare[len("Sequence[") : -1]))
    if bare.startswith("Mapping[str, "):
        return Shape(kind=Kind.MAP, element=_shape(bare[len("Mapping[str, ") : -1]))
    if bare.startswith("'"):
        return Shape(kind=Kind.OBJECT, class_name=bare.strip("'"))
    if "pulumi.Asset" in bare or "pulumi.Archive" in bare:
        return Shape(kind=Kind.ASSET)
    return Shape(kind=Kind.ANY)
