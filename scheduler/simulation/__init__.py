"""A fleet on a simulated clock, through the real rules: the demo's data, tests, later what-if.

`scenario` says what a fleet is and what befalls it, `fleet` plays it against a store, `memory` and
`database` are the two stores of a coordinated service, `observed` is a fleet that decides for
itself and reports. Nothing here decides: the rules are the core's and the claim path's.
"""
