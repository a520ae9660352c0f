"""The screens of the dossiers collaboratifs."""
