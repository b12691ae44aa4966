from dataclasses import replace

import pytest

from scheduler.core.judging.prior_runs import PriorRun, prior_run
from tests.core.build import execution, refusal


@pytest.mark.parametrize(
    ("detail", "run_id", "runner_id"),
    [
        ("run-7 runner:host-3:812", "run-7", "host-3:812"),
        ("a run of words runner:b c", "a run of words", "b c"),
        ("x runner:y runner:z", "x", "y runner:z"),
        ("run-7", "run-7", ""),
    ],
)
def test_the_reason_names_the_run_and_its_runner(detail: str, run_id: str, runner_id: str) -> None:
    row = replace(refusal("b", 5, reason="prior_running"), reason_detail=detail)

    assert prior_run(row) == PriorRun(run_id=run_id, runner_id=runner_id)


@pytest.mark.parametrize(
    "row",
    [
        replace(refusal("b", 5, reason="late_start"), reason_detail="run-7 runner:a"),
        refusal("b", 5, reason="prior_running"),
        replace(execution("b", 5, 6), reason="prior_running", reason_detail="run-7 runner:a"),
    ],
)
def test_no_other_attempt_met_a_run(row) -> None:
    assert prior_run(row) is None
