# The link's place in asyncio's event loop: its input is looked at where the loop waits for I/O, with no
# task of its own to be woken, and what the board owes the host is sent before the loop sleeps.

from asyncio import core
from select import POLLIN, POLLOUT


class LinkQueue(core.IOQueue):
    # Takes the place of asyncio.core._io_queue; sockets and other streams work as before.

    turn = 0
    away = False  # nobody holds the line's other end

    def __init__(self, link):
        core.IOQueue.__init__(self)
        self.link = link
        self.waiting = core.TaskQueue()  # tasks that wait for a change on the link
        for key, entry in core._io_queue.map.items():
            if entry:
                self.map[key] = entry
                self.poller.register(entry[2], (entry[0] and POLLIN or 0) | (entry[1] and POLLOUT or 0))
        self.map[id(link.source)] = None  # a loop with an empty map ends
        self.poller.register(link.source, POLLIN)

    def wait_io_event(self, dt):
        # Called before each step of a task: with tasks that are ready, one look in eight is enough.
        link = self.link
        source = link.source
        queue = core._task_queue
        forever = dt < 0
        while True:
            try:
                if dt == 0:
                    self.turn += 1
                    if self.turn & 7:
                        return
                if link.owe and (dt or self.turn > 8):
                    # Tasks that are ready run first: what they send carries the acknowledgement.
                    link.acknowledge()
                away = self.away
                if away and not 0 <= dt <= 100:
                    dt = 100  # poll() would say so without a pause: look again later
                for s, events in self.poller.ipoll(dt):
                    if s is source:
                        self.turn = 0
                        # Then tasks get their turn, with large frames after each: the next takes its time.
                        for _ in range(32):
                            n = link.step()
                            if n is None:
                                self.poller.unregister(source)
                                self.away = True
                                break
                            if n > 64 or not link.ready(0):
                                break
                        continue
                    entry = self.map[id(s)]
                    for i, event in ((0, POLLOUT), (1, POLLIN)):
                        if events & ~event and entry[i] is not None:
                            queue.push(entry[i])
                            entry[i] = None
                    if entry[0] is None and entry[1] is None:
                        self._dequeue(s)
                    else:
                        self.poller.modify(s, POLLOUT if entry[0] is None else POLLIN)
                if away:
                    self.poller.register(source, POLLIN)
                    self.away = False
                if link.held:
                    held = False
                    for stream in link.streams:
                        if stream and (stream.out or stream.closing) and not stream.flush(stream.closing):
                            held = True
                    link.held = held
                while self.waiting.peek():
                    queue.push(self.waiting.pop())
                # Without a task that sleeps dt is -1, and the loop counts on one that is ready afterwards.
                if not forever or queue.peek():
                    return
            except KeyboardInterrupt:
                if not link.interrupted():
                    raise
