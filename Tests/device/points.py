# Interrupts at every point. MicroPython raises what 03 asks for where code jumps: so packages of the board
# are loaded from copies of their files in which each condition and each turn of a loop counts.

import os
import sys

DEVICE = __file__.rsplit("/", 1)[0] + "/../../Protocol/device/"
COPIES = (os.getenv("TMPDIR") or "/tmp") + "/points-"


class Points:
    left = -1  # points until one is interrupted; negative: none is

    def __call__(self, value=None):
        self.left -= self.left >= 0
        if not self.left:
            self.left = -1
            raise KeyboardInterrupt
        return value


point = Points()


def counting(lines):
    # The lines of a file, with a point in each condition, behind all that it calls, and first in each turn.
    turn = False
    for line in lines:
        code = line.split("  # ")[0].rstrip()
        start = code[: len(code) - len(code.lstrip())]
        if turn and code:
            yield start + "point()"
            turn = False
        word = code.lstrip().split(" ")[0]
        if word in ("if", "elif", "while") and code.endswith(":") and not code.endswith(" True:"):
            code = start + word + " point(" + code[len(start) + len(word) + 1 : -1] + "):"
        turn = turn or word == "for" and code.endswith(":")
        yield code


def load(*packages):
    # Imported afterwards, the packages are the copies.
    copies = COPIES + "-".join(packages)
    make(copies)
    for package in packages:
        make(copies + "/" + package)
        for name in os.listdir(DEVICE + package):
            if name.endswith(".py"):
                with open(DEVICE + package + "/" + name) as file:
                    lines = file.read().split("\n")
                with open(copies + "/" + package + "/" + name, "w") as file:
                    file.write("from points import point\n" + "\n".join(counting(lines)))
    sys.path.insert(0, copies)


def make(path):
    try:
        os.mkdir(path)
    except OSError:
        pass  # it is there
