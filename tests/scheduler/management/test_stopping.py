import os
import signal

from scheduler.management.stopping import stop_signals


def test_nobody_asks_and_the_time_is_up():
    with stop_signals() as wait:
        assert wait(0.001) is False


def test_a_signal_before_the_wait_counts_and_goes_on_counting():
    with stop_signals(signal.SIGHUP) as wait:
        os.kill(os.getpid(), signal.SIGHUP)

        assert [wait(10), wait(10)] == [True, True]


def test_afterwards_signals_mean_what_they_meant_before():
    before = signal.getsignal(signal.SIGTERM)

    with stop_signals():
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before
