"""One training run: model, optimiser, generators and the state that can take it up again."""

import copy
import time
from collections.abc import Iterator
from dataclasses import fields

import torch
from torch import Tensor

from ae_core.adam import Adam
from ae_core.base import Autoencoder
from ae_core.data.dataset import DataSet
from ae_core.deformation import deformed
from ae_core.errors import InvalidConfig, InvalidInput, TrainingDiverged
from ae_core.neighbours import Neighbours
from ae_core.objective import Objective, Weights
from ae_core.passes import Passes
from ae_core.pretraining import prepare
from ae_core.records import EpochRecord, Recipe, Terms, TrainingState

POWER = 0.25  # of J, whose mean is minimised: 1 would starve low weights, the logarithm the middle
BETA2 = 0.99  # of a conditioned network's Adam: with its weights its gradients change in size
EVALUATION_SEED = 1_000_003  # one fixed noise for every look at valid, so epochs compare


class Run:
    """Advances a model an epoch at a time; its state changes only when an epoch is whole."""

    def __init__(
        self,
        model: Autoencoder,
        dataset: DataSet,
        recipe: Recipe,
        device: torch.device,
        state: TrainingState | None,
    ) -> None:
        self.model, self.recipe, self.device = model.to(device), recipe, device
        self.pace = recipe  # whose learning rate counts; `recipe` itself is what was asked for
        self.kept = state is not None  # a state that nobody holds need not be written
        self.state = state = state or TrainingState()
        self.train, self.valid = dataset.train.to(device), dataset.valid.to(device)
        self.order = torch.Generator().manual_seed(recipe.seed)
        # Noise has a stream of its own: variants that draw none see the same batches.
        self.looks = self.noise = torch.Generator(device).manual_seed(recipe.seed + 1)
        if recipe.binarise or recipe.deform:  # what a batch looks like is drawn too, for all alike
            self.noise = torch.Generator(device).manual_seed(recipe.seed + 2)
        # Of neighbours: not the noise's own, so that a variant that draws none has the same.
        self.partners = torch.Generator(device).manual_seed(self.noise.initial_seed())
        self.batch = min(recipe.batch_size, len(self.train))
        self.passes = Passes(model, len(self.train), self.batch, recipe.epochs)
        self.neighbours: Neighbours | None = None  # found before the first batch: that takes time
        self.optimiser = Adam(dict(model.named_parameters()), BETA2 if model.conditioned else 0.999)
        if state.recipe is None:
            state.recipe, state.data_digest = recipe, dataset.digest if self.kept else ""
            state.variant, state.config = model.name, model.config.to_mapping()
            self._keep()
        else:
            self._resume(dataset)

    def epoch(self) -> EpochRecord:
        """Train over the split as `passes.py` says, look at valid, write the state."""
        *_, record = self.batches()
        assert record is not None
        return record

    def batches(self) -> Iterator[EpochRecord | None]:
        """One epoch, a batch per turn: None after each, then the record.

        Between turns the caller may look (the model is in train()), set another weight in
        `model.config` or another rate in `pace`, or leave: the state is the last whole epoch's.
        """
        number, terms, seconds = self.state.epoch + 1, [], 0.0
        if number == 1:
            prepare(self.model, self.train, self.recipe, self.order, self.noise)
        if self.recipe.neighbours and self.neighbours is None:
            self.neighbours = Neighbours(self.train, self.recipe.seed)
        order = self.passes.order(self.order).to(self.device).split(self.batch)
        weights = self.passes.weights(number - 1, self.noise)
        first = (number - 1) * self.passes.steps
        self.model.train()
        try:
            for i, chosen in enumerate(order):
                start = time.perf_counter()
                x = self._shown(self._deformed(self.train.index_select(0, chosen)), self.looks)
                terms.append(self._step(x, weights[i], first + i, chosen))
                seconds += time.perf_counter() - start
                yield None
        finally:
            self.model.eval()
        try:
            record = self._close(number, _mean_terms(terms, number, "train"), seconds)
        except TrainingDiverged as error:
            raise TrainingDiverged(f"{error}; {self._put_back()}") from None
        yield record

    def _close(self, number: int, train: Terms, seconds: float) -> EpochRecord:
        """The record of an epoch whose batches are done, in the state too."""
        state, valid = self.state, self.evaluate(self.valid, number)
        if valid.total < state.best_total:
            state.best_total, state.best_epoch = valid.total, number
            if self.recipe.patience is not None:
                state.best_weights = _copy(self.model)
        record = EpochRecord(
            number, train, valid, self.optimiser.rate, seconds,
            self.passes.images / seconds, state.best_epoch,
        )  # fmt: skip
        state.epoch = number
        state.history.append(record)
        self._keep()
        return record

    def _put_back(self) -> str:
        """Undo what diverged: the last whole epoch's weights, or the best; tells which they are."""
        state = self.state
        self.model.load_state_dict(state.best_weights or state.weights)
        epoch = state.best_epoch if state.best_weights else state.epoch
        return f"the model is as after epoch {epoch}" if epoch else "the model is as it began"

    def _step(
        self, x: Tensor, weight: Weights | None, step: int, chosen: Tensor
    ) -> tuple[Objective, int]:
        objective = self.model.objective(x, self.noise, weight)
        steps, total = self.recipe.epochs * self.passes.steps, objective.total
        if self.neighbours is not None:
            near = self._shown(self.neighbours.some(chosen, self.partners), self.looks)
            pull = self.neighbours.pull(self.model, x, near)
            total = total + self.recipe.pull(step, steps) * pull
        rate = self.pace.rate(step, steps) * self.model.warmth(step)
        self.optimiser.descend(total, rate, _steepness(total) if self.model.conditioned else None)
        return objective.detach(), len(x)

    def _deformed(self, x: Tensor) -> Tensor:
        """The batch with the recipe's share of its images bent, each chosen by a draw."""
        if not self.recipe.deform:
            return x
        drawn = torch.rand(len(x), generator=self.looks, device=self.device)
        chosen = (drawn < self.recipe.deform).nonzero().squeeze(1)
        return x.index_copy(0, chosen, deformed(x[chosen], self.looks)) if len(chosen) else x

    def _shown(self, x: Tensor, looks: torch.Generator) -> Tensor:
        """The batch as the model sees it: itself, or a fresh draw of black and white from grey."""
        return torch.bernoulli(x, generator=looks) if self.recipe.binarise else x

    @torch.no_grad()
    def evaluate(self, x: Tensor, number: int) -> Terms:
        looks, noise = (
            torch.Generator(self.device).manual_seed(EVALUATION_SEED + i)
            for i in (0, int(self.recipe.binarise))
        )
        terms = [
            (self.model.objective(self._shown(batch, looks), noise), len(batch))
            for batch in x.split(self.recipe.batch_size)
        ]
        return _mean_terms(terms, number, "valid")

    def _keep(self) -> None:
        """Write the state after an epoch; decide whether it was the last."""
        state, patience = self.state, self.recipe.patience
        waited = state.epoch - state.best_epoch
        state.finished = state.epoch >= self.recipe.epochs or (
            patience is not None and waited >= patience
        )
        if state.finished and state.best_weights:
            self.model.load_state_dict(state.best_weights)
        state.weights = _copy(self.model)
        if not self.kept:
            return
        state.moments = self.optimiser.moments()
        state.generators = {"order": self.order.get_state(), "noise": self.noise.get_state()}
        if self.looks is not self.noise:
            state.generators["looks"] = self.looks.get_state()
        if self.recipe.neighbours:
            state.generators["partners"] = self.partners.get_state()

    def _resume(self, dataset: DataSet) -> None:
        state = self.state
        for f in fields(Recipe):
            then, now = getattr(state.recipe, f.name), getattr(self.recipe, f.name)
            if then != now:
                raise InvalidConfig(
                    f"{f.name} must be {then!r} to go on with this run, got {now!r}; "
                    "start a new run to change it"
                )
        if state.data_digest != dataset.digest:
            raise InvalidInput(
                f"this run was trained on other data than {dataset.name!r} holds now"
            )
        another = f"this run trained another model than the {self.model.name} one given"
        if differs := state.differs(self.model.name, self.model.config):
            raise InvalidInput(f"{another}: {differs}; take model and state from the same file")
        try:
            self.model.load_state_dict(state.weights)
        except RuntimeError as error:
            raise InvalidInput(f"{another}; take model and state from the same file") from error
        try:
            self.order.set_state(state.generators["order"])
            self.noise.set_state(state.generators["noise"])
            self.partners.set_state(state.generators.get("partners", state.generators["noise"]))
            if "looks" in state.generators:
                self.looks.set_state(state.generators["looks"])
            else:  # nothing is drawn, or it was begun when all was drawn from one, and goes on so
                self.looks = self.noise
        except (RuntimeError, TypeError) as error:
            raise InvalidInput(
                "the run's generator states are damaged, or from another kind of device than "
                f"{self.device.type}; go on where it began, or start a new run"
            ) from error
        self.optimiser.load(state.moments)


