# Prints the heap that the import of a package takes; run by Tests/device/run --heap, a process a package.
# Held against the seed library's, measured in the same way: .mpy files of mpy-cross -O2 on the 64-bit unix
# port, with the modules that both use, or that are part of the firmware, imported before.

import asyncio
import binascii
import errno
import gc
import io
import os
import select
import socket
import struct
import sys
import time

import micropython

SEED = {"ahttpserver": 9408, "httpserver": 10880}
FILES = {
    "ahttpserver": ("boardlink", "ahttpserver"),
    "httpserver": ("boardlink", "httpserver"),
    "microdot": ("microdot",),
    "boardwalk_microdot": ("boardlink", "ahttpserver", "boardwalk_microdot.mpy"),
}
USED = asyncio, asyncio.core, binascii, errno, io, micropython, os, select, socket, struct, time
for name in ("create_task", "start_server", "wait_for", "Lock", "Event", "StreamReader"):
    getattr(asyncio, name)  # asyncio loads its parts when they are first asked for


def taken(package):
    if package == "boardwalk_microdot":
        __import__("microdot.sse")  # what its applications have in any case
    gc.collect()
    before = gc.mem_alloc()
    __import__(package)
    if package in SEED or package == "microdot":
        __import__(package + ".sse")
    gc.collect()
    return gc.mem_alloc() - before


def size(path):
    # The bytes of a .mpy file, or of all that are in a folder.
    if path.endswith(".mpy"):
        return os.stat(path)[6]
    return sum(os.stat(path + "/" + name)[6] for name in os.listdir(path))


package = sys.argv[1]
root = [path for path in sys.path if path.endswith("/mpy")][0]
heap = taken(package)
code = sum(size(root + "/" + name) for name in FILES.get(package, ("boardlink",)))
line = "%-18s %6d bytes of heap" % (package, heap)
if package in SEED:
    line += ", the seed's %6d (%+d)" % (SEED[package], heap - SEED[package])
print(line + "; %d bytes of .mpy" % code)
