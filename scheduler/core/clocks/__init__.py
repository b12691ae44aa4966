"""How far a runner's clock is off, and when that matters."""
