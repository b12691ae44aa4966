import pytest

# What they assert is told in full, as in a test module.
pytest.register_assert_rewrite("tests.simulation.proof")
