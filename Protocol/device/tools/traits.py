# What the host has to know of a board before it can choose among these tools. Paths are from the start of the
# file system: a program may have left another working directory. A hosted MicroPython starts where it is.


def main():
    import gc
    import os
    import sys

    try:
        if not hasattr(os, "getenv") and os.statvfs("/")[0]:
            os.chdir("/")
    except (AttributeError, OSError):
        pass
    if hasattr(sys, "stdin") and hasattr(sys.stdin, "buffer"):
        print("stdin")
    try:
        from binascii import crc32

        print("crc32")
    except ImportError:
        pass
    if hasattr(os, "ilistdir") and hasattr(os, "rename"):
        print("directories")
    try:
        compile
        print("compile")
    except NameError:
        pass
    try:
        from microbit import uart

        print("microbit")
    except ImportError:
        pass
    gc.collect()
    print(gc.mem_free() + gc.mem_alloc())
