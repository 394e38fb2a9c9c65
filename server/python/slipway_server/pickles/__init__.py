"""What pickles may import: one table (`policy.json`), read before a release is made and enforced while a model is loaded.

Needs nothing but the standard library, so that any Python can check a pickle in isolation.
"""
