import { activations, instantiate, type KernelBuild } from '../lib/engine/wasm/kernels.ts';
import { type MemoryKind, planMemory } from '../lib/engine/wasm/memory/cells.ts';
import { ParameterPlan } from '../lib/engine/wasm/parameters.ts';
import { allowRelaxedSimd } from '../lib/platform.ts';

// GFLOP/s of the dense kernels, and percent of the machine's 128-bit peak, which is measured in between. "quiet" is
// the 90th percentile of both: what is left when neighbours on the machine keep still. Then the time of the kernels that
// are not bound by multiply-adds, on PufferLib's rollout of 64 steps and 4096 envs, in nanoseconds a sample (of the
// optimizer: a weight).
//   npx tsx bench/kernels.ts [simd | relaxed-simd] [samples in a block]

allowRelaxedSimd();

const build = (process.argv[2] ?? 'relaxed-simd') as KernelBuild;
const n = Number(process.argv[3] ?? 128);
const repeats = 300;
/** Nanoseconds of work between two looks at the clock, unless one run takes longer. */
const slice = 2e5;
const peakFlops = 112;

const [steps, envs] = [64, 4096];

const memory = new WebAssembly.Memory({ initial: 8192, maximum: 8192, shared: true });
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

/** A pointer to so many integers below `limit`. */
function integers(length: number, limit: number): number {
  const column = new Int32Array(memory.buffer, top, length);
  for (let i = 0; i < length; i++) column[i] = Math.floor(limit * Math.random());
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
    infer: () => kernels.denseForward(x, panels, bias, y, 0, outputs, inputs, n, activation),
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

/** Runs until V8 has compiled for good, which it does in the background; returns how many runs fill a slice. */
function warmUp(run: () => void): number {
  let times = 1;
  for (const until = performance.now() + 150; performance.now() < until; ) {
    if (nanoseconds(run, times) < slice / 2) times *= 2;
  }
  return times;
}

function report(name: string, flops: number, run: () => void): void {
  const times = warmUp(run);
  const rounds = Math.ceil((50 * slice) / peakFlops);
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
for (const [name, inputs, outputs, act, below] of [
  ['64x4 tanh', 4, 64, tanh, linear],
  ['64x64 tanh', 64, 64, tanh, tanh],
  ['128x118 relu', 118, 128, relu, linear],
  ['512x512 relu', 512, 512, relu, relu],
  ['1x64', 64, 1, linear, tanh],
  ['2x64', 64, 2, linear, tanh],
  ['32x4 gelu', 4, 32, gelu, linear],
  ['32x32 gelu', 32, 32, gelu, gelu],
  ['128x4 gelu', 4, 128, gelu, linear],
  ['128x8 gelu', 8, 128, gelu, linear],
  ['128x118 gelu', 118, 128, gelu, linear],
  ['3x128', 128, 3, linear, gelu],
  ['4x128', 128, 4, linear, gelu],
  ['6x128', 128, 6, linear, gelu],
] as const) {
  const one = layer(block(inputs), inputs, below, outputs, act);
  if (act === gelu) report(`forward ${name}, no slopes`, one.flops, one.infer);
  report(`forward ${name}`, one.flops, one.forward);
  if (below !== linear) report(`backward input ${name}`, one.flops, one.backwardInput);
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

/** A recurrent cell, acting and learning from segments of so many steps. */
function reportMemory(name: string, kind: MemoryKind, units: number, layers: number, slots: number): void {
  const parameters = new ParameterPlan();
  const plan = planMemory(kind, parameters, { inputs: units, units, layers }, kernels.rows());
  const columns = Object.fromEntries(
    Object.entries({ ...plan.shared(kernels), ...plan.own(kernels, slots) }).map(([column, [, length]]) => [
      column,
      new Float32Array(memory.buffer, numbers(length), length),
    ]),
  );
  const [weights, gradients] = [numbers(parameters.size), numbers(parameters.size)];
  const cell = plan.make(kernels, weights, columns, slots);
  cell.pack();
  const input = { pointer: block(units), slopes: 0, activation: 'tanh' } as const;
  const [state, dOutput, dInput, keep] = [plan.stateSize, units, units, 1].map(block);
  new Float32Array(memory.buffer, keep, kernels.block()).fill(1);
  const weightsOnly = parameters.segments.filter(({ rows }) => rows > 1);
  const flops = 2 * n * weightsOnly.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  report(`${name} act`, flops, () => cell.step(input, state, n));
  report(`${name} learn`, 3 * slots * flops, () => {
    cell.begin(state, n);
    for (let k = 0; k < slots; k++) cell.forward(k, input, keep, n);
    for (let k = slots - 1; k >= 0; k--) {
      kernels.keepBlock(dOutput, keep, cell.gradientAt(k), units, n);
      cell.backward(k, input, keep, gradients, dInput, n);
    }
  });
}

reportMemory('LSTM 128', 'lstm', 128, 1, 16);
reportMemory('GRU 128', 'gru', 128, 1, 16);
reportMemory('MinGRU 32×2', 'minGru', 32, 2, 16);
reportMemory('MinGRU 128', 'minGru', 128, 1, 16);

/** The median time of a run, divided by the samples that it is about. */
function reportTime(name: string, samples: number, run: () => void): void {
  const times = warmUp(run);
  const nanos = Float64Array.from({ length: repeats / 3 }, () => nanoseconds(run, times) / times / samples);
  console.log(name.padEnd(30) + nanos.sort()[nanos.length >> 1].toFixed(2).padStart(9));
}

const rollout = steps * envs;
const order = integers(rollout, 1);
const [rewards, advantages, returns, logProbs] = [rollout, rollout, rollout, rollout].map(numbers);
const values = numbers(rollout + envs);
const flags = integers(rollout / 4, 1);
const [actions, sampled] = [integers(rollout, 2), integers(n, 1)];
const [sizes, scratch, sums] = [integers(1, 1), numbers(16), numbers(12)];
new Int32Array(memory.buffer, sizes, 1)[0] = 2;
new Uint32Array(memory.buffer, order, rollout).set(Array.from({ length: rollout }, (_, i) => i));
kernels.shuffle(order, rollout, 1, 2, 3, 0);
const config = numbers(9);
new Float32Array(memory.buffer, config, 9).set([0.2, 0.2, 0.001, 2, 0, 1, Number.POSITIVE_INFINITY, 1, 0]);

let next = 0;
/** The samples of another block of the rollout, in random order. */
const scattered = () => order + 4 * n * (next++ % Math.floor(rollout / n));

console.log(`\n${''.padEnd(30)}       ns`);
for (const features of [4, 8, 118]) {
  const [rows, to] = [numbers(rollout * features), block(features)];
  reportTime(`gather ${features}`, n, () => kernels.gather(rows, 0, n, features, to));
  reportTime(`gather ${features}, scattered`, n, () => kernels.gather(rows, scattered(), n, features, to));
}
{
  const [rows, to, program] = [integers(Math.ceil((rollout * 121) / 4), 2 ** 31), block(121), integers(6, 1)];
  // Widens 121 bytes, by a scale whose bits are those of 1.
  new Int32Array(memory.buffer, program, 6).set([3, 0, 121, 0, 0x3f800000, 0]);
  const gather = (indices: number) => kernels.gatherPacked(rows, 121, indices, n, program, 1, 121, to);
  reportTime('gather 121 bytes', n, () => gather(0));
  reportTime('gather 121 bytes, scattered', n, () => gather(scattered()));
}
const [logits, dLogits, value, dValue] = [2, 2, 1, 1].map(block);
reportTime('sample 2 choices', n, () =>
  kernels.categoricalSample(logits, n, sizes, 1, 1, 2, 3, 0, 0, sampled, logProbs),
);
reportTime('PPO loss, 2 choices', n, () => {
  const columns = [actions, logProbs, advantages, returns, values] as const;
  kernels.ppoLoss(
    logits,
    value,
    scattered(),
    n,
    sizes,
    1,
    scratch,
    ...columns,
    0,
    config,
    dLogits,
    dValue,
    0,
    0,
    sums,
  );
});
{
  const size = 6;
  const [means, dMeans] = [block(size), block(size)];
  const [logStd, dLogStd, room] = [numbers(size), numbers(size), numbers(16 * size)];
  const [floats, drawn] = [numbers(rollout * size), numbers(n * size)];
  reportTime('sample 6 Gaussians', n, () =>
    kernels.gaussianSample(means, logStd, 0, n, size, 1, 2, 3, 0, 0, drawn, logProbs),
  );
  reportTime('PPO loss, 6 Gaussians', n, () => {
    const columns = [floats, logProbs, advantages, returns, values, 0, config, dMeans, dValue, 0, 0] as const;
    kernels.gaussianPpoLoss(means, value, logStd, 0, dLogStd, scattered(), n, size, room, ...columns, sums);
  });
}
reportTime('moments', n, () => kernels.moments(advantages, scattered(), n, sums, 0));
reportTime('GAE', rollout, () => {
  const columns = [rewards, values, flags, flags, 0, advantages, returns] as const;
  kernels.gae(steps, envs, 0.995, 0.9, ...columns);
});
reportTime('shuffle', rollout, () => kernels.shuffle(order, rollout, 1, 2, 3, 0));
const [outputs, inputs] = [128, 120];
const size = outputs * inputs;
const [weights, gradients, m, v, panels] = [size, 8 * size, size, size, size].map(numbers);
reportTime('add 8 gradients', size, () => kernels.reduceGradients(gradients, size, 8, 4 * size));
reportTime('Adam', size, () =>
  kernels.adam(weights, gradients, m, v, size, 1, 1e-9, 0.9, 0.999, 1e-5, 0.1, 0.001),
);
reportTime('pack', size, () => kernels.pack(weights, panels, outputs, inputs));
reportTime('pack transposed', size, () => kernels.packTransposed(weights, panels, outputs, inputs));
