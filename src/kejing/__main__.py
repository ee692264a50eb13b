"""``python -m kejing`` is the command ``kejing``."""

from kejing.cli import main

if __name__ == "__main__":
    main()
