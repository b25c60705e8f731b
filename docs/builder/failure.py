"""What ends a build with one sentence."""


class Failure(Exception):
    """The site cannot be built; its text names the place, the thing and the remedy."""
