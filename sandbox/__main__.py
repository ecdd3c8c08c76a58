"""`python -m sandbox`: what isolation is here. With `serve`: run programs that arrive by HTTP. With `image`: build the
image of the Docker sandbox."""

from __future__ import annotations

import sys


def main(arguments: list[str]) -> int:
    if not arguments:
        from . import doctor

        return doctor.main()
    if arguments[0] == "serve":
        try:
            from . import server
        except ModuleNotFoundError as error:
            print(f"{error.name} is missing: pip install 'r1-verifiers[server]'", file=sys.stderr)
            return 1
        return server.main(arguments[1:])
    if arguments[0] == "image":
        from . import image

        return image.main(arguments[1:])
    print(f"python -m sandbox [serve | image]: unknown command {arguments[0]!r}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
