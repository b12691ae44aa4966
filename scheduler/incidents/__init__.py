"""Troubles as a whole, whatever number of cycles tells of them. What one cycle tells is found in
`core.incidents` and kept with its summary."""
