"""The company's rules, read from policies/*.yml; nothing of them is in Python."""

from careline.service.policies.loading import PolicyError, load_policies
from careline.service.policies.schema import Policies

__all__ = ["Policies", "PolicyError", "load_policies"]
