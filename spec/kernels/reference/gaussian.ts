import { lossTerms, type Outcome, type PpoConfig, slope, total } from './ppoLoss.ts';

export interface GaussianSample extends Outcome {
  means: readonly number[];
  /** As the parameters or the network give them. */
  logStd: readonly number[];
  actions: readonly number[];
}

const halfLogTau = 0.5 * Math.log(2 * Math.PI);

/** log σ as a state-dependent head takes it. */
export const held = (logStd: number) => Math.max(-5, Math.min(2, logStd));

/** log p(a) of independent components. */
export function gaussianLogProb(
  means: readonly number[],
  logStd: readonly number[],
  actions: readonly number[],
): number {
  return means.reduce(
    (sum, mean, k) => sum - 0.5 * ((actions[k] - mean) / Math.exp(logStd[k])) ** 2 - logStd[k] - halfLogTau,
    0,
  );
}

/** The terms of one sample; `clamp`: log σ is a state-dependent head's. */
export function gaussianTerms(sample: GaussianSample, config: PpoConfig, clamp: boolean): number[] {
  const logStd = clamp ? sample.logStd.map(held) : sample.logStd;
  const entropy = logStd.reduce((sum, log) => sum + log + halfLogTau + 0.5, 0);
  return lossTerms(gaussianLogProb(sample.means, logStd, sample.actions), entropy, sample, config);
}

/** The gradient by central differences of the loss alone, steps along a mean being measured in its σ. */
export function gaussianGradient(sample: GaussianSample, config: PpoConfig, clamp: boolean) {
  const { means, logStd } = sample;
  const along = (move: (h: number) => GaussianSample) =>
    config.weight * slope((h) => total(gaussianTerms(move(h), config, clamp), config) / config.weight);
  return {
    means: means.map((mean, k) => {
      const sigma = Math.exp(clamp ? held(logStd[k]) : logStd[k]);
      return along((h) => ({ ...sample, means: means.with(k, mean + sigma * h) })) / sigma;
    }),
    logStd: logStd.map((log, k) => along((h) => ({ ...sample, logStd: logStd.with(k, log + h) }))),
    value: along((h) => ({ ...sample, value: sample.value + h })),
  };
}
