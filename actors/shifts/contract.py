"""What `shifts` answers and tells."""
