"""For all tests: Ctrl-C works, no example has a deadline, and __main__ stays the process's own."""

import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

if threading.current_thread() is threading.main_thread():
    # Also where a background job was started with it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

LONG = {"browser", "slow"}  # marks of tests that take seconds, not milliseconds

# A busy machine is no failure.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """A file's tests stay together, with what they share, and files go in the order given."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shared out, long files go first: nobody waits at the end for one that came last."""
    if hasattr(config, "workerinput"):
        long = Counter(i.path for i in items if {m.name for m in i.iter_markers()} & LONG)
        items.sort(key=lambda item: -long[item.path])


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
