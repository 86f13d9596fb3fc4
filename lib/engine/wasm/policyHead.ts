import type { Kernels } from './kernels.ts';

/** Pointers to what a loss reads and writes of a minibatch: columns of all rows, which `rows` picks from. */
export interface LossPointers {
  readonly actions: number;
  readonly logProbs: number;
  readonly advantages: number;
  readonly returns: number;
  readonly values: number;
  /** f32, or 0: importance weights of the samples' advantages. */
  readonly weights: number;
  /** f32, or 0: where the log-probabilities and values by the present weights go. */
  readonly newLogProbs: number;
  readonly newValues: number;
  /** The numbers that `Kernels.ppoLoss` takes, and the sums it adds to. */
  readonly config: number;
  readonly sums: number;
  /** Room of `scratch` floats. */
  readonly scratch: number;
}

/** Pointers to what a block's policy is made of. */
export interface PolicyBlock {
  readonly policy: number;
  /** What the policy's head has read. */
  readonly features: number;
  /** Log-deviations of a Gaussian policy that each state has of its own; 0: it has none. */
  readonly deviations: number;
}

/** Pointers to a block's outputs and their gradients. */
export interface LossBlock extends PolicyBlock {
  readonly values: number;
  readonly dPolicy: number;
  readonly dValues: number;
  readonly dDeviations: number;
}

/** Makes actions of a policy's outputs, which are a block, and judges them. */
export interface PolicyHead {
  /** K, elements of an action. */
  readonly actionSize: number;
  readonly actionType: 'i32' | 'f32';
  /** Floats of scratch that `loss` needs. */
  readonly scratch: number;
  /**
   * Draws the actions of n samples of the block, from `first` on, which are rows `row` … of step t: how they are batched
   * changes nothing.
   *
   * @param actions pointer to [n, K]; `logProbs` to [n]
   */
  sample(
    block: PolicyBlock,
    first: number,
    n: number,
    key: readonly [number, number],
    t: number,
    row: number,
    actions: number,
    logProbs: number,
  ): void;
  /** The most probable actions. */
  greedy(block: PolicyBlock, n: number, actions: number, logProbs: number): void;
  /**
   * PPO's loss of n samples, whose rows are listed (u32) at `rows`, and its gradient.
   *
   * @param gradients pointer to a vector like the parameters, for a head that has some of its own
   */
  loss(block: LossBlock, rows: number, n: number, columns: LossPointers, gradients: number): void;
}

/** Softmax policies, a component after the other. */
export class CategoricalHead implements PolicyHead {
  readonly actionType = 'i32';
  readonly actionSize: number;
  readonly scratch: number;
  readonly #kernels: Kernels;
  readonly #sizes: number;

  /** @param sizes pointer to the choices of each component, i32 */
  constructor(kernels: Kernels, sizes: number, components: number) {
    this.#kernels = kernels;
    this.#sizes = sizes;
    this.actionSize = components;
    this.scratch = 16 * components;
  }

  sample(
    { policy }: PolicyBlock,
    first: number,
    n: number,
    [key0, key1]: readonly [number, number],
    t: number,
    row: number,
    actions: number,
    logProbs: number,
  ): void {
    const time = Math.floor(t / 2 ** 32);
    const { actionSize } = this;
    this.#kernels.categoricalSample(
      policy + 4 * first,
      n,
      this.#sizes,
      actionSize,
      key0,
      key1,
      t,
      time,
      row,
      actions,
      logProbs,
    );
  }

  greedy({ policy }: PolicyBlock, n: number, actions: number, logProbs: number): void {
    this.#kernels.categoricalGreedy(policy, n, this.#sizes, this.actionSize, actions, logProbs);
  }

  loss(block: LossBlock, rows: number, n: number, columns: LossPointers): void {
    this.#kernels.ppoLoss(
      block.policy,
      block.values,
      rows,
      n,
      this.#sizes,
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
