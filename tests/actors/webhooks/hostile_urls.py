"""URLs that somebody might give us so that our servers call what only they can reach, and why each is refused."""

from __future__ import annotations

NOT_PUBLIC = "is not a public address"
DISGUISED = "its host is a number in disguise"
ODD = "it holds a backslash, a fragment"
USER = "it carries a user name"
NO_NAME = "its host is not a domain name"
ESCAPED = "its host is escaped or has a zone"
UNPARSED = "it cannot be parsed"
NO_HTTP = "it is not http://host/"
CONTRACT = "does not match"
"""Refused before anybody looks at it: only visible ASCII after http:// or https://, in lower case."""

HOSTILE: tuple[tuple[str, str], ...] = (
    # loopback, as an address is written
    ("http://127.0.0.1/", NOT_PUBLIC), ("https://127.0.0.1:8080/hook", NOT_PUBLIC), ("https://127.255.255.254/", NOT_PUBLIC),
    ("http://[::1]/", NOT_PUBLIC), ("http://[0:0:0:0:0:0:0:1]/", NOT_PUBLIC), ("http://[0000::0001]/", NOT_PUBLIC),
    ("http://0.0.0.0/", NOT_PUBLIC), ("http://[::]/", NOT_PUBLIC),
    # ... decimal, octal, hexadecimal, short, mixed, padded
    ("http://2130706433/", DISGUISED), ("http://017700000001/", DISGUISED), ("http://0x7f000001/", DISGUISED), ("http://0X7F000001/", DISGUISED),
    ("http://0177.0.0.1/", DISGUISED), ("http://0x7f.0.0.1/", DISGUISED), ("http://127.0.0.0x1/", DISGUISED), ("http://127.1/", DISGUISED),
    ("http://127.0.1/", DISGUISED), ("http://0/", DISGUISED), ("http://127.0.0.001/", DISGUISED), ("http://4294967297/", DISGUISED),
    ("http://0x/", DISGUISED), ("http://1.2.3.4.5/", DISGUISED), ("http://256.256.256.256/", DISGUISED),
    # ... with a dot at the end, escaped, in other letters
    ("http://127.0.0.1./", DISGUISED), ("http://169.254.169.254./", DISGUISED), ("http://localhost./", NO_NAME), ("http://good.example./", NO_NAME),
    ("http://%31%32%37.0.0.1/", ESCAPED), ("http://127%2e0%2e0%2e1/", ESCAPED), ("http://127.0.0.1%2f@good.example/", USER),
    ("http://\u2460\u2461\u2466.0.0.1/", CONTRACT), ("http://127\u30020\u30020\u30021/", CONTRACT), ("http://\uff11\uff12\uff17.0.0.1/", CONTRACT),
    ("http://loc\u0430lhost/", CONTRACT), ("http://good\u2025example/", CONTRACT),
    # IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo
    ("http://[::ffff:127.0.0.1]/", NOT_PUBLIC), ("http://[::ffff:7f00:1]/", NOT_PUBLIC), ("http://[0:0:0:0:0:ffff:a9fe:a9fe]/", NOT_PUBLIC),
    ("http://[::127.0.0.1]/", NOT_PUBLIC), ("http://[::ffff:0:127.0.0.1]/", NOT_PUBLIC), ("http://[64:ff9b::7f00:1]/", NOT_PUBLIC),
    ("http://[64:ff9b::10.0.0.1]/", NOT_PUBLIC), ("http://[64:ff9b:1::1]/", NOT_PUBLIC), ("http://[2002:7f00:1::]/", NOT_PUBLIC),
    ("http://[2002:a9fe:a9fe::]/", NOT_PUBLIC), ("http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", NOT_PUBLIC),
    # metadata of the clouds, link-local, with a zone
    ("http://169.254.169.254/latest/meta-data/", NOT_PUBLIC), ("http://0xa9fea9fe/", DISGUISED), ("http://2852039166/", DISGUISED),
    ("http://0251.0376.0251.0376/", DISGUISED), ("http://[fd00:ec2::254]/", NOT_PUBLIC), ("http://100.100.100.200/", NOT_PUBLIC),
    ("http://192.0.0.192/", NOT_PUBLIC), ("http://[fe80::1]/", NOT_PUBLIC), ("http://[fe80::1%25eth0]/", ESCAPED),
    ("http://[fe80::1%eth0]/", ESCAPED),
    # private, shared, multicast, reserved, broadcast, documentation
    ("http://10.0.0.1/", NOT_PUBLIC), ("http://172.16.0.1/", NOT_PUBLIC), ("http://172.31.255.255/", NOT_PUBLIC), ("http://192.168.1.1/", NOT_PUBLIC),
    ("http://100.64.0.1/", NOT_PUBLIC), ("http://[fc00::1]/", NOT_PUBLIC), ("http://[fec0::1]/", NOT_PUBLIC), ("http://224.0.0.1/", NOT_PUBLIC),
    ("http://[ff02::1]/", NOT_PUBLIC), ("http://240.0.0.1/", NOT_PUBLIC), ("http://255.255.255.255/", NOT_PUBLIC), ("http://192.0.2.1/", NOT_PUBLIC),
    ("http://198.18.0.1/", NOT_PUBLIC), ("http://192.88.99.1/", NOT_PUBLIC), ("http://[2001:db8::1]/", NOT_PUBLIC), ("http://[3fff::1]/", NOT_PUBLIC),
    # who is called is not who it looks like
    ("http://good.example@127.0.0.1/", USER), ("http://user:password@good.example/", USER), ("http://@good.example/", USER),
    ("http://good.example\\@127.0.0.1/", ODD), ("http://127.0.0.1\\.good.example/", ODD), ("http://good.example#@127.0.0.1/", ODD),
    ("http://127.0.0.1#.good.example/", ODD), ("http://good.example:80@127.0.0.1:80/", USER), ("http://-good.example/", NO_NAME),
    ("http://good..example/", NO_NAME), ("http://*/", NO_NAME), ("http://good.example:80:80/", UNPARSED), ("http://[::1/", UNPARSED),
    ("http://[127.0.0.1]/", UNPARSED), ("http://good.example:99999/", UNPARSED), ("http://good.example:0/", NO_HTTP),
    # not HTTP, no host, or not even a URL
    ("ftp://good.example/", CONTRACT), ("file:///etc/passwd", CONTRACT), ("gopher://good.example/", CONTRACT), ("//good.example/", CONTRACT),
    ("HTTP://127.0.0.1/", CONTRACT), ("hTTps://good.example/", CONTRACT), ("unix:///var/run/docker.sock", CONTRACT), ("http:good.example", CONTRACT),
    ("http://good.example /", CONTRACT), ("http://good.example\t/", CONTRACT), ("http://good.example/\r\nHost: 127.0.0.1", CONTRACT),
    ("http://good.example\x00.other/", CONTRACT), ("http:///hook", NO_HTTP), ("https://?", NO_HTTP), ("http://:8080/", UNPARSED),
)  # fmt: skip

RESOLVING_TO: tuple[tuple[str, str], ...] = (
    ("localhost.example", "127.0.0.1"), ("zero.example", "0.0.0.0"), ("private.example", "10.1.2.3"), ("docker.example", "172.17.0.1"),
    ("router.example", "192.168.0.1"), ("shared.example", "100.64.0.7"), ("metadata.google.internal", "169.254.169.254"),
    ("instance-data.ec2.internal", "169.254.169.254"), ("kubernetes.default.svc", "10.96.0.1"), ("multicast.example", "224.0.0.1"),
    ("six.example", "::1"), ("mapped.example", "::ffff:127.0.0.1"), ("local.example", "fe80::1%1"), ("unique.example", "fd12::1"),
    ("nat64.example", "64:ff9b::a9fe:a9fe"), ("sixtofour.example", "2002:7f00:1::"), ("group.example", "ff02::1"),
)  # fmt: skip
"""Harmless names, and the addresses behind them."""
