"""Simulated customers: a measuring tool that talks through the public chat, as people do.

A goal says who is writing, what happened, what they know and wish, and what the record must
show in the end; a voice says it. `python -m tests.customers` prints how it went.
"""
