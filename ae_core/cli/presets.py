"""--preset: a named recipe to start from, under whatever else the command line says."""

import argparse

from ae_core.errors import InvalidConfig
from ae_core.presets import PRESETS, find_preset


def add_preset_option(parser: argparse.ArgumentParser) -> None:
    """The option, with every preset and its purpose in the help."""
    purposes = "; ".join(f"{name}: {preset.help}" for name, preset in PRESETS.items())
    parser.add_argument(
        "--preset", metavar="NAME",
        help="variant, data set and settings of a named recipe; options given beside it count "
        f"more. {purposes}".replace("%", "%%"),
    )  # fmt: skip


def apply_preset(args: argparse.Namespace) -> None:
    """Write the preset's choices where the command line left them open."""
    if args.preset is None:
        for name, text in (("variant", "VARIANT"), ("data", "--data")):
            if getattr(args, name) is None:
                raise InvalidConfig(
                    f"{text} is missing; give it, or a --preset; see {args.parser.prog} --help"
                )
        return
    preset = find_preset(args.preset)
    if args.variant not in (None, preset.variant):
        raise InvalidConfig(
            f"preset {args.preset!r} trains the variant {preset.variant}, got {args.variant!r}; "
            "leave the variant out, or take another preset"
        )
    args.variant, args.data = preset.variant, args.data or preset.data
    for group, settings in (("config", preset.config), ("recipe", preset.fit)):
        for name, value in settings.items():
            if f"{group}.{name}" not in args:
                setattr(args, f"{group}.{name}", value)
