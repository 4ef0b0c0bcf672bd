# What a board says of itself.


def main():
    import gc
    import os
    import sys

    gc.collect()
    print("heapFree", gc.mem_free())
    print("heapUsed", gc.mem_alloc())
    implementation = getattr(sys, "implementation", ("", ()))
    print("implementation", implementation[0])
    print("version", ".".join(str(part) for part in implementation[1] if part != ""))
    print("bytecode", getattr(implementation, "_mpy", 0) & 255)
    print("machine", getattr(implementation, "_machine", ""))
    print("platform", sys.platform)
    print("firmware", sys.version)
    if hasattr(os, "uname"):
        print("uname", os.uname()[4])
        print("release", os.uname()[3])
    try:
        from machine import unique_id

        print("uniqueID", "".join("%02x" % n for n in unique_id()))
    except ImportError:
        pass
    try:
        size = os.statvfs(os.getcwd())
        print("flashFree", size[0] * size[3])
        print("flashSize", size[1] * size[2])
    except (AttributeError, OSError):
        pass
    try:
        print("modules")
        help("modules")
    except NameError:
        pass
