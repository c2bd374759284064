"""Staff accounts: who may come in, how they prove it, and what was seen and done.

passwords, second_step, provider   the three ways to prove it      throttle   against guessing
signing_in   the way in            sessions   what it gives, until ended
team         who works here        invitations   links that set a password
door         what every page asks  watching   the audit, read      pages/   their faces
"""
