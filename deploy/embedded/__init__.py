"""PostgreSQL and NATS as children of `kasir up`, from PyPI packages: nothing to install, nothing to configure."""
