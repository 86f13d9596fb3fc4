import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MemoryKind } from '../../../../lib/engine/wasm/memory/cells.ts';
import { forEachDevice } from '../../../golden/engines.ts';
import { assertClose } from '../../../golden/golden.ts';
import { random, times } from '../../../kernels/random.ts';
import { Harness } from '../../../kernels/setup.ts';
import { Cell, type Segment, tensorShapes } from '../wasm/memory/segment.ts';
import { learnOn } from './segment.ts';

const size = fc.integer({ min: 1, max: 11 });
const problems = fc.record({
  ...{ inputs: size, units: size, n: fc.integer({ min: 1, max: 21 }) },
  layers: fc.integer({ min: 1, max: 3 }),
  steps: fc.integer({ min: 1, max: 6 }),
  isLastUsed: fc.boolean(),
  seed: fc.integer(),
});
type Problem = typeof problems extends fc.Arbitrary<infer T> ? T : never;

/** A segment of random numbers, in which episodes end. */
function draw(kind: MemoryKind, { inputs, units, layers, n, steps, isLastUsed, seed }: Problem) {
  const sizes = kind === 'minGru' ? { inputs: units, units, layers } : { inputs, units };
  const { uniform, chance } = random(seed);
  const rows = (width: number) => times(n, () => times(width, () => uniform(-1.5, 1.5)));
  const weights = Object.entries(tensorShapes(kind, sizes)).map(([name, shape]) => {
    const count = shape.reduce((a, b) => a * b);
    return [name, times(count, () => uniform(-1, 1))] as const;
  });
  const stateSize = units * { lstm: 2, gru: 1, minGru: layers }[kind];
  const segment: Segment = {
    weights: Object.fromEntries(weights),
    inputs: times(steps, () => rows(sizes.inputs)),
    state: rows(stateSize),
    keep: times(steps, () => times(n, () => 1 - chance(0.2))),
    dOutputs: times(steps, () => rows(units)),
    ...(isLastUsed && { dState: rows(stateSize) }),
  };
  return { sizes, segment };
}

describe('memoryCell', function () {
  this.timeout(180_000);
  const harness = new Harness('simd');

  forEachDevice(
    (name, device) => {
      for (const kind of ['lstm', 'gru', 'minGru'] as const)
        it(`computes what the wasm engine’s ${kind} does, over ends of episodes, and keeps no tensors`, () =>
          fc.assert(
            fc.asyncProperty(problems, async (problem) => {
              harness.reset();
              const { sizes, segment } = draw(kind, problem);
              const { outputs, states, dInputs, dState, gradients } = new Cell(
                ...([harness, kind, sizes, segment.weights, problem.steps] as const),
              ).learn(segment);
              const { numTensors } = device().tf.memory();
              const found = await learnOn(device(), kind, sizes, segment);
              assert.equal(device().tf.memory().numTensors, numTensors);
              assertClose(found.outputs, outputs.flat(2), 1e-5, 'outputs', 4);
              assertClose(found.state, states[problem.steps].flat(), 1e-5, 'state', 4);
              const parts = { ...gradients, dInputs: dInputs.flat(2), dState: dState.flat() };
              const own = { ...found.gradients, dInputs: found.dInputs, dState: found.dState };
              const length = Math.hypot(...Object.values(parts).flat());
              for (const [part, expected] of Object.entries(parts))
                assertClose(own[part as keyof typeof own], expected, 1e-5, part, length);
            }),
            // A processor that plays a graphics processor takes seconds for a segment.
            { numRuns: name === 'tensorflow:webgpu' ? 2 : 20 },
          ));
    },
    { imitated: false },
  );
});
