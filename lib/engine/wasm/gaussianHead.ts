import type { Kernels } from './kernels.ts';
import type { LossBlock, LossPointers, PolicyHead } from './policyHead.ts';

/** Diagonal Gaussian policies: means, and log-deviations that are parameters or put out too. */
export class GaussianHead implements PolicyHead {
  readonly actionType = 'f32';
  readonly actionSize: number;
  readonly scratch = 16;
  readonly #kernels: Kernels;
  readonly #parameters: number;
  readonly #logStd: number | undefined;

  /**
   * @param parameters pointer to the parameter vector; `logStd` where in it, in floats, the log-deviations are; undefined:
   *   they are put out below the means
   */
  constructor(kernels: Kernels, dimensions: number, parameters: number, logStd: number | undefined) {
    this.#kernels = kernels;
    this.actionSize = dimensions;
    this.#parameters = parameters;
    this.#logStd = logStd;
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
    void [policy, n, key0, key1, t, row, actions, logProbs, this.#kernels, this.#parameters, this.#logStd];
  }

  greedy(_policy: number, _n: number, _actions: number, _logProbs: number): void {}

  loss(_block: LossBlock, _rows: number, _n: number, _columns: LossPointers, _gradients: number): void {}
}
