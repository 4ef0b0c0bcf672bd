# What an installation has to know: where modules are looked for, and what the board can.


def main():
    import os
    import sys

    root = os.getcwd().rstrip("/") if hasattr(os, "getcwd") else ""
    for path in getattr(sys, "path", ()):
        if path == "lib" or path == root + "/lib":
            print("lib")
    try:
        memoryview
        print("memoryview")
    except NameError:
        pass
    try:
        execfile
        print("execfile")
    except NameError:
        pass
    for name in "asyncio", "uasyncio":
        try:
            __import__(name)
            print("asyncio")
            break
        except ImportError:
            pass
    if hasattr(os, "getenv"):
        print("hosted")
    print("bytecode", getattr(getattr(sys, "implementation", 0), "_mpy", 0) & 255)
