"""What pages ask of the core: ids in, NumPy arrays out. The only cached package of the app.

Everything is keyed by ids, small values and file digests, never by arrays: Streamlit hashes a large
array by a sample of it, and one changed pixel would return the stale answer. Arrays that come back
are read-only, because every visitor shares them.
"""

from app.services.assets import asset, codec_url, curve_url, linear_url, samples_url, seen_url
from app.services.catalogue import (
    CodecInfo,
    CodecRef,
    code_sizes,
    codec_info,
    full_sizes,
    model_bytes,
    model_path,
    ref,
)
from app.services.damage import (
    LINEAR,
    MEDIAN,
    NOISY,
    Damage,
    Score,
    Training,
    at_level,
    classical_repairs,
    damaged,
    originals,
    peak,
    psnr_over_levels,
    repaired,
    repairs,
    scores,
    trained_on,
)
from app.services.data import DataInfo, available_data, data_info, labels, samples, title
from app.services.generation import (
    directions,
    has_prior,
    hole_share,
    interpolation,
    manifold,
    prior_samples,
    spread,
    traversals,
)
from app.services.measure import (
    Figure,
    LiveTerms,
    codes,
    errors,
    figures_of,
    reconstructions,
    snippet,
    terms,
)
from app.services.noise import NoiseRange, noises
from app.services.picking import errors_by_class, errors_by_size, members, pick
from app.services.planes import (
    code_range,
    decode,
    decoded_line,
    decoded_plane,
    holes,
    nearest_sample,
    neighbours,
    placed_code,
    plane_codes,
    plane_share,
    round_trip,
)
from app.services.quality import PlaneQuality, plane_quality
from app.services.race import (
    Race,
    find_race,
    knob_of,
    race_over,
    race_state,
    recent_races,
    spec_of,
    start_race,
    warm_up,
)
from app.services.race_film import PROBE, field_places, film, live_film, race_news
from app.services.race_models import (
    baseline_figures,
    baselines,
    columns,
    formula,
    keep,
    kept_as,
    middle_and_spread,
    model_name,
    model_of,
    race_figures,
    race_snippet,
    read_only,
)
from app.services.race_orders import branch_race, delete_race, go_on, order_race, tell_race
from app.services.race_settings import (
    BATCHES,
    MAX_LATENT,
    MAX_SEEDS,
    RaceSettings,
    check_race,
    hyper,
    knob,
    knob_symbol,
    most_epochs,
    own_fields,
    own_start,
    preset,
    race_presets,
    recipe_further,
    recipe_start,
    suggestion,
    variant_configs,
    without_weight,
)
from app.services.shelf import OpenedModel, kept_runs, opened_model
from app.services.slider import Gap, SliderFigures, slider_figures
from app.services.sweep import (
    POINTS,
    Point,
    is_noise,
    known_range,
    made_with,
    reference_weights,
    shared_news,
    sweep_columns,
    sweep_figures,
    sweep_news,
    sweep_points,
    sweep_reference,
    sweep_weights,
    weight_of,
)

__all__ = [
    "BATCHES", "LINEAR", "MAX_LATENT", "MAX_SEEDS", "MEDIAN", "NOISY", "POINTS", "PROBE",
    "CodecInfo", "CodecRef", "Damage", "DataInfo", "Figure", "Gap", "LiveTerms", "NoiseRange",
    "OpenedModel", "PlaneQuality", "Point", "Race", "RaceSettings", "Score", "SliderFigures",
    "Training", "asset", "at_level", "available_data", "baseline_figures", "baselines",
    "branch_race", "check_race", "classical_repairs", "code_range", "code_sizes", "codec_info",
    "codec_url", "codes", "columns", "curve_url", "damaged", "data_info", "decode", "decoded_line",
    "decoded_plane", "delete_race", "directions", "errors", "errors_by_class", "errors_by_size",
    "field_places", "figures_of", "film", "find_race", "formula", "full_sizes", "go_on",
    "has_prior", "hole_share", "holes", "hyper", "interpolation", "is_noise", "keep", "kept_as",
    "kept_runs", "knob", "knob_of", "knob_symbol", "known_range", "labels", "linear_url",
    "live_film", "made_with", "manifold", "members", "middle_and_spread", "model_bytes",
    "model_name", "model_of", "model_path", "most_epochs", "nearest_sample", "neighbours", "noises",
    "opened_model", "order_race", "originals", "own_fields", "own_start", "peak", "pick",
    "placed_code",
    "plane_codes", "plane_quality", "plane_share", "preset", "prior_samples", "psnr_over_levels",
    "race_figures", "race_news", "race_over", "race_presets", "race_snippet", "race_state",
    "read_only", "recent_races", "recipe_further", "recipe_start", "reconstructions", "ref",
    "reference_weights", "repaired", "repairs", "round_trip", "samples", "samples_url", "scores",
    "seen_url", "shared_news", "slider_figures", "snippet", "spec_of", "spread", "start_race",
    "suggestion", "sweep_columns", "sweep_figures", "sweep_news", "sweep_points", "sweep_reference",
    "sweep_weights", "tell_race", "terms", "title", "trained_on", "traversals", "variant_configs",
    "warm_up", "weight_of", "without_weight",
]  # fmt: skip
