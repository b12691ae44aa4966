"""`python scripts/measure.py [TREE]`: how big the house is, and how far one has to walk in it.

Prints, for a tree of this project (this one when none is given): loose files in a folder, floors
(the longest chain of imports between modules, circles counted as one floor), imports of our own a
module, lines of modules and functions (median / 90th percentile / most), comments and docstrings,
and lines of product code by language, without blanks and comments. Reads files only.
"""

import ast
import io
import statistics
import sys
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PRODUCT = ("accounts", "api", "clients", "dashboard", "scheduler", "slotwatch")
OTHERS = ("templates",)


def main() -> None:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    sources = {name_of(path, root): path.read_text() for path in product(root, ".py")}
    trees = {name: ast.parse(source) for name, source in sources.items()}
    imports = {name: set(imported(name, tree, sources)) for name, tree in trees.items()}
    lengths = [len(source.splitlines()) for source in sources.values() if source.strip()]
    functions = [length(node) for tree in trees.values() for node in functions_of(tree)]
    code = {name: code_lines(source, trees[name]) for name, source in sources.items()}
    commented = sum(map(comment_lines, sources.values()))
    total = sum(lengths)
    loose = loose_files(root)
    worst = max(imports, key=lambda name: len(imports[name]))
    print(f"modules      {len(lengths):6,}   lines {three(lengths)}")
    print(f"functions    {len(functions):6,}   lines {three(functions)}")
    print(f"loose files  {loose[0][1]:6,}   most in {loose[0][0]}; then", *map(said, loose[1:4]))
    print(f"floors       {floors(imports):6,}   longest chain of imports")
    print(f"own imports  {len(imports[worst]):6,}   most, in {worst}; ", end="")
    print(f"{sum(len(each) > 16 for each in imports.values())} modules above 16")
    print(f"comments     {commented / total:6.1%}   lines with a comment, docstrings not counted")
    languages = {"Python": sum(code.values())}
    for language, suffix in (("JavaScript", ".js"), ("CSS", ".css"), ("HTML", ".html")):
        languages[language] = sum(plain_lines(path) for path in product(root, suffix))
    for language, lines in (*languages.items(), ("all product", sum(languages.values()))):
        print(f"{language:12} {lines:6,}   lines without blanks and comments")


def product(root: Path, suffix: str) -> Iterator[Path]:
    for top in (*PRODUCT, *OTHERS):
        for path in sorted((root / top).rglob(f"*{suffix}")):
            parts = path.relative_to(root).parts
            if not {"migrations", "tests", "__pycache__"} & set(parts):
                yield path


def name_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(name: str, tree: ast.Module, known: dict[str, str]) -> Iterator[str]:
    """Modules of ours that this one imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names: Iterable[str] = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for each in names:
            found = each if each in known else each.rpartition(".")[0]
            if found in known and found != name:
                yield found


def floors(imports: dict[str, set[str]]) -> int:
    """The longest chain of imports, in modules. A circle is one floor: its members are merged."""
    sys.setrecursionlimit(10_000)
    group = circles(imports)
    above: dict[int, set[int]] = {}
    for name, names in imports.items():
        above.setdefault(group[name], set()).update(group[each] for each in names)

    @cache
    def height(number: int) -> int:
        return 1 + max((height(each) for each in above[number] - {number}), default=0)

    return max(map(height, above))


def circles(imports: dict[str, set[str]]) -> dict[str, int]:
    """A number a module; modules that import each other have the same one (Tarjan)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    group: dict[str, int] = {}

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for each in sorted(imports[name]):
            if each not in order:
                visit(each)
                low[name] = min(low[name], low[each])
            elif each not in group:
                low[name] = min(low[name], order[each])
        if low[name] == order[name]:
            while True:
                member = stack.pop()
                group[member] = order[name]
                if member == name:
                    break

    for name in imports:
        if name not in order:
            visit(name)
    return group


def loose_files(root: Path) -> list[tuple[str, int]]:
    """Modules by folder, the fullest first."""
    counts: dict[str, int] = {}
    for path in product(root, ".py"):
        if path.name != "__init__.py":
            folder = str(path.parent.relative_to(root))
            counts[folder] = counts.get(folder, 0) + 1
    return sorted(counts.items(), key=lambda each: -each[1])


def functions_of(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def comment_lines(source: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})


def code_lines(source: str, tree: ast.Module) -> int:
    """Lines with anything but blanks, comments and docstrings."""
    docstrings: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
            and isinstance(body[0].value.value, str)
        ):
            docstrings.update(range(body[0].lineno, (body[0].end_lineno or 0) + 1))
    ignored = {
        *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
        *(tokenize.ENDMARKER, tokenize.ENCODING),
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in ignored:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings)


def plain_lines(path: Path) -> int:
    """Lines of a file that is not Python: none that are blank or begin a comment."""
    count, inside = 0, False
    for line in map(str.strip, path.read_text().splitlines()):
        is_comment = inside or line.startswith(("//", "/*", "{#", "<!--", "{% comment"))
        opens = line.startswith(("/*", "{% comment"))
        inside = (inside or opens) and not line.endswith(("*/", "endcomment %}"))
        count += bool(line) and not is_comment
    return count


def three(numbers: list[int]) -> str:
    return (
        f"{statistics.median(numbers):.0f} / {statistics.quantiles(numbers, n=10)[-1]:.0f} / "
        f"{max(numbers):,} (median / p90 / most)"
    )


def said(folder: tuple[str, int]) -> str:
    return f"{folder[0]} {folder[1]},"


if __name__ == "__main__":
    main()
