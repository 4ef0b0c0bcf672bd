# A file system without directories, that does not rename, and does not tell how much room it has.

import os


def look(path):
    return (0, os.size(path)) if path in os.listdir() else None


def entries(path):
    return [(name, 0, os.size(name)) for name in os.listdir()]


def room(path):
    return None


def discard(path):
    try:
        os.remove(path)
    except OSError:
        pass


def replace(path, new):
    try:
        with open(new, "rb") as source, open(path, "wb") as target:
            data = 1
            while data:
                data = source.read(64)
                target.write(data)
    except BaseException:
        discard(path)
        raise
    os.remove(new)
