"""The runners of a service as pages show them: all of them, one in depth, their states, clocks and
slots. How their heartbeats come in is in `intake`."""
