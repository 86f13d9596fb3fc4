import assert from 'node:assert/strict';
import fc from 'fast-check';
import { activations } from '../../../../../lib/engine/wasm/kernels.ts';
import type { MemoryKind } from '../../../../../lib/engine/wasm/memory/cells.ts';
import { planMemory } from '../../../../../lib/engine/wasm/memory/cells.ts';
import { ParameterPlan } from '../../../../../lib/engine/wasm/parameters.ts';
import { assertClose } from '../../../../golden/golden.ts';
import { random, times } from '../../../../kernels/random.ts';
import { activation as references } from '../../../../kernels/reference/dense.ts';
import { forEachBuild } from '../../../../kernels/setup.ts';
import { cells } from './reference.ts';
import { Cell, type Rows, type Segment, tensorShapes, type Weights } from './segment.ts';

const problems = fc.record({
  inputs: fc.integer({ min: 1, max: 11 }),
  units: fc.integer({ min: 1, max: 11 }),
  layers: fc.integer({ min: 1, max: 3 }),
  n: fc.integer({ min: 1, max: 21 }),
  steps: fc.integer({ min: 1, max: 5 }),
  activation: fc.constantFrom('linear', 'tanh', 'gelu'),
  seed: fc.integer(),
});
type Problem = typeof problems extends fc.Arbitrary<infer T> ? T : never;

function sizesOf(kind: MemoryKind, { inputs, units, layers }: Problem) {
  return kind === 'minGru' ? { inputs: units, units, layers } : { inputs, units };
}

/** A segment of random numbers, the sums that its inputs are activations of, and a direction to move it in. */
function draw(kind: MemoryKind, problem: Problem) {
  const { n, steps, activation, seed } = problem;
  const sizes = sizesOf(kind, problem);
  const { uniform, chance } = random(seed);
  const rows = (width: number): Rows => times(n, () => times(width, () => uniform(-1.5, 1.5)));
  const shapes = Object.entries(tensorShapes(kind, sizes));
  const weightsLike = (): Weights =>
    Object.fromEntries(
      shapes.map(([name, shape]) => [
        name,
        times(
          shape.reduce((a, b) => a * b),
          () => uniform(-1, 1),
        ),
      ]),
    );
  const stateSize =
    kind === 'lstm' ? 2 * sizes.units : kind === 'gru' ? sizes.units : sizes.units * problem.layers;
  const { value, slope } = references[activations[activation]];
  const sums = times(steps, () => rows(sizes.inputs));
  const apply = (f: (z: number) => number) => sums.map((step) => step.map((row) => row.map(f)));
  const segment: Segment = {
    weights: weightsLike(),
    inputs: apply(value),
    slopes: activation === 'gelu' ? apply(slope) : undefined,
    activation,
    state: rows(stateSize),
    keep: times(steps, () => times(n, () => 1 - chance(0.2))),
    dOutputs: times(steps, () => rows(sizes.units)),
    dState: rows(stateSize),
  };
  const direction = {
    weights: weightsLike(),
    sums: times(steps, () => rows(sizes.inputs)),
    state: rows(stateSize),
  };
  return { sizes, segment, sums, value, direction };
}

/** The same in float64. */
function expected(kind: MemoryKind, { weights, inputs, state, keep, dOutputs, dState = [] }: Segment) {
  let loss = 0;
  let states = state;
  const outputs = inputs.map((rows, k) => {
    const next = rows.map((x, s) =>
      cells[kind](
        weights,
        x,
        states[s].map((value) => value * keep[k][s]),
      ),
    );
    states = next.map((row) => row.state);
    loss += dot(
      next.map((row) => row.output),
      dOutputs[k],
    );
    return next.map((row) => row.output);
  });
  return { outputs, state: states, loss: loss + dot(states, dState) };
}

function dot(a: Rows, b: Rows): number {
  return a.reduce((sum, row, s) => row.reduce((part, value, f) => part + value * b[s][f], sum), 0);
}

const norm = (values: Rows) => Math.sqrt(dot(values, values));

/** a + ε b. */
function moved(a: Rows, b: Rows, epsilon: number): Rows {
  return a.map((row, s) => row.map((value, f) => value + epsilon * b[s][f]));
}

