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
}

export interface PpoSample {
  logits: readonly number[];
  /** Choices of each component, and which was taken. */
  sizes: readonly number[];
  actions: readonly number[];
  value: number;
  logProb: number;
  advantage: number;
  return: number;
  oldValue: number;
}

const clip = (x: number, low: number, high: number) => Math.max(low, Math.min(high, x));

/** policy loss, value loss, entropy, approximate KL, old approximate KL, clipped: of one sample. */
export function ppoTerms(sample: PpoSample, config: PpoConfig): number[] {
  const logRatio = jointLogProb(sample.logits, sample.sizes, sample.actions) - sample.logProb;
  const ratio = Math.exp(logRatio);
  const advantage = (sample.advantage - config.mean) * config.invStd;
  let policy = Math.max(
    -advantage * ratio,
    -advantage * clip(ratio, 1 - config.clipCoef, 1 + config.clipCoef),
  );
  if (advantage < 0) policy = Math.min(policy, -config.dualClip * advantage);
  const clipped = sample.oldValue + clip(sample.value - sample.oldValue, -config.vfClip, config.vfClip);
  const value = 0.5 * Math.max((sample.value - sample.return) ** 2, (clipped - sample.return) ** 2);
  const entropy = -split(sample.logits, sample.sizes)
    .flatMap(logSoftmax)
    .reduce((sum, logProb) => sum + (logProb > -Infinity ? Math.exp(logProb) * logProb : 0), 0);
  return [policy, value, entropy, ratio - 1 - logRatio, -logRatio, +(Math.abs(ratio - 1) > config.clipCoef)];
}

/** What is minimised, of one sample. */
function total(sample: PpoSample, config: PpoConfig): number {
  const [policy, value, entropy] = ppoTerms(sample, config);
  return config.weight * (policy - config.entCoef * entropy + config.vfCoef * value);
}

/** The gradient by central differences of the loss alone; NaN at a kink, where the slopes to the left and right differ. */
export function ppoGradient(sample: PpoSample, config: PpoConfig): { logits: number[]; value: number } {
  const along = (move: (h: number) => PpoSample) => {
    const f = (h: number) => total(move(h), config) / config.weight;
    const bend = Math.abs(f(2e-5) - 2 * f(0) + f(-2e-5)) / 2e-5;
    return bend > 1e-3 ? Number.NaN : (config.weight * (f(1e-5) - f(-1e-5))) / 2e-5;
  };
  return {
    logits: sample.logits.map((logit, j) =>
      logit === -Infinity ? 0 : along((h) => ({ ...sample, logits: sample.logits.with(j, logit + h) })),
    ),
    value: along((h) => ({ ...sample, value: sample.value + h })),
  };
}
