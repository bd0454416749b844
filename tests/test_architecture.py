"""The code reads in the order of docs/architecture.md: every import points to an earlier module."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("corpus", "indexer", "search_api")
STORY = re.findall(r"^\d+\. `([\w.]+)`", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE)
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
FOLDERS = {name for name, path in MODULES.items() if path.name == "__init__.py"}
HEAVY = {
    "torch": {
        "indexer.reference",
        "indexer.models",
        "indexer.adapted",
        "indexer.teaching",
        "indexer.asking",
    },
    "transformers": {"indexer.adapted"},
    "sentence_transformers": {"indexer.reference"},
    "faiss": {"indexer.dense"},
    "tantivy": {"indexer.lexical"},
    "onnxruntime": {"indexer.network"},
    "tokenizers": {"indexer.network"},
}


def imports(path: Path) -> list[str]:
    """Every module and name that a file imports, anywhere in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            names += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def test_story_lists_every_module_once() -> None:
    assert sorted(STORY) == sorted(MODULES.keys() - FOLDERS)


@pytest.mark.parametrize("module", STORY)
def test_imports_point_to_earlier_modules(module: str) -> None:
    own = [name for name in imports(MODULES[module]) if name in MODULES and name not in FOLDERS]
    assert not set(STORY[STORY.index(module) :]).intersection(own)


@pytest.mark.parametrize("module", MODULES)
def test_module_fits_in_one_sitting(module: str) -> None:
    assert len(MODULES[module].read_text().splitlines()) <= 300


@pytest.mark.parametrize("package", sorted(FOLDERS))
def test_package_init_is_a_docstring(package: str) -> None:
    assert len(ast.parse(MODULES[package].read_text()).body) <= 1


@pytest.mark.parametrize(("library", "homes"), HEAVY.items())
def test_a_heavy_library_stays_where_it_is(library: str, homes: set[str]) -> None:
    users = {
        module
        for module, path in MODULES.items()
        if any(name.split(".")[0] == library for name in imports(path))
    }
    assert users == homes


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_documented(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text())
    bare = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert ast.get_docstring(tree)
    assert not bare


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("corpus.records", {"numpy", "pydantic", "torch", "faiss", "onnxruntime", "fastapi"}),
        ("corpus.payers", {"numpy", "torch", "faiss", "onnxruntime", "fastapi"}),
        ("search_api.engine", {"torch", "sentence_transformers", "fastapi", "transformers"}),
        ("search_api.app", {"torch", "sentence_transformers", "transformers", "scipy"}),
    ],
)
def test_light_modules_stay_light(module: str, kept_out: set[str]) -> None:
    probe = f"import sys, {module}; print(*({kept_out!r} & sys.modules.keys()))"
    ran = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert ran.stdout.split() == []
