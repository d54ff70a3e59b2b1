"""What `customers` answers and tells."""
