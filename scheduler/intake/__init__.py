"""What comes in, and the door that every value of it passes."""
