import { GaussianHead } from './gaussianHead.ts';
import type { Kernels } from './kernels.ts';
import type { LossBlock, LossPointers, PolicyBlock, PolicyHead } from './policyHead.ts';
import type { SdeShape } from './sdeLayer.ts';

/**
 * Gaussian policies that explore by gSDE: what is added to the means is linear in the features, by weights that each row
 * draws anew every `sampleFreq` steps. They are a function of seed, row and ⌊t / sampleFreq⌋: there is nothing to save.
 */
export class SdeHead implements PolicyHead {
  readonly actionType = 'f32';
  readonly actionSize: number;
  readonly scratch: number;
  readonly #kernels: Kernels;
  readonly #shape: SdeShape;
  readonly #logStd: number;
  readonly #sampleFreq: number;
  readonly #gaussian: GaussianHead;

  /** @param parameters pointer to the parameter vector */
  constructor(kernels: Kernels, shape: SdeShape, parameters: number, sampleFreq: number) {
    this.#kernels = kernels;
    this.#shape = shape;
    this.#logStd = parameters + 4 * shape.logStd;
    this.#sampleFreq = sampleFreq;
    this.#gaussian = new GaussianHead(kernels, shape.dimensions, 'free');
    this.actionSize = this.#gaussian.actionSize;
    this.scratch = this.#gaussian.scratch;
  }

  sample(
    { policy, features, deviations }: PolicyBlock,
    first: number,
    n: number,
    [key0, key1]: readonly [number, number],
    t: number,
    row: number,
    actions: number,
    logProbs: number,
  ): void {
    const drawn = Math.floor(t / this.#sampleFreq);
    this.#kernels.sdeSample(
      policy + 4 * first,
      features + 4 * first,
      this.#logStd,
      deviations + 4 * first,
      n,
      this.#shape.dimensions,
      this.#shape.features,
      key0,
      key1,
      drawn,
      Math.floor(drawn / 2 ** 32),
      row,
      actions,
      logProbs,
    );
  }

  greedy(block: PolicyBlock, n: number, actions: number, logProbs: number): void {
    this.#gaussian.greedy(block, n, actions, logProbs);
  }

  loss(block: LossBlock, rows: number, n: number, columns: LossPointers, gradients: number): void {
    this.#gaussian.loss(block, rows, n, columns, gradients);
  }
}
