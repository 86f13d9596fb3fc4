import type { Kernels } from './kernels.ts';
import type { LossBlock, LossPointers, PolicyHead } from './policyHead.ts';

/** Diagonal Gaussian policies: means, and log-deviations that are parameters or put out too. */
export class GaussianHead implements PolicyHead {
  readonly actionType = 'f32';
  readonly actionSize: number;
  readonly scratch: number;
  readonly #kernels: Kernels;
  /** Pointer to the log-deviations; 0: they are put out. */
  readonly #logStd: number;
  /** Where they are in a vector like the parameters, in bytes. */
  readonly #offset: number;

  /**
   * @param parameters pointer to the parameter vector; `logStd` where in it, in floats, the log-deviations are; undefined:
   *   they are put out below the means
   */
  constructor(kernels: Kernels, dimensions: number, parameters: number, logStd: number | undefined) {
    this.#kernels = kernels;
    this.actionSize = dimensions;
    this.scratch = 16 * dimensions;
    this.#offset = 4 * (logStd ?? 0);
    this.#logStd = logStd === undefined ? 0 : parameters + this.#offset;
  }

  sample(
    policy: number,
    n: number,
    [key0, key1]: readonly [number, number],
    t: number,
    row: number,
    actions: number,
    logProbs: number,
  ): void {
    const time = Math.floor(t / 2 ** 32);
    const { actionSize } = this;
    const logStd = this.#logStd;
    this.#kernels.gaussianSample(policy, logStd, n, actionSize, key0, key1, t, time, row, actions, logProbs);
  }

  greedy(policy: number, n: number, actions: number, logProbs: number): void {
    this.#kernels.gaussianGreedy(policy, this.#logStd, n, this.actionSize, actions, logProbs);
  }

  loss(block: LossBlock, rows: number, n: number, columns: LossPointers, gradients: number): void {
    this.#kernels.gaussianPpoLoss(
      block.policy,
      block.values,
      this.#logStd,
      gradients + this.#offset,
      rows,
      n,
      this.actionSize,
      columns.scratch,
      columns.actions,
      columns.logProbs,
      columns.advantages,
      columns.returns,
      columns.values,
      columns.weights,
      columns.config,
      block.dPolicy,
      block.dValues,
      columns.newLogProbs,
      columns.newValues,
      columns.sums,
    );
  }
}
