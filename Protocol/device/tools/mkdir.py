# Makes directories, each below the one before. Needs disk.


def main(paths, again):
    for path in paths:
        found = look(path)
        if not found:
            os.mkdir(path)
        elif not found[0]:
            print("file", repr(path))
            return
        elif not again:
            print("there")
            return
