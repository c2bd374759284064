"""The reading API for staff, CX and machines, and the plain page of one customer's journey."""
