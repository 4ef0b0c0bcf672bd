# Removes a file or a directory, with what is below when deep. Needs disk.


def main(path, deep):
    found = look(path)
    if not found:
        print("missing")
        return
    if not found[0]:
        os.remove(path)
        return
    directories = [path]
    for path in directories:
        for name, directory, _ in list(entries(path)):
            if not deep:
                print("full")
                return
            if directory:
                directories.append(name)
            else:
                os.remove(name)
    for path in reversed(directories):
        os.rmdir(path)
