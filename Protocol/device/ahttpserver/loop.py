# The link's place in asyncio's event loop: its input is looked at where the loop waits for I/O, with no
# task of its own to be woken, and what the board owes the host is sent before the loop sleeps.

from asyncio import core
from select import POLLIN


class LinkQueue(core.IOQueue):
    # Takes the place of asyncio.core._io_queue, whose streams and poller it shares: they work as before.

    turn = 0
    away = False  # nobody holds the line's other end

    def __init__(self, link):
        old = core._io_queue
        self.map = old.map
        self.poller = old.poller
        self.link = link
        # Tasks that wait for a change on the link.
        self.waiting = getattr(old, "waiting", None) or core.TaskQueue()
        # A loop with an empty map ends. The entry has no task: input wakes those that it is for.
        self.queue_read(link.source)
        self.map[id(link.source)][0] = core.cur_task.data = None

    def _dequeue(self, s):
        if s is not self.link.source:
            core.IOQueue._dequeue(self, s)

    def _flush(self):
        # Sends what handlers have written that do not run.
        held = False
        for stream in self.link.streams:
            if stream and (stream.out or stream.closing) and not stream.flush(stream.closing):
                held = True
        self.link.held = held

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
                if link.held:
                    self._flush()
                if link.owe and (dt or self.turn > 8):
                    # Tasks that are ready run first: what they send carries the acknowledgement.
                    link.acknowledge()
                away = self.away
                if away and not 0 <= dt <= 100:
                    dt = 100  # poll() would say so without a pause: look again later
                others = False
                for s, _ in self.poller.ipoll(dt):
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
                    else:
                        others = True
                if others:
                    core.IOQueue.wait_io_event(self, 0)
                if away:
                    self.poller.register(source, POLLIN)
                    self.away = False
                if link.held:
                    self._flush()  # before those that wait take all the room
                while self.waiting.peek():
                    queue.push(self.waiting.pop())
                # Without a task that sleeps dt is -1, and the loop counts on one that is ready afterwards.
                if not forever or queue.peek():
                    return
            except KeyboardInterrupt:
                if not link.interrupted():
                    raise
