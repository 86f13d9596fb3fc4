import assert from 'node:assert/strict';
import { ConvLayer, channelsLast, type ImageShape, sizeOf } from '../../../../lib/engine/wasm/convLayer.ts';
import {
  blockColumns,
  DenseLayer,
  padTo,
  panelColumns,
  planDense,
} from '../../../../lib/engine/wasm/dense.ts';
import { LayerNormLayer } from '../../../../lib/engine/wasm/layerNorm.ts';
import { initializeParameters, ParameterPlan, tensorsOf } from '../../../../lib/engine/wasm/parameters.ts';
import { Tower } from '../../../../lib/engine/wasm/tower.ts';
import { random, times } from '../../../kernels/random.ts';
import { convolve, type Sizes } from '../../../kernels/reference/conv.ts';
import { activation as functions } from '../../../kernels/reference/dense.ts';
import { layerNorm } from '../../../kernels/reference/layerNorm.ts';
import { forEachBuild } from '../../../kernels/setup.ts';
import { close, readBlock, take, writeBlock } from './layerHarness.ts';

const n = 13;
const outputs = 3;
const image: ImageShape = { height: 7, width: 8, channels: 2, order: 'CHW' };
const first: Sizes = { height: 7, width: 8, depth: 2, channels: 5, kernel: 3, stride: 2 };
const second: Sizes = { height: 3, width: 3, depth: 5, channels: 4, kernel: 2, stride: 1 };
const flat = 4 * 2 * 2;

type Tensors = Readonly<Record<string, ArrayLike<number>>>;

/** conv + GELU → conv → flatten, channels first → layer norm + tanh → dense, of one image in float64. */
function reference(tensors: Tensors, x: readonly number[]): number[] {
  const [, tanh, , gelu] = functions;
  const a = convolve(first, tensors['0.weight'], tensors['0.bias'], x).map(gelu.value);
  const b = convolve(second, tensors['1.weight'], tensors['1.bias'], a);
  const c = layerNorm(tensors['2.weight'], tensors['2.bias'], b).map(tanh.value);
  return times(outputs, (o) =>
    c.reduce((sum, ci, i) => sum + tensors['3.weight'][o * flat + i] * ci, tensors['3.bias'][o]),
  );
}

describe('Tower', () => {
  forEachBuild((_, harness) => {
    const { kernels } = harness;
    const [stride, rows] = [kernels.stride(), kernels.rows()];
    const { uniform } = random(5);

    /** The same network of layers, its feature norm and dense weights in the order of the blocks. */
    function build() {
      const plan = new ParameterPlan();
      const conv = (name: string, input: ImageShape, sizes: Sizes, activation: 'gelu' | 'linear') =>
        ConvLayer.plan(plan, { ...sizes, input, activation, name, gain: 1 }, rows);
      const a = conv('0', image, first, 'gelu');
      const b = conv('1', a.output, second, 'linear');
      const order = channelsLast(4, 4);
      const c = LayerNormLayer.plan(plan, { features: flat, activation: 'tanh', name: '2', order }, rows);
      const d = planDense(plan, { outputs, inputs: flat, activation: 'linear' }, rows);
      const pitch = padTo(flat, rows);
      const weight = { at: d.weights, rows: outputs, columns: flat, pitch, initial: { gain: 1 } };
      const bias = { at: d.bias, rows: 1, columns: outputs, pitch: outputs, initial: { constant: 0 } };
      plan.add(
        { name: '3.weight', shape: [outputs, flat], ...weight, order },
        { name: '3.bias', shape: [outputs], ...bias },
      );
      const parameters = harness.f32(new Float32Array(plan.size));
      initializeParameters(plan.segments, parameters, () => uniform(-1, 1));
      const own = (shape: typeof a) =>
        take(harness, {
          ...ConvLayer.sharedColumns(shape, kernels),
          ...ConvLayer.blockColumns(shape, kernels),
        });
      const denseColumns = take(harness, { ...panelColumns(d, kernels), ...blockColumns(d, kernels) });
      const tower = new Tower([
        new ConvLayer(a, kernels, parameters.byteOffset, own(a)),
        new ConvLayer(b, kernels, parameters.byteOffset, own(b)),
        new LayerNormLayer(
          c,
          kernels,
          parameters.byteOffset,
          take(harness, LayerNormLayer.blockColumns(c, kernels)),
        ),
        new DenseLayer(d, kernels, parameters.byteOffset, denseColumns),
      ]);
      return {
        tower,
        segments: plan.segments,
        parameters,
        y: denseColumns.y as Float32Array,
        dy: denseColumns.dy as Float32Array,
      };
    }

    it('learns by the gradients that differences of the reference have', () => {
      const { tower, segments, parameters, y, dy } = build();
      const gradients = harness.f32(parameters.length);
      const x = harness.f32(sizeOf(image) * stride);
      const block = { pointer: x.byteOffset, slopes: 0, activation: 'linear' } as const;
      const images = times(n, () => times(sizeOf(image), () => uniform(-1, 1)));
      const targets = times(n, () => times(outputs, () => uniform(-1, 1)));
      writeBlock(x, stride, images);
      const half = (out: readonly number[], target: readonly number[]) =>
        out.reduce((sum, o, i) => sum + 0.5 * (o - target[i]) ** 2, 0);
      const losses: number[] = [];
      for (let step = 0; step < 60; step++) {
        for (const layer of tower.layers) layer.pack();
        tower.forward(block, n, true);
        const out = readBlock(y, stride, outputs, n);
        losses.push(out.reduce((sum, row, s) => sum + half(row, targets[s]), 0));
        writeBlock(
          dy,
          stride,
          out.map((row, s) => row.map((o, i) => o - targets[s][i])),
        );
        gradients.fill(0);
        tower.backward(block, gradients.byteOffset, n);
        if (step % 59 === 0) check(segments, parameters, gradients, images, targets, half);
        for (let i = 0; i < parameters.length; i++) parameters[i] -= 0.02 * gradients[i];
      }
      assert.ok(losses[59] < 0.1 * losses[0], `the loss fell from ${losses[0]} to ${losses[59]} only`);
      harness.checkGuards();
    });
  });
});

/** Holds every gradient to the central difference of the loss of the reference. */
function check(
  segments: ParameterPlan['segments'],
  parameters: Float32Array,
  gradients: Float32Array,
  images: readonly number[][],
  targets: readonly number[][],
  half: (out: readonly number[], target: readonly number[]) => number,
): void {
  const tensors = Object.fromEntries(
    Object.entries(tensorsOf(segments, parameters)).map(([name, { data }]) => [
      name,
      Float64Array.from(data),
    ]),
  );
  const loss = () => images.reduce((sum, x, s) => sum + half(reference(tensors, x), targets[s]), 0);
  for (const [name, { data }] of Object.entries(tensorsOf(segments, gradients))) {
    const expected = Array.from(tensors[name], (value, i) => {
      const at = (h: number) => {
        tensors[name][i] = value + h;
        return loss();
      };
      const difference = (at(1e-5) - at(-1e-5)) / 2e-5;
      tensors[name][i] = value;
      return difference;
    });
    close(data, expected, name, 2e-5);
  }
}
