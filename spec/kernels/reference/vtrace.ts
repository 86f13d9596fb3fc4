import type { GaeInput } from './gae.ts';

export interface VtraceInput extends GaeInput {
  rhoClip: number;
  cClip: number;
  /** IMPALA's clip of its own for the advantages of the policy gradient. */
  pgRhoClip: number;
  ratios: ArrayLike<number>;
}

/** vs[t] = V[t] + Σₖ (γλ)ᵏ (Π c) ρ δ[t + k] up to the end of the episode, as the sum that it is. */
export function vtrace(input: VtraceInput) {
  const { steps, rows, gamma, gaeLambda, rewards, values, terminations, truncations, finalValues } = input;
  const { ratios, rhoClip, cClip, pgRhoClip } = input;
  const beyond = (at: number) => {
    if (terminations[at]) return 0;
    return finalValues && truncations[at] ? finalValues[at] : values[at + rows];
  };
  const advantages = Array.from({ length: steps * rows }, (_, start) => {
    let sum = 0;
    let weight = 1;
    for (let at = start; at < steps * rows; at += rows) {
      sum += weight * Math.min(ratios[at], rhoClip) * (rewards[at] + gamma * beyond(at) - values[at]);
      if (terminations[at] || truncations[at]) break;
      weight *= gamma * gaeLambda * Math.min(ratios[at], cClip);
    }
    return sum;
  });
  const returns = advantages.map((advantage, at) => advantage + values[at]);
  const policy = advantages.map((_, at) => {
    const goesOn = at + rows < steps * rows && !terminations[at] && !truncations[at];
    // λ between the target of the step after and its value alone.
    const next = goesOn ? gaeLambda * returns[at + rows] + (1 - gaeLambda) * values[at + rows] : beyond(at);
    return Math.min(ratios[at], pgRhoClip) * (rewards[at] + gamma * next - values[at]);
  });
  return { advantages, returns, policy };
}
