"""What breaks, and what happens then: real processes, real `kill -9`, and a load that never stops.

    pytest tests/faults          each fault once, briefly
    pytest tests/faults --long   all of them again and again, in random order
"""
