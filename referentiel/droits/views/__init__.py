"""Views of the rights, by screen."""
