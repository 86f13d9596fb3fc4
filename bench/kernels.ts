import { activations, instantiate, type KernelBuild } from '../lib/engine/wasm/kernels.ts';
import { allowRelaxedSimd } from '../lib/platform.ts';

// GFLOP/s of the dense kernels, and percent of the machine's 128-bit peak, which is measured in between. "quiet" is
// the 90th percentile of both: what is left when neighbours on the machine keep still.
//   npx tsx bench/kernels.ts [simd | relaxed-simd] [samples in a block]

allowRelaxedSimd();

const build = (process.argv[2] ?? 'relaxed-simd') as KernelBuild;
const n = Number(process.argv[3] ?? 128);
const repeats = 300;
/** Work between two looks at the clock: some 0.2 ms. */
const sliceFlops = 8e6;
const peakFlops = 112;

const memory = new WebAssembly.Memory({ initial: 1024, maximum: 1024, shared: true });
const kernels = instantiate(memory, build);
const pad = (size: number) => Math.ceil(size / kernels.rows()) * kernels.rows();
const { linear, tanh, relu, gelu } = activations;

let top = 64;
/** A pointer to so many random numbers. */
function numbers(length: number): number {
  const column = new Float32Array(memory.buffer, top, length);
  for (let i = 0; i < length; i++) column[i] = Math.random() - 0.5;
  top = (top + column.byteLength + 63) & ~63;
  return column.byteOffset;
}

const block = (features: number) => numbers(pad(features) * kernels.stride());

/** The kernels of one dense layer, bound to buffers of their own; `below` is the activation of its input x. */
function layer(x: number, inputs: number, below: number, outputs: number, activation: number) {
  const size = pad(outputs) * pad(inputs);
  const [weights, panels, transposed, dWeights] = [size, size, size, size].map(numbers);
  const [bias, dBias] = [numbers(pad(outputs)), numbers(pad(outputs))];
  const [y, dy, dx, slopes] = [outputs, outputs, inputs, Math.max(inputs, outputs)].map(block);
  kernels.pack(weights, panels, outputs, inputs);
  kernels.packTransposed(weights, transposed, outputs, inputs);
  return {
    y,
    flops: 2 * outputs * inputs * n,
    forward: () => kernels.denseForward(x, panels, bias, y, slopes, outputs, inputs, n, activation),
    backwardInput: () => kernels.denseBackwardInput(dy, transposed, dx, x, slopes, outputs, inputs, n, below),
    backwardWeights: () => kernels.denseBackwardWeights(x, dy, dWeights, dBias, outputs, inputs, n),
  };
}

type Layer = ReturnType<typeof layer>;

/** Layers on top of one another; the last is linear. */
function tower(inputs: number, hidden: number[], outputs: number, activation: number): Layer[] {
  const layers = [layer(block(inputs), inputs, linear, hidden[0], activation)];
  for (let i = 1; i < hidden.length; i++) {
    layers.push(layer(layers[i - 1].y, hidden[i - 1], activation, hidden[i], activation));
  }
  layers.push(layer(layers[hidden.length - 1].y, hidden[hidden.length - 1], activation, outputs, linear));
  return layers;
}

function forward(layers: Layer[]): void {
  for (const l of layers) l.forward();
}

function backward(layers: Layer[]): void {
  for (let i = layers.length - 1; i >= 0; i--) {
    layers[i].backwardWeights();
    if (i > 0) layers[i].backwardInput();
  }
}

function nanoseconds(run: () => void, times: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) run();
  return Number(process.hrtime.bigint() - start);
}

function report(name: string, flops: number, run: () => void): void {
  const times = Math.ceil(sliceFlops / flops);
  const rounds = Math.ceil(sliceFlops / peakFlops);
  for (let i = 0; i < 20; i++) nanoseconds(run, times);
  const speeds = new Float64Array(repeats);
  const peaks = new Float64Array(repeats);
  for (let i = 0; i < repeats; i++) {
    peaks[i] = (rounds * peakFlops) / nanoseconds(() => kernels.peak(rounds), 1);
    speeds[i] = (times * flops) / nanoseconds(run, times);
  }
  speeds.sort();
  peaks.sort();
  const [speed, rate, ...percents] = [
    speeds[repeats / 2],
    (1e3 * n * speeds[repeats / 2]) / flops,
    ...[0.5, 0.9].map((q) => (100 * speeds[repeats * q]) / peaks[repeats * q]),
  ].map((value) => value.toFixed(1).padStart(9));
  console.log(name.padEnd(30) + speed + percents.join('') + rate);
}

kernels.peak(1e6);
console.log(`${build}, ${n} samples`.padEnd(30), ' GFLOP/s   % peak    quiet   Msamples/s');
for (const [name, inputs, outputs, act] of [
  ['64x4 tanh', 4, 64, tanh],
  ['64x64 tanh', 64, 64, tanh],
  ['128x118 relu', 118, 128, relu],
  ['128x118 gelu', 118, 128, gelu],
  ['1x64', 64, 1, linear],
  ['2x64', 64, 2, linear],
  ['5x128', 128, 5, linear],
  ['512x512 relu', 512, 512, relu],
] as const) {
  const one = layer(block(inputs), inputs, act, outputs, act);
  report(`forward ${name}`, one.flops, one.forward);
  report(`backward input ${name}`, one.flops, one.backwardInput);
  report(`backward weights ${name}`, one.flops, one.backwardWeights);
}
for (const [name, towers] of [
  ['W1', [tower(4, [64, 64], 2, tanh), tower(4, [64, 64], 1, tanh)]],
  ['W2', [tower(118, [128], 5, relu)]],
] as const) {
  const once = towers.flat().reduce((sum, { flops }) => sum + flops, 0);
  const all = towers.reduce(
    (sum, t) => sum + t.reduce((s, { flops }, i) => s + (i > 0 ? 3 : 2) * flops, 0),
    0,
  );
  report(`${name} forward`, once, () => towers.forEach(forward));
  report(`${name} forward and backward`, all, () => {
    towers.forEach(forward);
    towers.forEach(backward);
  });
}
