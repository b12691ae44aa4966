"""What the commands share; a command is arguments, what it says, and one call into a room."""
