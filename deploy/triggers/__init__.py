"""`kasir trigger`: makes an event happen, by doing over the REST API what it tells of, in a demo store.

    shop.py      the demo store, its register, its goods: found, or made
    orders.py, stock.py, payments.py, others.py   what to do for each type
    table.py     all of them
"""
