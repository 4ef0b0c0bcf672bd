# Requests and responses of the smallest boards: the module itself is the request that a handler gets, and the
# response that it makes.

import link
import message


def read():
    # The head that the link has received; the body behind it, as far as it has come, is left there.
    global method, url, path, query, parameters, header
    n = bytes((10,))
    lines = link.body.split(n)
    link.body = bytes()
    method, url = str(lines.pop(0), "utf-8").split(" ")[:2]
    header = {}  # bytes to bytes
    while lines:
        x = lines.pop(0)
        if not x:
            link.body = n.join(lines)
            break
        x = x.split(b":", 1)
        header[x[0]] = x[1].strip()
    path, query = (url + "?").split("?", 1)
    query = query[:-1]
    parameters = {}
    for x in query.split("&"):
        if "=" in x:
            parameters.setdefault(*x.split("=", 1))


def HTTPResponse(status, mimetype=None, close=True, header=()):
    global text
    text = str(status)
    if mimetype:
        text += " " + mimetype
    for name in header:
        text += "\n%s: %s" % (name, header[name])
    return message


def send(conn):
    # It goes with the first piece of the body.
    link.out = bytes() + (text + "\n\n")
