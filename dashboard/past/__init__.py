"""What pages of cycles show of the service's past: the strip and its fragment."""
