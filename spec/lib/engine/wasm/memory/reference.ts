import type { MemoryKind } from '../../../../../lib/engine/wasm/memory/cells.ts';
import type { Weights } from './segment.ts';

type Vector = readonly number[];

/** The cells in float64, one row and one step at a time. */
export const cells: Record<
  MemoryKind,
  (weights: Weights, x: Vector, state: Vector) => { output: Vector; state: Vector }
> = { lstm, gru, minGru };

const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));

/** W x, W being row-major. */
function product(weights: Vector, x: Vector): number[] {
  return Array.from({ length: weights.length / x.length }, (_, o) =>
    x.reduce((sum, value, i) => sum + weights[o * x.length + i] * value, 0),
  );
}

function lstm(weights: Weights, x: Vector, state: Vector) {
  const units = state.length / 2;
  const [h, c] = [state.slice(0, units), state.slice(units)];
  const ofInput = product(weights['memory.weight_ih'], x);
  const ofState = product(weights['memory.weight_hh'], h);
  const sum = (gate: number, u: number) => {
    const row = gate * units + u;
    return ofInput[row] + ofState[row] + weights['memory.bias_ih'][row];
  };
  const next = c.map((before, u) => sigmoid(sum(1, u)) * before + sigmoid(sum(0, u)) * Math.tanh(sum(2, u)));
  const output = next.map((after, u) => sigmoid(sum(3, u)) * Math.tanh(after));
  return { output, state: [...output, ...next] };
}

function gru(weights: Weights, x: Vector, h: Vector) {
  const units = h.length;
  const ofInput = product(weights['memory.weight_ih'], x).map((v, o) => v + weights['memory.bias_ih'][o]);
  const ofState = product(weights['memory.weight_hh'], h).map((v, o) => v + weights['memory.bias_hh'][o]);
  const output = h.map((before, u) => {
    const r = sigmoid(ofInput[u] + ofState[u]);
    const z = sigmoid(ofInput[units + u] + ofState[units + u]);
    const n = Math.tanh(ofInput[2 * units + u] + r * ofState[2 * units + u]);
    return (1 - z) * n + z * before;
  });
  return { output, state: output };
}

function minGru(weights: Weights, x: Vector, state: Vector) {
  const units = x.length;
  const next: number[] = [];
  let output = x;
  for (let l = 0; l < state.length / units; l++) {
    const sums = product(weights[`memory.layers.${l}.weight`], output);
    output = output.map((below, u) => {
      const candidate = sums[u] >= 0 ? sums[u] + 0.5 : sigmoid(sums[u]);
      const mix = sigmoid(sums[units + u]);
      const out = sigmoid(sums[2 * units + u]);
      next.push((1 - mix) * state[l * units + u] + mix * candidate);
      return out * next[l * units + u] + (1 - out) * below;
    });
  }
  return { output, state: next };
}
