"""How well an establishment is described."""
