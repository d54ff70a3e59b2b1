"""`kasir chaos-listen`: plays Kasir's part against a listener, on its good days and its bad ones, and says what the listener handled.

    letters.py    events as Kasir posts them, signed, and the ways in which one can be wrong
    courier.py    posts, also by halves, and what was answered
    books.py      what the listener says that it has, where it can be asked
    stage.py      what an exercise stands on: it sends, and notes what the listener must have in the end
    exercises.py  the exercises, as a table
    report.py     plays them one after the other, and tells a person
"""
