"""python -m dataport: the command line, where its script is not on the path."""

from dataport.cli import main

if __name__ == "__main__":
    main()
