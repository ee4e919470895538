import subprocess
import sys

import pytest

# A thread's, as XLA's are: 20 times 40 MB, written to and let go (numpy would ask for large pages). Prints the
# pages that the kernel handed out for the last 10.
PIECES = """
import resource, sys, threading
from hush_training import memory
if sys.argv[1] == "keep":
    assert memory.keep()
def work():
    for i in range(20):
        if i == 10:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        bytearray(40 << 20)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def pages(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", PIECES, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_memory_that_was_let_go_is_not_asked_of_the_kernel_again():
    lost = pages("lose")
    assert lost > 1000, "without it every piece is new, or this test says nothing"
    assert pages("keep") < lost / 50
