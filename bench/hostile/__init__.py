"""100,000 inputs that nobody should send, at every address and every Python way in."""
