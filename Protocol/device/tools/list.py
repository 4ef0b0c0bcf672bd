# Lists a directory, with what is below when deep. Needs disk, and checksum when sums are wanted.


def main(path, deep, sums):
    if path:
        found = look(path)
        if not found or not found[0]:
            print("f" if found else "-", 0, "-", repr(path))
            return
    directories = [path]
    for path in directories:
        for name, directory, size in entries(path):
            if directory:
                print("d 0 -", repr(name))
                if deep:
                    directories.append(name)
            else:
                print("f", size, checksum(name) if sums else "-", repr(name))
