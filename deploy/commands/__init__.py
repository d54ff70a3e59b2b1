"""The subcommands of `kasir`, one file each, imported only when called."""
