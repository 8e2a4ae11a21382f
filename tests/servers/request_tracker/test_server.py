from pathlib import Path

import pytest

from tests.servers.request_tracker.server import require_request_tracker

NOWHERE = Path("/nowhere/rt-server")


def test_on_a_laptop_without_rt_the_tests_are_skipped_with_a_printed_reason(capsys):
    with pytest.raises(pytest.skip.Exception, match="apt-get install -y request-tracker5"):
        require_request_tracker(needed=[NOWHERE], in_ci=False)
    assert str(NOWHERE) in capsys.readouterr().out


def test_in_ci_without_rt_the_tests_fail():
    with pytest.raises(pytest.fail.Exception, match="not installed"):
        require_request_tracker(needed=[NOWHERE], in_ci=True)


def test_with_rt_there_is_nothing_to_say(capsys):
    require_request_tracker(needed=[Path(__file__)], in_ci=True)
    assert capsys.readouterr().out == ""
