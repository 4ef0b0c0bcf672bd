# A test harness for MicroPython, which has no unittest: a file of tests ends with harness.run(globals()).

import sys
import time


def shown(value):
    text = repr(value)
    return text if len(text) < 500 else "%s … (%d long)" % (text[:500], len(value))


def equal(got, wanted, what="equal"):
    assert got == wanted, "%s: got %s, wanted %s" % (what, shown(got), shown(wanted))


def raises(kind, function, *args):
    # The exception that the call raised.
    try:
        function(*args)
    except kind as e:
        return e
    raise AssertionError("%s was not raised" % kind.__name__)


def run(names):
    # Runs all functions named test_…; the process ends with 1 when one failed.
    passed = failed = 0
    only = sys.argv[1:]
    for name in sorted(name for name in names if name.startswith("test_")):
        if only and name not in only:
            continue
        began = time.ticks_ms()
        try:
            names[name]()
        except (KeyboardInterrupt, Exception) as e:
            failed += 1
            print("FAIL", name)
            sys.print_exception(e)
        else:
            passed += 1
            print("ok  ", name, "%d ms" % time.ticks_diff(time.ticks_ms(), began))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)
