"""Memory that XLA frees after a step stays with the process.

glibc gives pieces of 128 kB and more back to the kernel, which hands them out anew a page at a time and zeroes each.
A step that asks DNSMOS frees and takes back half a gigabyte: a third of its time was the kernel's.
"""

from __future__ import annotations

import ctypes

# glibc's malloc.h.
TRIM_THRESHOLD, MMAP_MAX, ARENA_MAX = -1, -4, -8


def keep() -> bool:
    """For the whole process, from now on; whether the C library could. To be called before there are threads, as
    pieces of another arena than the first are small, or mapped."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl, macOS
        return False
    return all([mallopt(ARENA_MAX, 1), mallopt(MMAP_MAX, 0), mallopt(TRIM_THRESHOLD, -1)])
