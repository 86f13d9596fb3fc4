import { jointLogProb, logSoftmax, split } from './categorical.ts';

export interface PpoConfig {
  clipCoef: number;
  vfClip: number;
  entCoef: number;
  vfCoef: number;
  mean: number;
  invStd: number;
  dualClip: number;
  weight: number;
  klCoef?: number;
}

/** What a sample's loss is made of, apart from its policy. */
export interface Outcome {
  value: number;
  logProb: number;
  advantage: number;
  return: number;
  oldValue: number;
  /** Multiplies the advantage; where it is 0, the sample does not count. */
  importance?: number;
}

export interface PpoSample extends Outcome {
  logits: readonly number[];
  /** Choices of each component, and which was taken. */
  sizes: readonly number[];
  actions: readonly number[];
}

const clip = (x: number, low: number, high: number) => Math.max(low, Math.min(high, x));

/** policy loss, value loss, entropy, approximate KL, old approximate KL, clipped: of one sample of any policy. */
export function lossTerms(logProb: number, entropy: number, sample: Outcome, config: PpoConfig): number[] {
  const { importance = 1 } = sample;
  if (importance === 0) return [0, 0, 0, 0, 0, 0];
  const logRatio = logProb - sample.logProb;
  const ratio = Math.exp(logRatio);
  const advantage = (sample.advantage - config.mean) * config.invStd * importance;
  let policy = Math.max(
    -advantage * ratio,
    -advantage * clip(ratio, 1 - config.clipCoef, 1 + config.clipCoef),
  );
  if (advantage < 0) policy = Math.min(policy, -config.dualClip * advantage);
  const clipped = sample.oldValue + clip(sample.value - sample.oldValue, -config.vfClip, config.vfClip);
  const value = 0.5 * Math.max((sample.value - sample.return) ** 2, (clipped - sample.return) ** 2);
  return [policy, value, entropy, ratio - 1 - logRatio, -logRatio, +(Math.abs(ratio - 1) > config.clipCoef)];
}

/** What is minimised, of one sample. */
export function total([policy, value, entropy, kl]: readonly number[], config: PpoConfig): number {
  const { weight, entCoef, vfCoef, klCoef = 0 } = config;
  return weight * (policy - entCoef * entropy + vfCoef * value + klCoef * kl);
}

/** f′(0) by a central difference; NaN at a kink, where the slopes to the left and right differ. */
export function slope(f: (h: number) => number): number {
  const bend = Math.abs(f(2e-5) - 2 * f(0) + f(-2e-5)) / 2e-5;
  return bend > 1e-3 ? Number.NaN : (f(1e-5) - f(-1e-5)) / 2e-5;
}

/** The terms of one sample of a categorical policy. */
export function ppoTerms(sample: PpoSample, config: PpoConfig): number[] {
  const entropy = -split(sample.logits, sample.sizes)
    .flatMap(logSoftmax)
    .reduce((sum, logProb) => sum + (logProb > -Infinity ? Math.exp(logProb) * logProb : 0), 0);
  return lossTerms(jointLogProb(sample.logits, sample.sizes, sample.actions), entropy, sample, config);
}

/** The gradient by central differences of the loss alone. */
export function ppoGradient(sample: PpoSample, config: PpoConfig): { logits: number[]; value: number } {
  const along = (move: (h: number) => PpoSample) =>
    config.weight * slope((h) => total(ppoTerms(move(h), config), config) / config.weight);
  return {
    logits: sample.logits.map((logit, j) =>
      logit === -Infinity ? 0 : along((h) => ({ ...sample, logits: sample.logits.with(j, logit + h) })),
    ),
    value: along((h) => ({ ...sample, value: sample.value + h })),
  };
}
