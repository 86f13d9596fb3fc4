export interface GaeInput {
  steps: number;
  rows: number;
  gamma: number;
  gaeLambda: number;
  /** [T, N], values [T + 1, N] */
  rewards: ArrayLike<number>;
  values: ArrayLike<number>;
  terminations: ArrayLike<number>;
  truncations: ArrayLike<number>;
  finalValues?: ArrayLike<number>;
}

/** A[t] = Σₖ (γλ)ᵏ δ[t + k] up to the end of the episode, as the sum that it is. */
export function gae(input: GaeInput): { advantages: number[]; returns: number[] } {
  const { steps, rows, gamma, gaeLambda, rewards, values, terminations, truncations, finalValues } = input;
  const delta = (t: number, i: number) => {
    const at = t * rows + i;
    if (terminations[at]) return rewards[at] - values[at];
    const next = finalValues && truncations[at] ? finalValues[at] : values[at + rows];
    return rewards[at] + gamma * next - values[at];
  };
  const advantages = Array.from({ length: steps * rows }, (_, at) => {
    const i = at % rows;
    let sum = 0;
    for (let t = Math.floor(at / rows), weight = 1; t < steps; t++, weight *= gamma * gaeLambda) {
      sum += weight * delta(t, i);
      if (terminations[t * rows + i] || truncations[t * rows + i]) break;
    }
    return sum;
  });
  return { advantages, returns: advantages.map((advantage, at) => advantage + values[at]) };
}
