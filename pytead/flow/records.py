"""The flat buffer that engines write: ``WIDTH`` slots a record, no object of its own for an event.

A record is ``kind, site, clock, thread, offset, payload``: what happened, the ``CodeSite``, the clock in seconds,
the thread's identifier, the byte offset of the instruction, and by kind:

========  ==========================================================================================
CALL      the arguments, as kept
RETURN    the value, as kept
UNWIND    the exception, as kept; ``UNKNOWN`` where the engine can't see it
ENTER     CALL of what can be suspended: ``(frame, arguments, task)``; the frame by its identity
LEAVE     RETURN of it: ``(frame, value)``
BREAK     UNWIND of it: ``(frame, exception)``
YIELD     ``(frame, value)``
RESUME    ``(frame, task)``
RAISE     the exception, in every frame that it passes
LINE      None; the offset says which
MEMORY    bytes in use, for the record that follows
========  ==========================================================================================
"""

from __future__ import annotations

WIDTH = 6
CALL, RETURN, UNWIND, ENTER, LEAVE, BREAK, YIELD, RESUME, RAISE, LINE, MEMORY = range(11)
