"""What `receipts` answers and tells."""
