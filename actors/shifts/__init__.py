"""Cash drawers and shifts: what should be in each drawer, what was counted, and the Z reports."""
