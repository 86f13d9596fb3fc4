import type { ColumnSpecs } from '../../../arena.ts';
import { prefixed, unprefixed } from '../../../restore.ts';
import { blockColumns, DenseLayer, type DenseShape, nameRows, panelColumns, planDense } from '../dense.ts';
import type { KernelLayout, Kernels } from '../kernels.ts';
import type { Block } from '../layer.ts';
import type { ParameterPlan } from '../parameters.ts';
import { Tower } from '../tower.ts';
import type { SacNetwork } from './sacOptions.ts';

/** Rows of the last layer that have a name of their own. */
interface Part {
  readonly name: string;
  readonly count: number;
  readonly gain: number;
}

/** Columns by their names, of one arena. */
export type Places = Readonly<Record<string, { readonly byteOffset: number; readonly length: number }>>;

/** Lays out hidden layers named `name.0`, `name.2`, … as in PyTorch's Sequential, and a linear layer of parts on top. */
export function planMlp(
  plan: ParameterPlan,
  name: string,
  inputs: number,
  { hidden, activation, gains }: SacNetwork,
  parts: readonly Part[],
  rows: number,
): DenseShape[] {
  let width = inputs;
  const layers = hidden.map((units, l) => {
    const shape = planDense(plan, { outputs: units, inputs: width, activation }, rows);
    nameRows(plan, shape, { name: `${name}.${2 * l}`, from: 0, count: units, gain: gains.hidden }, rows);
    width = units;
    return shape;
  });
  const outputs = parts.reduce((sum, { count }) => sum + count, 0);
  const head = planDense(plan, { outputs, inputs: width, activation: 'linear' }, rows);
  let from = 0;
  for (const part of parts) {
    nameRows(plan, head, { ...part, from }, rows);
    from += part.count;
  }
  return [...layers, head];
}

/** The packed weights of all layers. @param hasBackward whether gradients go back through them */
export function mlpPanels(
  shapes: readonly DenseShape[],
  kernels: KernelLayout,
  hasBackward = true,
): ColumnSpecs {
  return joined(shapes.map((shape) => panelColumns(shape, kernels, hasBackward)));
}

/** What all layers write in a pass. */
export function mlpBlocks(shapes: readonly DenseShape[], kernels: KernelLayout): ColumnSpecs {
  return joined(shapes.map((shape) => blockColumns(shape, kernels)));
}

/** @param parameters pointer; @param panels,blocks columns that were taken by `mlpPanels` and `mlpBlocks` */
export function makeMlp(
  shapes: readonly DenseShape[],
  kernels: Kernels,
  parameters: number,
  panels: Places,
  blocks: Places,
): Tower {
  const own = (l: number) => ({ ...unprefixed(`${l}.`, panels), ...unprefixed(`${l}.`, blocks) });
  return new Tower(shapes.map((shape, l) => new DenseLayer(shape, kernels, parameters, own(l))));
}

/** The gradient by the input, at a pointer, from that of the head; weights get none. */
export function backwardInput({ layers }: Tower, input: Block, inputGradient: number, n: number): void {
  for (let l = layers.length - 1; l > 0; l--)
    layers[l].backwardInput(layers[l - 1].output, layers[l - 1].gradient, n);
  layers[0].backwardInput(input, inputGradient, n);
}

function joined(layers: readonly ColumnSpecs[]): ColumnSpecs {
  return Object.assign({}, ...layers.map((columns, l) => prefixed(`${l}.`, columns)));
}
