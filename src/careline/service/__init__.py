"""What the company can do for a customer; bot actions and desk buttons call the same functions."""
