"""The upkeep that nobody has to ask for, itself an atomic service.

`duties` is a round of it, one module a duty (`cycles`, `holders`, `old_rows`), and `troubles` keeps
what fails from the rest; `service` is the service that it is on the dashboard, `member` a worker as
a runner of that service, `leased_work` one lease of it. Who takes leases, and when, is
`scheduler.upkeep.worker`'s.
"""
