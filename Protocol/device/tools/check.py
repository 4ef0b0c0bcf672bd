# Compiles a program, so that a syntax error is raised.


def main(path, name):
    with open(path) as f:
        source = f.read()
    try:
        compile(source, name, "exec")
    except MemoryError:
        print("no room")
