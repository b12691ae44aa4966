from pathlib import Path

import pytest

from bench.growth_tables import Curve, Growth, as_markdown, as_text, write_into

SIZES = (10, 100, 1_000, 10_000)


@pytest.mark.parametrize(
    ("costs", "exponent"),
    [
        ((5, 5, 5, 5), 0.0),
        # What every page costs is left out with the smallest size.
        ((7, 1, 10, 100), 1.0),
        ((1, 2, 200, 20_000), 2.0),
    ],
)
def test_an_exponent_is_the_slope_over_the_upper_half(
    costs: tuple[float, ...], exponent: float
) -> None:
    assert Curve("live", SIZES, costs).exponent == pytest.approx(exponent)


@pytest.mark.parametrize(("worst", "is_held"), [(100, True), (160, False)])
def test_what_grows_faster_than_linear_is_missed(worst: float, is_held: bool) -> None:
    held, other = Curve("live", SIZES, (1, 1, 1, 1)), Curve("runners", SIZES, (1, 1, 10, worst))
    growth = Growth(name="runners", sizes=SIZES, null_seconds=(0.002,) * 4, curves=(held, other))

    assert growth.is_held is is_held
    assert [line.endswith("missed") for line in as_text(growth).splitlines()] == [
        *(False, False, False, not is_held),
    ]


def test_a_table_says_sizes_costs_exponent_and_chart() -> None:
    curve = Curve("live", (10, 100), (1.0, 2_000.0))
    growth = Growth(name="runners", sizes=(10, 100), null_seconds=(0.002, 0.0025), curves=(curve,))

    assert as_markdown(growth).splitlines() == [
        "| over runners | 10 | 100 | exponent |  |",
        "|---|---:|---:|---:|---|",
        "| null view, ms | 2.00 | 2.50 |  |  |",
        "| live | 1.0 × | 2,000.0 × | 3.30 | ▁█ |",
    ]


def test_requests_are_told_a_second_too() -> None:
    curve = Curve("polls", (1, 100), (2.0, 250.0))
    growth = Growth(
        name="tabs", sizes=(1, 100), null_seconds=(0.002, 0.002), curves=(curve,), rate="polls"
    )

    # 1 in 2 null views of 2 ms, and 100 in 250 of them.
    assert list(growth.rows)[-1] == ("polls a second", "250", "200", "", "")


def test_tables_replace_those_of_their_own_database(tmp_path: Path) -> None:
    doc = tmp_path / "performance.md"
    marks = "<!-- begin of growth on {0} -->\n\n{1}\n<!-- end of growth on {0} -->\n"
    both = marks + "between\n" + marks.replace("0", "2").replace("1", "3")
    doc.write_text(both.format("sqlite", "old", "postgresql", "kept"))

    write_into(doc, "sqlite", "new")

    assert doc.read_text() == both.format("sqlite", "new", "postgresql", "kept")


def test_a_file_without_marks_is_left_alone(tmp_path: Path) -> None:
    doc = tmp_path / "README.md"
    doc.write_text("no marks")

    with pytest.raises(SystemExit, match="begin of growth on sqlite"):
        write_into(doc, "sqlite", "new")

    assert doc.read_text() == "no marks"
