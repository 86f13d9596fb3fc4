import type { MemoryKind } from '../wasm/memory/cells.ts';
import type { Device } from './device.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { minGru } from './minGru.ts';
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

const cells = { lstm, gru, minGru };

/** A cell that computes what the wasm engine's of its kind does: same equations, shapes, names and states. */
export function memoryCell(device: Device, kind: MemoryKind, weights: CellWeights): MemoryCell {
  return cells[kind](device, weights);
}
