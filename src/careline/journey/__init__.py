"""The journey record: one history per customer, whatever the channel."""
