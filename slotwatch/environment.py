"""Reads settings from environment variables and collects what is wrong with them.

Nothing here raises for a bad value: it is noted as a `Problem`, a safe value is used in its place,
and `slotwatch.checks` shows every problem at once. Which settings exist is `slotwatch.settings`'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slotwatch.private import is_shared, private_directory

SWITCH = {
    **dict.fromkeys(("on", "true", "yes", "1"), True),
    **dict.fromkeys(("off", "false", "no", "0"), False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A variable whose value can't be used: what was read, and what to write instead.

    `found` goes on where the variable's name ends ("is 'maybe'"); `code` is the system check's id
    without its prefix, such as ``E001``.
    """

    code: str
    variable: str
    found: str
    instead: str


@dataclass(slots=True, kw_only=True)
class Environment:
    """A view of environment variables that remembers the problems met while reading."""

    variables: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def text(self, variable: str, default: str = "") -> str:
        """The value without surrounding blanks; an empty value counts as not set."""
        return self.variables.get(variable, "").strip() or default

    def switch(self, variable: str, *, default: bool) -> bool:
        """``on`` or ``off`` (also true/false, yes/no, 1/0)."""
        value = self.text(variable).lower()
        if not value:
            return default
        if value not in SWITCH:
            self.wrong("E001", variable, instead="Write on or off.")
            return default
        return SWITCH[value]

    def choice(self, variable: str, choices: Sequence[str], *, default: str) -> str:
        """One of `choices`, whatever the case it is written in."""
        value = self.text(variable, default)
        for known in choices:
            if value.lower() == known.lower():
                return known
        self.wrong("E002", variable, instead=f"Write one of {', '.join(choices)}.")
        return default

    def words(self, variable: str, default: Sequence[str] = ()) -> list[str]:
        """A list with commas between its items."""
        items = [item.strip() for item in self.text(variable).split(",")]
        return [item for item in items if item] or list(default)

    def directory(self, variable: str, default: Path) -> Path:
        """A directory of ours alone that exists after this call, made if it wasn't there."""
        value = self.text(variable)
        path = Path(value).expanduser() if value else default
        # It would be another one for each directory that a process is started in.
        if not path.is_absolute():
            self.wrong("E003", variable, instead="Write an absolute path.")
            path = default
        # A directory of ours is closed to others, which would take /tmp away from everybody.
        if is_shared(path):
            self.wrong(
                "E003",
                variable,
                found=f"is {path}, which all users of this machine share",
                instead="Write the path of a directory for Slotwatch alone, such as "
                f"{path / 'slotwatch'}: it is made where it is missing.",
            )
            path = default
        try:
            private_directory(path)
        except OSError as error:
            self.wrong(
                "E003",
                variable,
                found=f"is {path} ({error.strerror})",
                instead="Write the path of a directory that this user may write to.",
            )
        return path

    def wrong(self, code: str, variable: str, *, instead: str, found: str | None = None) -> None:
        """Note a problem. Pass `found` where the value is secret or says too little."""
        if found is None:
            found = f"is {self.text(variable)!r}"
        self.problems.append(Problem(code=code, variable=variable, found=found, instead=instead))
