"""Screens of the rights: requests for access, accounts, grants, one's own account, texts of the regions."""
