"""What only pages have of words: times in a zone, marks and colours of signals, names, typed times.
Words that commands need as well are in `scheduler.words`."""
