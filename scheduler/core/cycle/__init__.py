"""What a timeline is laid of: epochs of one plan, lanes, who was there and who watched."""
