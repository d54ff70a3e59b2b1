"""Money that is not cash: payment intents with their providers, gift cards and store credit.

An approved payment is told; orders takes it, or gives it back. What happens outside never happens inside a transaction.
"""
