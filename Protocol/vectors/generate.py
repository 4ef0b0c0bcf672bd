#!/usr/bin/env python3
"""Writes the test vectors of the Boardwalk wire protocol, version 1.

    python3 generate.py

They come from reference/, a third implementation next to the Swift and the MicroPython one. Running it
again gives the same files, byte for byte.
"""

import json
import pathlib

from reference import bad_frames, frames, sessions, streams


def write(name, description, cases):
    text = json.dumps({"description": description, "count": len(cases), "cases": cases}, indent=1)
    pathlib.Path(__file__).with_name(name).write_text(text + "\n")
    print(f"{name}: {len(cases)} cases")


if __name__ == "__main__":
    write("frames.json", frames.DESCRIPTION, frames.frames())
    write("bad-frames.json", bad_frames.DESCRIPTION, bad_frames.bad_frames())
    write("streams.json", streams.DESCRIPTION, streams.streams())
    write("sessions.json", sessions.DESCRIPTION, sessions.sessions())
