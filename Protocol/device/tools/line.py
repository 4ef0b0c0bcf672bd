# The line, where it is stdin and stdout.

from sys import stdin, stdout

take = stdin.buffer.read
say = stdout.buffer.write


def drain():
    # What is still on its way must not become input of the REPL.
    from select import poll

    p = poll()
    p.register(stdin, 1)
    while p.poll(20):
        take(1)
