# A file system with directories.

import os


def look(path):
    # Whether it is a directory, and its size; None when nothing is there.
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status[0] & 0x4000, status[6]


def entries(path):
    for entry in os.ilistdir(path):
        name = path + "/" + entry[0] if path else entry[0]
        yield name, entry[1] & 0x4000, entry[3] if len(entry) > 3 else (look(name) or (0, 0))[1]


def room(path):
    # Bytes that are free.
    status = os.statvfs(path or ".")
    return status[0] * status[3]


def discard(path):
    try:
        os.remove(path)
    except OSError:
        pass


def replace(path, new):
    try:
        os.rename(new, path)
    except OSError as e:
        if e.args[0] != 17:  # EEXIST
            raise
        os.remove(path)
        os.rename(new, path)
