import type { Tensor, Tensor2D, Tensor3D } from './tf.ts';

/**
 * A recurrent cell of tensors, which goes through T steps of N rows: outputs, and gradients by backpropagation through
 * time over the whole segment.
 *
 * @param inputs [T, N, inputs]
 * @param states [N, S] before the first step
 * @param keeps [T, N] what the state is multiplied by before step t: 0 where an episode begins, else 1
 * @param isData no gradient is wanted by the inputs
 */
export type MemoryCell = (
  inputs: Tensor3D,
  states: Tensor2D,
  keeps: Tensor2D,
  isData?: boolean,
) => {
  /** [T, N, units] */
  readonly outputs: Tensor3D;
  /** [N, S] after the last step */
  readonly state: Tensor2D;
};

/** A cell's tensors, by the names that the wasm engine's cell of its kind has for them. */
export type CellWeights = (name: string) => Tensor;
