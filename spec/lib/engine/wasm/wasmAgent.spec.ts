import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../lib/arena.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import type { ActorCriticOptions } from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { WasmAgent } from '../../../../lib/engine/wasm/wasmAgent.ts';
import type { Decision } from '../../../../lib/records.ts';
import { streamKey } from '../../../../lib/rng.ts';
import { immediate } from '../../../../lib/workers/crew.ts';
import { jointLogProb, logSoftmax, split } from '../../../kernels/reference/categorical.ts';
import { philox } from '../../../kernels/reference/philox.ts';
import { forward, networks, noise, plain, randomTensors, runs, shapesOf } from './reference.ts';

const seeds = fc.nat(2 ** 31);
const rowCounts = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(1, 127, 128, 129, 256, 257));

const small: ActorCriticOptions = {
  inputs: 3,
  choices: [4],
  network: { ...plain, hidden: [5], activation: 'tanh', shared: false },
};

function open(
  options: ActorCriticOptions,
  rows: number,
  { seed = 1, greedy = false, weights = randomTensors(shapesOf(options), 77) } = {},
) {
  const arena = new Arena(4e6);
  const network = ActorCritic.from(options, weights, arena);
  const agent = new WasmAgent(network, rows, seed, { greedy });
  const { observations, values } = arena.take({
    observations: ['f32', rows * options.inputs],
    values: ['f32', rows],
  });
  observations.set(Float32Array.from(observations, noise(5)));
  const infer = (t: number): Decision => immediate(agent.infer({ kind: 'observation', t, observations }));
  /** What the network answers to row r, in float64. */
  const expected = (r: number) => {
    const seen = [...observations.subarray(r * options.inputs, (r + 1) * options.inputs)];
    const { logits, value } = forward(weights, options.network, seen);
    return { logits, logProbs: logSoftmax(logits), value };
  };
  return { arena, network, agent, observations, values, infer, expected };
}

const copied = ({ actions, logProbs, values }: Decision) => [[...actions], [...logProbs], [...values]];