def _steepness(total: Tensor) -> Tensor:
    """The derivative of mean J^POWER by each J; 0 for J = 0: a blank batch has nothing to teach."""
    j = total.detach()
    return j.clamp(min=1e-12).pow(POWER - 1) * (j >= 1e-12) * (POWER / j.numel())


def _copy(model: Autoencoder) -> dict[str, Tensor]:
    return copy.deepcopy({k: v.detach() for k, v in model.state_dict().items()})


def _mean_terms(terms: list[tuple[Objective, int]], epoch: int, split: str) -> Terms:
    """Means over images, or TrainingDiverged naming the first term that is not finite."""
    columns = [_column(list(each)) for each in zip(*(_values(o) for o, _ in terms), strict=True)]
    reconstruction, penalty, weight = columns
    rows = torch.stack([t.mean(1) for t in (reconstruction, penalty, weight * penalty)], 1)
    bad = (~rows.isfinite()).nonzero()
    if len(bad):
        step, column = bad[0].tolist()
        raise TrainingDiverged(
            f"the {('reconstruction', 'penalty')[column > 0]} term became "
            f"{float(rows[step, column])} in epoch {epoch}, {split} batch {step + 1}; "
            "lower the learning rate or the weight, or scale the data"
        )
    sizes = torch.tensor([n for _, n in terms], dtype=torch.float64)
    return Terms(*((sizes / sizes.sum()) @ rows).tolist())


def _values(objective: Objective) -> tuple[Weights, ...]:
    return objective.reconstruction, objective.penalty, objective.weight


def _column(values: list[Weights]) -> Tensor:
    """One row per batch: (steps, 1), or (steps, G) of G weights."""
    like = next((v for v in values if isinstance(v, Tensor)), None)
    if like is None:
        return torch.tensor(values, dtype=torch.float64)[:, None]
    columns = [torch.as_tensor(v, device=like.device).reshape(-1) for v in values]
    width = max(map(len, columns))  # a step at one weight counts as one at as many equal ones
    return torch.stack([v.expand(width) for v in columns]).cpu().double()
