# Tells what is at paths. Needs disk, and checksum when sums are wanted.


def main(paths, sums):
    for path in paths:
        found = look(path)
        if not found:
            print("- 0 -", repr(path))
        elif found[0]:
            print("d 0 -", repr(path))
        else:
            print("f", found[1], checksum(path) if sums else "-", repr(path))
