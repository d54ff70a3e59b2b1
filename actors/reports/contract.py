"""What `reports` answers and tells."""
