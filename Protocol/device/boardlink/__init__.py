# The board's end of the Boardwalk link; see Protocol/README.md.
