import { deviationForms, type Kernels } from './kernels.ts';
import type { LossBlock, LossPointers, PolicyBlock, PolicyHead } from './policyHead.ts';

/** Diagonal Gaussian policies: means, and log-deviations that are parameters or of the block, too. */
export class GaussianHead implements PolicyHead {
  readonly actionType = 'f32';
  readonly actionSize: number;
  readonly scratch: number;
  readonly #kernels: Kernels;
  readonly #form: number;
  /** Pointer to the log-deviations that are parameters; 0: they are the block's. */
  readonly #logStd: number;
  /** Where they are in a vector like the parameters, in bytes. */
  readonly #offset: number;

  /**
   * @param parameters pointer to the parameter vector; `logStd` where in it, in floats, shared log-deviations are
   */
  constructor(
    kernels: Kernels,
    dimensions: number,
    form: keyof typeof deviationForms,
    parameters = 0,
    logStd = 0,
  ) {
    this.#kernels = kernels;
    this.actionSize = dimensions;
    this.scratch = 16 * dimensions;
    this.#form = deviationForms[form];
    this.#offset = 4 * logStd;
    this.#logStd = form === 'shared' ? parameters + this.#offset : 0;
  }

  sample(
    block: PolicyBlock,
    first: number,
    n: number,
    [key0, key1]: readonly [number, number],
    t: number,
    row: number,
    actions: number,
    logProbs: number,
  ): void {
    const time = Math.floor(t / 2 ** 32);
    const logStd = this.#logStd || block.deviations + 4 * first;
    this.#kernels.gaussianSample(
      block.policy + 4 * first,
      logStd,
      this.#form,
      n,
      this.actionSize,
      key0,
      key1,
      t,
      time,
      row,
      actions,
      logProbs,
    );
  }

  greedy({ policy, deviations }: PolicyBlock, n: number, actions: number, logProbs: number): void {
    const logStd = this.#logStd || deviations;
    this.#kernels.gaussianGreedy(policy, logStd, this.#form, n, this.actionSize, actions, logProbs);
  }

  loss(block: LossBlock, rows: number, n: number, columns: LossPointers, gradients: number): void {
    const isShared = this.#logStd !== 0;
    this.#kernels.gaussianPpoLoss(
      block.policy,
      block.values,
      isShared ? this.#logStd : block.deviations,
      this.#form,
      isShared ? gradients + this.#offset : block.dDeviations,
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
