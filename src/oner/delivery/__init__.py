"""The picture finish of a model's clip: its few pictures a second become a film's, its small pictures large ones."""