for (const kind of ['lstm', 'gru', 'minGru'] as const) {
  describe(`memory ${kind}`, () => {
    forEachBuild((_, harness) => {
      const check = (law: (problem: Problem) => void) =>
        fc.assert(
          fc.property(problems, (problem) => {
            harness.reset();
            law(problem);
            harness.checkGuards();
          }),
          { numRuns: 60 },
        );

      it('computes what the scalar cell does', () =>
        check((problem) => {
          const { sizes, segment } = draw(kind, problem);
          const { outputs, states } = new Cell(harness, kind, sizes, segment.weights, problem.steps).learn(
            segment,
          );
          const scalar = expected(kind, segment);
          assertClose(outputs.flat(2), scalar.outputs.flat(2), 1e-5, 'outputs', 4);
          assertClose(states[problem.steps].flat(), scalar.state.flat(), 1e-5, 'state', 4);
        }));

      it('has the gradients that differences of the scalar loss have', () =>
        check((problem) => {
          const { sizes, segment, sums, value, direction } = draw(kind, problem);
          const found = new Cell(harness, kind, sizes, segment.weights, problem.steps).learn(segment);
          const loss = (epsilon: number) => {
            const inputs = sums.map((rows, k) =>
              moved(rows, direction.sums[k], epsilon).map((row) => row.map(value)),
            );
            const weights = Object.fromEntries(
              Object.entries(segment.weights).map(([name, data]) => [
                name,
                data.map((weight, i) => weight + epsilon * direction.weights[name][i]),
              ]),
            );
            const state = moved(segment.state, direction.state, epsilon);
            return expected(kind, { ...segment, inputs, weights, state }).loss;
          };
          const parts: [Rows, Rows][] = [
            ...Object.entries(found.gradients).map(([name, data]): [Rows, Rows] => [
              [data],
              [direction.weights[name]],
            ]),
            ...found.dInputs.map((rows, k): [Rows, Rows] => [rows, direction.sums[k]]),
            [found.dState, direction.state],
          ];
          const slope = parts.reduce((sum, [gradient, along]) => sum + dot(gradient, along), 0);
          const scale = parts.reduce((sum, [gradient, along]) => sum + norm(gradient) * norm(along), 0);
          // MinGRU's candidate has a kink at 0: across one, the differences ahead and behind are not the same, and the
          // slope is between them.
          const [ahead, behind] = [(loss(1e-5) - loss(0)) / 1e-5, (loss(0) - loss(-1e-5)) / 1e-5];
          const kink = kind === 'minGru' ? Math.abs(ahead - behind) / 2 : 0;
          const difference = (ahead + behind) / 2;
          assertClose([slope], [difference], 1e-5 + (kink > 0 ? kink / scale : 0), 'slope', scale);
        }));

      it('acts as it learns, bit for bit', () =>
        check((problem) => {
          const { sizes, segment } = draw(kind, problem);
          const learner = new Cell(harness, kind, sizes, segment.weights, problem.steps);
          const { outputs, states } = learner.learn(segment);
          const actor = new Cell(harness, kind, sizes, segment.weights, 0);
          assert.deepEqual(actor.act(segment), { outputs, state: states[problem.steps] });
        }));

      it('forgets at an episode’s end, forwards and backwards, and would not if it were told to keep', () =>
        check((problem) => {
          const { sizes, segment } = draw(kind, { ...problem, steps: problem.steps + 1 });
          const slots = problem.steps + 1;
          const last = problem.steps;
          const keep = segment.keep.map((row, k) => row.map(() => (k === last ? 0 : 1)));
          const only = {
            ...segment,
            dOutputs: segment.dOutputs.map((rows, k) => (k === last ? rows : zeros(rows))),
          };
          const cell = new Cell(harness, kind, sizes, segment.weights, slots);
          const ended = cell.learn({ ...only, keep });
          const { output } = cells[kind](
            segment.weights,
            segment.inputs[last][0],
            segment.state[0].map(() => 0),
          );
          assertClose(ended.outputs[last][0], output, 1e-5, 'the first output', 4);
          assert.equal(norm(ended.dState) + norm(ended.dInputs.slice(0, last).flat()), 0);
          const leaking = cell.learn({ ...only, keep: zeros(keep).map((row) => row.map(() => 1)) });
          assert.notDeepEqual(leaking.outputs[last], ended.outputs[last]);
          assert.notEqual(norm(leaking.dState), 0);
        }));
    });
  });
}

const zeros = (rows: Rows): Rows => rows.map((row) => row.map(() => 0));

describe('planMemory', () => {
  it('names what fits no cell', () => {
    const plan = (kind: MemoryKind, inputs: number, layers: number) => () =>
      planMemory(kind, new ParameterPlan(), { inputs, units: 4, layers }, 4);
    assert.throws(plan('minGru', 3, 1), /MinGru: expected as many inputs as units, got 3 and 4/);
    assert.throws(plan('lstm', 3, 2), /planMemory: expected 1 layer of lstm, got 2/);
  });
});
