import type { MemoryKind } from '../wasm/memory/cells.ts';
import type { Device } from './device.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import type { CellWeights, MemoryCell } from './memoryCell.ts';
import { minGru } from './minGru.ts';

const cells = { lstm, gru, minGru };

/** A cell that computes what the wasm engine's of its kind does: same equations, shapes, names and states. */
export function memoryCell(device: Device, kind: MemoryKind, weights: CellWeights): MemoryCell {
  return cells[kind](device, weights);
}
