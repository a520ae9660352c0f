"""Benchmarks of the budgets of ARCHITECTURE §9. Each module has `mesurer()`; `python -m bancs [module…]` runs them."""
