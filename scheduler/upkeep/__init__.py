"""The upkeep that nobody has to ask for, itself an atomic service.

`duties` is a round of it, one module a duty (`cycles`, `holders`); `service` is the service that it
is on the dashboard, `member` a worker as a runner of that service. Who does rounds, and when, is
`scheduler.worker`'s.
"""
