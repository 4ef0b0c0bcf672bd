# Tells how much is free, in bytes. Needs disk.


def main(path):
    print(room(path))
