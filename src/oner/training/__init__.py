"""Training of the native model: its data from the worlds, the runs, and how they are judged."""
