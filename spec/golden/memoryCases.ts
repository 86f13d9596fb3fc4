import type { MemoryKind } from '../../lib/engine/wasm/memory/cells.ts';
import type { MemorySizes } from '../../lib/engine/wasm/memory/memory.ts';
import type { Segment } from '../lib/engine/wasm/memory/segment.ts';
import { assertClose, golden } from './golden.ts';

type Matrix = number[][];
type Gradients = Readonly<Record<string, Matrix | number[]>>;

/** A case of lstm.json (with c0, …) or gru.json. */
interface GatedCase {
  readonly T: number;
  readonly input: number;
  readonly hidden: number;
  readonly weights: Record<'weight_ih' | 'weight_hh', Matrix> & Record<'bias_ih' | 'bias_hh', number[]>;
  readonly x: Matrix[];
  readonly h0: Matrix;
  readonly done: Matrix;
  readonly loss_weights_h: Matrix[];
  readonly h: Matrix[];
  readonly grads: Gradients;
  readonly grad_x: Matrix[];
  readonly grad_h0: Matrix;
}

interface LstmCase extends GatedCase {
  readonly c0: Matrix;
  readonly c: Matrix[];
  readonly loss_weights_c_last: Matrix;
  readonly grad_c0: Matrix;
}

/** A case of mingru.json: columns are [B][T][H]. */
interface MinGruCase {
  readonly T: number;
  readonly hidden: number;
  readonly num_layers: number;
  readonly weights: Readonly<Record<string, Matrix>>;
  readonly x: Matrix[];
  readonly loss_weights: Matrix[];
  readonly out: Matrix[];
  readonly grads: Gradients;
  readonly grad_x: Matrix[];
  /** [layers][B][H]. */
  readonly final_state: Matrix[];
}

/** What a cell has made of a segment, row after row. */
interface Found {
  readonly outputs: ArrayLike<number>;
  /** After the last step. */
  readonly state: ArrayLike<number>;
  readonly gradients: Readonly<Record<string, ArrayLike<number>>>;
  readonly dInputs: ArrayLike<number>;
  readonly dState: ArrayLike<number>;
}

interface Expected {
  readonly outputs: Matrix[];
  readonly state: Matrix;
  /** By names without `memory.`. */
  readonly gradients: Gradients;
  readonly dInputs: Matrix[];
  readonly dState?: Matrix;
}

const flat = (values: Matrix | number[]): number[] => values.flat();
const keepFrom = (done: Matrix) => done.map((row) => row.map((flag) => 1 - flag));
/** Rows of a and b side by side. */
const beside = (a: Matrix, b: Matrix) => a.map((row, s) => [...row, ...b[s]]);
/** [B][T][H] to [T][B][H]. */
const byTime = (values: Matrix[]) => values[0].map((_, t) => values.map((steps) => steps[t]));

interface MemoryCase {
  readonly sizes: MemorySizes;
  readonly segment: Segment;
  /** @throws Error if it is not what it should be */
  verify(found: Found): void;
}

/** PyTorch's LSTMCell and GRUCell, and PufferLib's MinGRU. */
export const memoryCases: Readonly<Record<MemoryKind, () => MemoryCase[]>> = {
  lstm: () =>
    golden<{ cases: LstmCase[] }>('lstm').cases.map((c) => ({
      sizes: { inputs: c.input, units: c.hidden },
      segment: {
        weights: {
          'memory.weight_ih': c.weights.weight_ih.flat(),
          'memory.weight_hh': c.weights.weight_hh.flat(),
          'memory.bias_ih': c.weights.bias_ih.map((bias, row) => bias + c.weights.bias_hh[row]),
        },
        inputs: c.x,
        state: beside(c.h0, c.c0),
        keep: keepFrom(c.done),
        dOutputs: c.loss_weights_h,
        dState: beside(
          c.h0.map((row) => row.map(() => 0)),
          c.loss_weights_c_last,
        ),
      },
      verify: against({
        outputs: c.h,
        state: beside(c.h[c.T - 1], c.c[c.T - 1]),
        gradients: c.grads,
        dInputs: c.grad_x,
        dState: beside(c.grad_h0, c.grad_c0),
      }),
    })),
  gru: () =>
    golden<{ cases: GatedCase[] }>('gru').cases.map((c) => ({
      sizes: { inputs: c.input, units: c.hidden },
      segment: {
        weights: named(c.weights),
        inputs: c.x,
        state: c.h0,
        keep: keepFrom(c.done),
        dOutputs: c.loss_weights_h,
      },
      verify: against({
        outputs: c.h,
        state: c.h[c.T - 1],
        gradients: c.grads,
        dInputs: c.grad_x,
        dState: c.grad_h0,
      }),
    })),
  minGru: () =>
    golden<{ cases: MinGruCase[] }>('mingru').cases.map((c) => ({
      sizes: { inputs: c.hidden, units: c.hidden, layers: c.num_layers },
      segment: {
        weights: named(c.weights),
        inputs: byTime(c.x),
        state: c.x.map(() => new Array(c.num_layers * c.hidden).fill(0)),
        keep: Array.from({ length: c.T }, () => c.x.map(() => 1)),
        dOutputs: byTime(c.loss_weights),
      },
      verify: against({
        outputs: byTime(c.out),
        state: c.x.map((_, row) => c.final_state.flatMap((layer) => layer[row])),
        gradients: c.grads,
        dInputs: byTime(c.grad_x),
      }),
    })),
};

function against(expected: Expected) {
  return ({ outputs, state, gradients, dInputs, dState }: Found): void => {
    assertClose(outputs, expected.outputs.flat(2), 1e-5, 'h');
    assertClose(state, expected.state.flat(), 1e-5, 'the last state');
    for (const [name, gradient] of Object.entries(gradients))
      assertGradient(gradient, flat(expected.gradients[name.slice('memory.'.length)]), name);
    assertGradient(dInputs, expected.dInputs.flat(2), 'grad_x');
    if (expected.dState) assertGradient(dState, expected.dState.flat(), 'grad of the first state');
  };
}

function assertGradient(actual: ArrayLike<number>, expected: number[], what: string): void {
  assertClose(actual, expected, 1e-4, what, Math.hypot(...expected) || 1e-12);
}

/** Weights as a network names them. */
function named(weights: Readonly<Record<string, Matrix | number[]>>) {
  return Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [`memory.${name}`, flat(values)]),
  );
}
