"""Twenty listeners of all tempers, in a process of their own, who keep books by what they are told and nothing else."""
