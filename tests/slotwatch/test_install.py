from pathlib import Path

from tests.slotwatch.machine import Run, executable


def installs(project: Path) -> list[str]:
    """The requirement files that were installed since the last time this was asked."""
    calls = (project / "calls").read_text().splitlines()
    (project / "calls").write_text("")
    return [call.split("/")[-1] for call in calls if call.startswith("-m pip install")]


def test_a_second_install_does_nothing(run: Run, project: Path) -> None:
    assert run("install.sh", "base", project=project).returncode == 0
    assert installs(project) == ["base.txt"]

    assert run("install.sh", "base", project=project).stdout == ""
    assert installs(project) == []


def test_base_is_there_when_dev_is(run: Run, project: Path) -> None:
    run("install.sh", "dev", project=project)
    run("install.sh", "base", project=project)

    assert installs(project) == ["dev.txt"]


def test_changed_requirements_are_installed(run: Run, project: Path) -> None:
    run("install.sh", "base", project=project)
    (project / "requirements/base.txt").write_text("base==2\n")
    run("install.sh", "base", project=project)

    assert installs(project) == ["base.txt", "base.txt"]


def test_a_broken_venv_is_made_anew(run: Run, project: Path) -> None:
    run("install.sh", "base", project=project)
    executable(project / ".venv/bin/python", "#!/bin/sh\nexit 1\n")

    assert run("install.sh", "base", project=project).returncode == 0
    assert installs(project) == ["base.txt", "base.txt"]


def test_an_install_that_fails_is_tried_in_a_new_venv(run: Run, project: Path) -> None:
    run("install.sh", "base", project=project)
    (project / ".venv/left-over").touch()
    (project / "requirements/base.txt").write_text("base==2\n")
    (project / "refuse").touch()

    assert run("install.sh", "base", project=project).returncode == 0
    assert not (project / ".venv/left-over").exists()


def test_an_install_that_fails_from_the_start_is_a_failure(run: Run, project: Path) -> None:
    (project / "refuse").touch()

    assert run("install.sh", "base", project=project).returncode == 1
    assert not (project / ".venv/installed-base").exists()
