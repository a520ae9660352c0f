"""The rows of the steering: computed figures, departures, weights."""
