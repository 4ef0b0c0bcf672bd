# Takes files, one after another. Needs line, crc, checksum and disk.
#
# The host sends pieces: two bytes with the length, and whether 03 and 10 are escaped, then so many bytes. It
# does so in blocks, each of which is acknowledged, so that it may send another one. The last of a piece is
# when all is dealt with: a board that writes to its flash may lose what comes in meanwhile.


def receive(block):
    a, b = take(2)
    left = a & 127 | (b & 63) << 7
    data = b""
    while left:
        n = min(left, block)
        data += take(n)
        left -= n
        if left:
            say(b".")
    if b & 64:
        data = data.replace(b"\x10C", b"\x03").replace(b"\x10P", b"\x10")
    return data


def store(path, size, crc, block):
    # Returns whether it came whole. Nothing is left behind when it fails.
    c = 0
    f = open(path, "wb")
    try:
        while size > 0:
            data = receive(block)
            f.write(data)
            c = crc32(data, c)
            size -= len(data)
            say(b".")
        f.close()
        if digits(c) == crc:
            return True
        os.remove(path)
    except BaseException:
        drain()
        try:
            f.close()
        except OSError:
            pass
        discard(path)
        raise


def finish(path, new):
    try:
        replace(path, new)
    except BaseException:
        discard(new)
        raise


def prepare(directory, made):
    # Makes directories, and removes what is left of an upload that broke off.
    for name in made:
        if not look(name):
            os.mkdir(name)
    for name in [x[0] for x in entries(directory) if x[0].split("/")[-1][:10] == ".boardwalk"]:
        os.remove(name)


def answer(path, size, crc, directory):
    # Whether the file is wanted.
    found = look(path)
    if found and found[0]:
        return "/"
    if found and found[1] == size and checksum(path) == crc:
        return "="
    free = room(directory)
    if free is not None and free < size:
        return "-%d" % free
    return "+%d" % (found[1] if found else 0)


def main(block):
    # A small board has stack for six calls.
    job = eval(receive(block))
    while job:
        # new is the name that the file has until it is complete; it stays so when it is held.
        path, new, size, crc, held, directory, made = job
        if made is not None:
            prepare(directory, made)
        job = answer(path, size, crc, directory)
        say(job + "\n")
        if job[0] == "+":
            job = store(new, size, crc, block)
            if job and not held and new != path:
                finish(path, new)
            say(b"*\n" if job else b"!\n")
        job = eval(receive(block))
