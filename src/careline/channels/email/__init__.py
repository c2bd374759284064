"""E-mails to customers: the outbox and the ways of sending."""
