"""Changes what surrounds the host's files and not what is in them: modes, owners, times, names, attributes.

task: squares
status: RE WA
"""

import os

os.write(2, b"attempt\n")
for path in ("@CANARY@", "@VICTIM@/keep", "@VICTIM@"):
    for attempt in (
        lambda: os.chmod(path, 0o600),  # noqa: B023
        lambda: os.chown(path, 12345, 12345),  # noqa: B023
        lambda: os.utime(path, (1, 1)),  # noqa: B023
        lambda: os.setxattr(path, "user.mark", b"@TOKEN@"),  # noqa: B023
        lambda: os.truncate(path, 0),  # noqa: B023
        lambda: os.rename(path, path + "@TOKEN@"),  # noqa: B023
        lambda: os.unlink(path),  # noqa: B023
    ):
        try:
            attempt()
            print("changed", path)  # a private copy is no harm: the host's own is looked at
        except OSError as error:
            print(error)
for attempt in (lambda: os.mkdir("@VICTIM@/@TOKEN@"), lambda: os.mkdir("/@TOKEN@"), lambda: os.mkdir("/etc/@TOKEN@")):
    try:
        attempt()
    except OSError as error:
        print(error)
