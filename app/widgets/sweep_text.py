"""Every text of a live sweep: {named} places are filled in the browser."""

from typing import Any

from app import services
from app.i18n import t
from app.services import Race
from app.widgets.race_text import race_text

SHARED = (
    "cancel", "resume", "resumeHelp", "progressLabel", "queue", "lost", "unheard", "gone", "states",
    "pictures", "planeAlt", "field", "valid",
)  # fmt: skip


def sweep_text(race: Race) -> dict[str, Any]:
    """By the name that the component's modules ask for."""
    known = race_text()
    return {
        **{name: known[name] for name in SHARED},
        **axes(race),
        "close": t("New sweep"),
        "closeHelp": t("This one stays; it is found again under Earlier races and sweeps."),
        "chartAlt": t(
            "Every run as a point: {across} to the right, {up} upwards",
            across="{across}", up="{up}",
        ),
        "progress": t("{done} of {total} trained", done="{done}", total="{total}"),
        "failed": t("{count} failed: {reason}", count="{count}", reason="{reason}"),
        "point": t("{symbol} = {weight}, seed {seed}", symbol="{symbol}", weight="{weight}",
                   seed="{seed}"),
        "pointHelp": t("{name}: {across} {x}, {up} {y}", name="{name}", across="{across}",
                       x="{x}", up="{up}", y="{y}"),
        "hint": t("Click a point: its numbers, reconstructions and codes."),
        "curves": t("Its curves"),
        "curvesHelp": t("This run alone, over its epochs."),
        "epochOf": t("epoch {done} of {total}", done="{done}", total="{total}"),
        "onTest": t("On the test split, scored once:"),
        "figures": figure_names(),
        "keyMedian": t("median over seeds, with its range"),
        "keyRun": t("one run"),
        "keyTraining": t("in training"),
        "keyCancelled": t("cancelled on the way"),
        "keyCurve": t("one network for all weights, the one of the other pages"),
    }  # fmt: skip


def axes(race: Race) -> dict[str, str]:
    """What the plot is called, and its two axes with their units."""
    config = race.specs[0].config
    up = {
        "squared": t("‖x − x̂‖² per sample"),
        "absolute": t("‖x − x̂‖₁ per sample"),
        "bernoulli": t("cross-entropy, nats per sample"),
    }[config["reconstruction"]]
    sparsity = {"l1": t("‖z‖₁ per sample"), "kl": t("Σ KL(ρ ‖ ρ̂), nats")}
    title, across = {
        "variational": (t("Rate and distortion"), t("KL(q ‖ p), nats per sample")),
        "sparse": (t("Sparsity and distortion"), sparsity[config.get("penalty", "l1")]),
        "contractive": (t("Contraction and distortion"), t("‖∂f/∂x‖² per sample")),
        "denoising": (
            t("Error over the noise level"),
            t("noise level {symbol}", symbol=services.hyper("denoising", race.varied).symbol)
            if services.is_noise(race) else "",
        ),
    }[race.variants[0]]  # fmt: skip
    if services.is_noise(race):
        up = t("{error}, repaired", error=up)
    return {"title": title, "across": across, "up": up}


def figure_names() -> dict[str, str]:
    """Figures of the test split that a sweep shows, where a codec has them."""
    return {
        "squared_error_per_image": t("squared error per sample"),
        "denoised_squared_error_per_image": t("squared error, repaired"),
        "kl_nats_per_image": t("KL in nats"),
        "active_units": t("active units"),
        "hoyer_sparsity": t("Hoyer sparsity"),
        "psnr_db": t("PSNR in dB"),
        "knn5_accuracy": t("5-NN accuracy"),
    }


def sweep_words(variant: str, symbol: str, seeds: int) -> str:
    """Why the points lie as they do, for a class."""
    seen = {
        "variational": t(
            "Each point is one network, trained at one β. The rate is how many nats the code "
            "tells of a sample, the distortion what is lost. A large β squeezes the rate and pays "
            "with distortion; at a small one the code tells all it can."
        ),
        "sparse": t(
            "Each point is one network, trained at one λ. A large λ leaves little in the code and "
            "pays with distortion. L1 also shrinks what it keeps: the encoder writes smaller "
            "numbers and the decoder scales them up, as far as its weights go."
        ),
        "contractive": t(
            "Each point is one network, trained at one λ. A large λ makes the code hardly move "
            "when the input does, and pays with distortion: the encoder gets flatter."
        ),
        "denoising": t(
            "Each point is one network, trained at one noise level and measured at that level: "
            "what it makes of the damaged sample against the clean one. More noise leaves less to "
            "repair from; at 0 it is the plain autoencoder."
        ),
    }  # fmt: skip
    chance = t(
        "The small points are seeds: where they scatter more than the points along {symbol} lie "
        "apart, the order of two weights is chance.", symbol=symbol,
    )  # fmt: skip
    honest = t(
        "All lies where the valid split puts it; the test split was scored once, at the end of "
        "each run."
    )
    return " ".join([seen[variant], *([chance] if seeds > 1 else []), honest])
