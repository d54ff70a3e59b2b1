"""Every number of the docs, and what proves it: a module for each page that has some.

A row is what the page says, and its proof:

    ("events at once, at most {:,}", lambda: proving.ASKED_MAX)                     the number that the code goes by takes the place of {}
    ("in the end the exit code is 0", "tests/deploy/test_check.py::test_name")      a test that fails when it is not so
    ("stored in 83 s", Measured("just simulate"))                                   no promise: seen once, and how to see it again

So whoever writes a number into a page adds a row, or the tests fail and name the line. What stands in code (`like this`) is not looked at: what can
be run there is run by other tests. A status beside its code (403 `edge.elsewhere`) is proven by itself.
"""
