"""A run that stops after its first epoch and goes on from a file."""

import torch

from ae_core import TrainingState, fit, load_state, save_state


def check_same_weights_when_taken_up(make, data, run, folder):
    """Against the unbroken run of another `make()`, bit for bit; -> the recipe that was kept."""
    whole, model, state = make(), make(), TrainingState()
    list(fit(whole, data, **run))
    for _ in fit(model, data, state=state, **run):
        break
    model, state = load_state(save_state(model, state, folder / "run.safetensors"))
    list(fit(model, data, state=state, **run))
    pairs = zip(model.parameters(), whole.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    return state.recipe
