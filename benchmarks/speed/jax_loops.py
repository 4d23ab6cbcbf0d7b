"""The same network in JAX and in Keras 3 on JAX."""

import os
from typing import Any

from torch import Tensor

from benchmarks.speed.contender import BATCH, SIZES, Contender


def jax(x: Tensor, d: int, variational: bool) -> Contender:
    """One jitted step: value and gradient, Adam by hand (Kingma & Ba 2015, algorithm 1)."""
    import jax
    import jax.numpy as jnp

    code = 2 * d if variational else d
    widths = [*zip(SIZES, (*SIZES[1:], code), strict=True)]
    widths += [*zip((d, *SIZES[:0:-1]), SIZES[::-1], strict=True)]
    keys = jax.random.split(jax.random.PRNGKey(0), len(widths))
    glorot = jax.nn.initializers.glorot_uniform()
    weights = [(glorot(k, w), jnp.zeros(w[1])) for k, w in zip(keys, widths, strict=True)]

    def run_layers(h: Any, layers: Any) -> Any:
        for w, b in layers[:-1]:
            h = jax.nn.silu(h @ w + b)
        return h @ layers[-1][0] + layers[-1][1]

    def loss(weights: Any, x: Any, key: Any) -> Any:
        z = run_layers(x, weights[:3])
        if not variational:
            return jnp.square(jax.nn.sigmoid(run_layers(z, weights[3:])) - x).sum() / len(x)
        mu, log_var = z[:, :d], z[:, d:]
        z = mu + jnp.exp(0.5 * log_var) * jax.random.normal(key, mu.shape)
        a = run_layers(z, weights[3:])
        kl = 0.5 * (mu**2 + jnp.exp(log_var) - 1 - log_var).sum()
        return ((jax.nn.softplus(a) - x * a).sum() + kl) / len(x)

    def step(state: Any, x: Any) -> Any:
        weights, m, v, t, key = state
        key, own = jax.random.split(key)
        g = jax.grad(loss)(weights, x, own)
        t = t + 1
        tree = jax.tree_util.tree_map
        m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        a, b = 1 / (1 - 0.9**t), 1 / (1 - 0.999**t)
        weights = tree(lambda w, m, v: w - 1e-3 * a * m / (jnp.sqrt(b * v) + 1e-8), weights, m, v)
        return weights, m, v, t, key

    jitted = jax.jit(step, donate_argnums=0)
    batches = [jnp.asarray(part.numpy()) for part in x.flatten(1).split(BATCH)]
    zeros = jax.tree_util.tree_map(jnp.zeros_like, weights)
    again = jax.tree_util.tree_map(jnp.zeros_like, weights)
    box = [(weights, zeros, again, jnp.zeros(()), jax.random.PRNGKey(1))]

    def run(epochs: int) -> None:
        for _ in range(epochs):
            for batch in batches:
                box[0] = jitted(box[0], batch)
        jax.block_until_ready(box[0])

    return Contender(run)


def keras(x: Tensor, d: int, variational: bool) -> Contender:
    """`model.fit` on Keras 3 with JAX below."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    dense, ops = keras.layers.Dense, keras.ops
    source = keras.Input((784,))
    h = dense(256, "silu")(dense(512, "silu")(source))
    mu = dense(d)(h)

    class Sample(keras.layers.Layer):  # type: ignore[misc, name-defined]
        """z = μ + σ ⊙ ε, and the KL term."""

        def __init__(self) -> None:
            super().__init__()
            self.seeds = keras.random.SeedGenerator(0)

        def call(self, both: Any) -> Any:
            mu, log_var = both
            kl = 0.5 * ops.sum(ops.square(mu) + ops.exp(log_var) - 1 - log_var, axis=1)
            self.add_loss(ops.mean(kl))
            eps = keras.random.normal(ops.shape(mu), seed=self.seeds)
            return mu + ops.exp(0.5 * log_var) * eps

    z = Sample()([mu, dense(d)(h)]) if variational else mu
    out = dense(784, "sigmoid")(dense(512, "silu")(dense(256, "silu")(z)))
    model = keras.Model(source, out)

    def error(x: Any, x_hat: Any) -> Any:
        if variational:
            return ops.sum(ops.binary_crossentropy(x, x_hat), axis=1)
        return ops.sum(ops.square(x - x_hat), axis=1)

    model.compile(keras.optimizers.Adam(1e-3), error)
    data = x.flatten(1).numpy()

    def run(epochs: int) -> None:
        model.fit(data, data, batch_size=BATCH, epochs=epochs, verbose=0)

    return Contender(run, prepares=True)
