"""An idea or a list of prompts and an analysed song become a film on paper: film.toml, read into a `Storyboard`."""