describe('WasmAgent', () => {
  it('gives the values and the log-probabilities of a scalar network, at any number of rows', () => {
    fc.assert(
      fc.property(networks, rowCounts, seeds, fc.boolean(), (options, rows, seed, greedy) => {
        const { infer, expected, observations } = open(options, rows, {
          seed,
          greedy,
          weights: randomTensors(shapesOf(options), seed),
        });
        const decision = infer(seed % 1000);
        assert.equal(decision.kind, 'decision');
        assert.equal(decision.t, seed % 1000);
        assert.equal(decision.observations, observations);
        for (let r = 0; r < rows; r++) {
          const { logits, value } = expected(r);
          const width = options.choices.length;
          const actions = [...decision.actions.subarray(r * width, (r + 1) * width)];
          for (const [k, action] of actions.entries()) assert.ok(action >= 0 && action < options.choices[k]);
          assert.ok(Math.abs(decision.values[r] - value) <= 1e-4 * Math.max(1, Math.abs(value)));
          const logProb = jointLogProb(logits, options.choices, actions);
          assert.ok(Math.abs(decision.logProbs[r] - logProb) <= 1e-4 * Math.max(1, -logProb));
          const best = split(logits, options.choices).reduce(
            (sum, part) => sum + Math.max(...logSoftmax(part)),
            0,
          );
          if (greedy) assert.ok(logProb >= best - 1e-4);
        }
      }),
      runs(40),
    );
  });

  it('samples by inverse CDF with the word that belongs to row and step', () => {
    const times = fc.oneof(fc.nat(1000), fc.integer({ min: 2 ** 31 - 2, max: 2 ** 33 }));
    fc.assert(
      fc.property(fc.maxSafeNat(), times, rowCounts, (seed, t, rows) => {
        const { infer, expected } = open(small, rows, { seed });
        const { actions } = infer(t);
        const time = [t % 2 ** 32, Math.floor(t / 2 ** 32)];
        for (let r = 0; r < rows; r++) {
          const u = philox([r >>> 2, ...time, 1], streamKey(seed))[r & 3] / 2 ** 32;
          let [below, action] = [0, 0];
          const probabilities = expected(r).logProbs.map(Math.exp);
          while (action < 3 && below + probabilities[action] <= u) below += probabilities[action++];
          // Where u is at an edge, float32 may take its neighbour.
          const edge = Math.min(Math.abs(u - below), Math.abs(u - below - probabilities[action]));
          if (edge > 1e-5) assert.equal(actions[r], action, `row ${r}`);
        }
      }),
      runs(40),
    );
  });

  it('takes actions as often as softmax says', () => {
    const rows = 64;
    const { infer, observations, expected } = open(small, rows);
    for (let r = 1; r < rows; r++) observations.copyWithin(3 * r, 0, 3);
    const probabilities = expected(0).logProbs.map(Math.exp);
    const counts = [0, 0, 0, 0];
    const steps = 500;
    for (let t = 0; t < steps; t++) for (const action of infer(t).actions) counts[action]++;
    const n = rows * steps;
    const chiSquare = counts.reduce(
      (sum, count, a) => sum + (count - n * probabilities[a]) ** 2 / (n * probabilities[a]),
      0,
    );
    // 3 degrees of freedom: above 21.1 once in 10 000.
    assert.ok(chiSquare < 21.1, `${chiSquare}: ${counts}, expected ${probabilities.map((p) => n * p)}`);
  });

  it('answers the same when it is asked again for the same step', () => {
    const { infer, agent, observations, values } = open(small, 200);
    const first = copied(infer(3));
    assert.deepEqual(copied(infer(3)), first);
    assert.notDeepEqual(copied(infer(4))[0], first[0], 'another step draws other numbers');
    agent.value(observations, values);
    assert.deepEqual(copied(infer(3)), first);
    assert.deepEqual(
      copied(open(small, 200).infer(3)),
      first,
      'also another agent of the same seed and weights',
    );
    assert.notDeepEqual(copied(open(small, 200, { seed: 2 }).infer(3))[0], first[0]);
  });

  it('does not let a row depend on how many there are', () => {
    fc.assert(
      fc.property(rowCounts, rowCounts, seeds, fc.nat(1000), (n, m, seed, t) => {
        const [few, many] = [Math.min(n, m), Math.max(n, m)];
        const whole = copied(open(small, many, { seed }).infer(t));
        const part = copied(open(small, few, { seed }).infer(t));
        assert.deepEqual(
          part,
          whole.map((column) => column.slice(0, few)),
        );
      }),
      runs(30),
    );
  });

  it('takes the most probable action when it is greedy, the first of equals', () => {
    const weights = randomTensors(shapesOf(small), 77, 0);
    assert.deepEqual([...open(small, 3, { weights, greedy: true }).infer(0).actions], [0, 0, 0]);
    weights['actor.2.bias'].data.set([-1, 2, 0, 2]);
    const { infer, agent, network } = open(small, 3, { weights, greedy: true });
    assert.deepEqual([...infer(0).actions], [1, 1, 1]);
    assert.deepEqual([...infer(1).actions], [1, 1, 1]);
    agent.greedy = false;
    const sampled = new Set(Array.from({ length: 50 }, (_, t) => [...infer(t).actions]).flat());
    assert.deepEqual([...sampled].sort(), [0, 1, 2, 3]);
    agent.greedy = true;
    network.load({ ...weights, 'actor.2.bias': { shape: [4], data: Float32Array.of(0, 0, 9, 0) } });
    assert.deepEqual([...infer(0).actions], [2, 2, 2], 'it acts with the weights as they are');
  });

  it('never takes an action of probability 0', () => {
    const weights = randomTensors(shapesOf(small), 77, 0);
    weights['actor.2.bias'].data.set([-200, 0, -200, -200]);
    const { infer } = open(small, 100, { weights });
    for (let t = 0; t < 20; t++) {
      const { actions, logProbs } = infer(t);
      assert.ok(actions.every((action) => action === 1));
      assert.ok(logProbs.every((logProb) => Math.abs(logProb) < 1e-6));
    }
  });

  it('values any number of observations and changes nothing else', () => {
    fc.assert(
      fc.property(rowCounts, rowCounts, (rows, valued) => {
        const { arena, agent, infer, expected, observations } = open(small, rows);
        const decision = infer(0);
        const before = copied(decision);
        const n = Math.min(rows, valued);
        const { values, guard } = arena.take({ values: ['f32', n], guard: ['f32', 16] });
        guard.fill(42);
        agent.value(observations.subarray(0, 3 * n), values);
        for (let r = 0; r < n; r++) assert.ok(Math.abs(values[r] - expected(r).value) < 1e-5);
        assert.deepEqual([...values], before[2].slice(0, n));
        assert.deepEqual(copied(decision), before);
        assert.ok(guard.every((value) => value === 42));
        agent.value(observations.subarray(0, 0), values.subarray(0, 0));
      }),
      runs(30),
    );
  });

  it('refuses columns of another size or another memory', () => {
    const { agent, observations, values, arena } = open(small, 5);
    const other = new Arena(1000).take({ observations: ['f32', 15], values: ['f32', 5] });
    const infer = (observations: Float32Array) =>
      immediate(agent.infer({ kind: 'observation', t: 0, observations }));
    assert.throws(() => infer(new Float32Array(15)), {
      name: 'TypeError',
      message: /observations in the arena/,
    });
    assert.throws(() => infer(other.observations), {
      name: 'TypeError',
      message: /observations in the arena/,
    });
    for (const rows of [4, 6]) {
      const { wrong } = arena.take({ wrong: ['f32', 3 * rows] });
      const message = `infer: expected 5 × 3 numbers, got ${3 * rows}`;
      assert.throws(() => infer(wrong), { name: 'RangeError', message });
    }
    const message = 'value: expected 4 × 3 numbers, got 15';
    assert.throws(() => agent.value(observations, values.subarray(1)), { name: 'RangeError', message });
    const before = new Uint8Array(arena.memory.buffer).slice();
    for (const wrong of [new Float32Array(5), other.values]) {
      assert.throws(() => agent.value(observations, wrong), {
        name: 'TypeError',
        message: /values in the arena/,
      });
    }
    assert.deepEqual(new Uint8Array(arena.memory.buffer), before);
  });

  it('refuses a seed that is none', () => {
    assert.throws(() => open(small, 1, { seed: -1 }), RangeError);
  });
});
