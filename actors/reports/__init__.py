"""Figures kept up to date by events: sales, profit, stock value, taxes; and whether they agree with everybody's books."""
