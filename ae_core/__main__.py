"""The command line: python -m ae_core train|evaluate|sweep|list|export|history|work|data."""

import os
import sys
from collections.abc import Sequence

import ae_core
from ae_core.cli import catalogue, evaluate, export, history, sweep, train, work
from ae_core.cli.options import Parser
from ae_core.cli.output import complain
from ae_core.errors import AECoreError

BAD_INPUT, INTERRUPTED = 2, 130


def build_parser() -> Parser:
    """All commands; each module of `cli` registers its own."""
    parser = Parser(prog="python -m ae_core", description="Train and judge autoencoders.")
    parser.add_argument("--version", action="version", version=f"ae_core {ae_core.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (train, evaluate, sweep, catalogue, export, history, work):
        command.register(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 2 for bad input, 130 for Ctrl-C."""
    try:
        args, extra = build_parser().parse_known_args(argv)
        if extra:
            args.parser.refuse(extra)
        code: int = args.run(args)
        return code
    except SystemExit as leave:  # argparse, after --help or --version
        return int(leave.code or 0)
    except train.Cancelled as farewell:
        complain(farewell)
        return INTERRUPTED
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except AECoreError as error:
        complain(f"error: {error}")
        return BAD_INPUT
    except OSError as error:
        complain(f"error: {error.filename or 'the system'}: {error.strerror or error}")
        return BAD_INPUT
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error):
            raise
        complain("error: not enough memory; use smaller layers, a smaller batch or fewer jobs")
        return BAD_INPUT


def entry() -> int:
    """main, for a real process: its streams take any character, and a closed pipe is no error."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of `... | head` has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


if __name__ == "__main__":
    sys.exit(entry())
