"""For all tests: Ctrl-C works, also where a background job was started with it ignored."""

import signal
import threading

if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
