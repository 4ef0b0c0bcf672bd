# Gives files the names that they are to have. Needs disk.


def main(pairs):
    for path, new in pairs:
        replace(path, new)
