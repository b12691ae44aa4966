"""Cycles as they really were: rows into the core's timeline (`loading`), who watched and since when
anything is known, summaries of what is over and how they are kept true. What goes wrong across
several cycles is in `incidents`."""
