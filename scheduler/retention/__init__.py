"""What a service keeps and for how long, and whether it is archived: facts and their rules. What is
over is removed in `pruning`."""
