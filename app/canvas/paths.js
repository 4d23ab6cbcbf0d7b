// Ways from one vector to another, as ae_core/latent/paths.py.

export function lerp(a, b, t) {
  return a.map((value, i) => value + t * (b[i] - value));
}

// The direction turns on a great circle, the length goes linearly (Shoemake 1985).
export function slerp(a, b, t) {
  const [la, lb] = [Math.hypot(...a), Math.hypot(...b)];
  if (!la || !lb || a.length === 1) return lerp(a, b, t);
  const [ua, ub] = [a.map((value) => value / la), b.map((value) => value / lb)];
  const cosine = ua.reduce((sum, value, i) => sum + value * ub[i], 0);
  let across = ub.map((value, i) => value - cosine * ua[i]);
  let sine = Math.hypot(...across);
  if (sine < 1e-6) {
    if (cosine > 0) return lerp(a, b, t);
    // Opposite: through the axis most nearly perpendicular.
    const least = ua.reduce((best, value, i) => (Math.abs(value) < Math.abs(ua[best]) ? i : best), 0);
    across = ua.map((value, i) => (i === least ? 1 : 0) - ua[least] * value);
    sine = Math.hypot(...across);
  }
  const omega = cosine < -1 + 1e-9 ? Math.PI : Math.acos(Math.max(-1, Math.min(1, cosine)));
  const length = la + t * (lb - la);
  return ua.map((value, i) => length * (Math.cos(t * omega) * value + (Math.sin(t * omega) * across[i]) / sine));
}
