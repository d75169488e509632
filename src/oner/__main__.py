"""`python -m oner`: the same as the command `oner`."""

from .cli import main

if __name__ == "__main__":
    main()
