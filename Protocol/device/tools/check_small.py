# Compiles a program, so that a syntax error is raised, where there is only exec(): it compiles all before the
# first line runs, and that goes no further. Lines are counted from 0.


def main(path, name):
    with open(path) as f:
        source = "raise StopIteration\n" + f.read()
    try:
        exec(source, {})
    except StopIteration:
        pass
    except MemoryError:
        print("no room")
