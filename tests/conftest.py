"""For all tests: Ctrl-C works, no example has a deadline, and __main__ stays the process's own."""

import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

if threading.current_thread() is threading.main_thread():
    # Also where a background job was started with it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no failure.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """AppTest leaves its script as __main__, which a spawned process would run again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A real Dask scheduler with two worker processes, on loopback."""
    distributed = pytest.importorskip("distributed")
    from ae_core import jobs

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
        dashboard_address=None, memory_limit=0,
    ) as cluster:  # fmt: skip
        yield cluster
        while jobs._clients:
            jobs._clients.popitem()[1].close()


@pytest.fixture
def engine(cluster: Any) -> str:
    """Its address, as settings name it."""
    return f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
