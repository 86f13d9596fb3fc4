/**
 * Where a named tensor is in a vector of parameters: `rows` of `columns` floats, `pitch` floats apart, from `at` on. What
 * lies between belongs to nobody and is 0.
 */
export interface TensorPlace {
  readonly name: string;
  /** As PyTorch has it; rows × columns elements. */
  readonly shape: readonly number[];
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
  readonly pitch: number;
  /** Where a row keeps its columns, if not in order. */
  readonly order?: Int32Array;
}

/** What an optimizer steps by: vectors of all parameters, in one order. */
export interface OptimizerStep {
  /** To be moved. */
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  /** What the gradients are to be multiplied by, for their norm to be within `maxGradNorm`. */
  readonly scale: number;
  readonly learningRate: number;
  /** Steps taken, this one too. */
  readonly updates: number;
  /** What it remembers, by name: all 0 before the first step. */
  readonly state: Readonly<Record<string, Float32Array>>;
  readonly places: readonly TensorPlace[];
}

/** Moves parameters against their gradients. It keeps what it remembers in `state`, which checkpoints hold. */
export interface OwnOptimizer {
  /** Names of the vectors that it remembers. */
  readonly state: readonly string[];
  step(step: OptimizerStep): void;
}
