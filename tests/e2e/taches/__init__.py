"""The ten most frequent tasks of each role, done with a keyboard alone on the demonstration."""
