import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena, bytesOf } from '../../lib/arena.ts';
import { CheckpointError } from '../../lib/errors.ts';
import type { Transition } from '../../lib/records.ts';
import { Replay, type ReplayOptions } from '../../lib/replay.ts';
import { random } from '../kernels/random.ts';

const forms = fc.record({
  rows: fc.integer({ min: 1, max: 4 }),
  room: fc.integer({ min: 2, max: 30 }),
  steps: fc.integer({ min: 1, max: 40 }),
  nStep: fc.integer({ min: 1, max: 4 }),
  prioritized: fc.boolean(),
  sameStep: fc.boolean(),
  seed: fc.nat(),
});
type Form = typeof forms extends fc.Arbitrary<infer T> ? T : never;

const gamma = 0.9;

function open(form: Form, changes: Partial<ReplayOptions> = {}) {
  const { rows, room, nStep, prioritized, seed } = form;
  const options: ReplayOptions = {
    ...{ capacity: room * rows, rows, observationSize: 2, observationType: 'f32', actionSize: 1 },
    ...{ batchSize: 37, seed, gamma, nStep },
    priorities: prioritized ? { alpha: 0.7, beta: 0.5 } : undefined,
    ...changes,
  };
  return new Replay(options, new Arena(bytesOf(Replay.columns(options))));
}

/** What happened to a row in a step. Its observation is `id`, the one after it `next`. */
interface Event {
  readonly id: number;
  readonly next: number;
  readonly reward: number;
  readonly terminated: boolean;
  readonly ended: boolean;
}

/** Random transitions, and the histories of their rows, which a reset row or an absent agent interrupts. */
function play({ rows, steps, sameStep, seed }: Form) {
  const { uniform, chance } = random(seed);
  const histories: Event[][] = Array.from({ length: rows }, () => []);
  const real: Event[] = [];
  const transitions = Array.from({ length: steps }, (_, t): Transition => {
    const column = () => new Float32Array(rows);
    const flags = () => new Uint8Array(rows);
    const [rewards, masks, logProbs, values] = [column(), column(), column(), column()];
    const [terminations, truncations] = [flags(), flags()];
    const [observations, nextObservations, finalObservations] = [1, 2, 3].map(
      () => new Float32Array(2 * rows),
    );
    for (let row = 0; row < rows; row++) {
      masks[row] = chance(0.85);
      rewards[row] = uniform(-1, 1);
      terminations[row] = chance(0.15);
      truncations[row] = chance(0.15);
      const ended = terminations[row] + truncations[row] > 0;
      const id = 1000 * row + t;
      observations.set([id, row], 2 * row);
      nextObservations.set([id + 0.5, row], 2 * row);
      finalObservations.set([id + 0.25, row], 2 * row);
      const next = ended && sameStep ? id + 0.25 : id + 0.5;
      const event = { id, next, reward: rewards[row], terminated: terminations[row] === 1, ended };
      // What was cut off from the next step is a history that has ended.
      if (!masks[row]) histories[row] = [];
      else {
        histories[row].push(event);
        real.push(Object.assign(event, { after: histories[row], at: histories[row].length - 1 }));
        if (ended) histories[row] = [];
      }
    }
    const actions = Float32Array.from({ length: rows }, (_, row) => 1000 * row + t);
    return {
      ...{ kind: 'transition', t, observations, nextObservations, actions, rewards, terminations },
      ...{
        truncations,
        masks,
        logProbs,
        values,
        finalObservations: sameStep ? finalObservations : undefined,
      },
    };
  });
  return { transitions, real: real as (Event & { after: Event[]; at: number })[] };
}

describe('Replay', () => {
  it('draws the latest real transitions, with the returns of their episodes', () => {
    fc.assert(
      fc.property(forms, (form) => {
        const replay = open(form);
        const { transitions, real } = play(form);
        for (const transition of transitions) replay.store(transition);
        assert.equal(replay.stored, real.length);
        if (real.length === 0) return void assert.throws(() => replay.draw(), /got none/);
        const kept = new Map(real.slice(-form.room * form.rows).map((event) => [event.id, event]));
        assert.equal(replay.size, kept.size);
        const { columns, indices } = replay.draw();
        for (const [sample, slot] of indices.entries()) {
          const event = kept.get(columns.observations[2 * slot]);
          assert.ok(event, `drew ${columns.observations[2 * slot]}, which is not kept`);
          assert.equal(columns.actions[slot], event.id);
          const chain = event.after.slice(event.at, event.at + form.nStep);
          const last = chain[chain.length - 1];
          const expected = chain.reduce((sum, { reward }, k) => sum + gamma ** k * reward, 0);
          assert.ok(Math.abs(columns.returns[sample] - expected) < 1e-5);
          const discount = last.terminated ? 0 : gamma ** chain.length;
          assert.ok(Math.abs(columns.discounts[sample] - discount) < 1e-6);
          assert.equal(columns.nextObservations[2 * columns.nextIndices[sample]], last.next);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('goes on from a save as if it had not stopped, and refuses what does not fit', () => {
    fc.assert(
      fc.property(forms, fc.nat(40), (form, at) => {
        const { transitions, real } = play(form);
        fc.pre(real.length > 0);
        const [whole, first, second] = [open(form), open(form), open(form)];
        const learn = (replay: Replay) => {
          if (replay.size === 0) return [];
          const minibatch = replay.draw();
          minibatch.columns.errors?.forEach((_, i, errors) => {
            errors[i] = minibatch.indices[i] + i / 7;
          });
          replay.learned(minibatch);
          const { sampleWeights, returns } = minibatch.columns;
          return [minibatch.indices, returns, sampleWeights ?? []].map((column) => Array.from(column));
        };
        const seen = transitions.map((transition, t) => {
          whole.store(transition);
          const expected = learn(whole);
          if (t === at) second.load(first.save());
          const own = t < at ? first : second;
          own.store(transition);
          assert.deepEqual(learn(own), expected);
          return own;
        });
        assert.deepEqual(seen[seen.length - 1].save(), whole.save());
        const saved = whole.save();
        const before = second.save();
        const { following } = saved.tensors;
        const astray = { ...following, data: following.data.slice().fill(1e6) };
        for (const damaged of [
          { ...saved, values: { ...saved.values, stored: -1 } },
          { ...saved, values: { ...saved.values, drawn: 0.5 } },
          { ...saved, tensors: { ...saved.tensors, following: astray } },
        ])
          assert.throws(() => second.load(damaged), CheckpointError);
        assert.deepEqual(second.save(), before);
      }),
      { numRuns: 40 },
    );
  });

  it('draws in proportion to priorities, weighted by what they favour', () => {
    const replay = open(
      { rows: 1, room: 8, steps: 8, nStep: 1, prioritized: true, sameStep: false, seed: 5 },
      { batchSize: 4000 },
    );
    const steps = play({
      rows: 1,
      room: 8,
      steps: 60,
      nStep: 1,
      prioritized: true,
      sameStep: false,
      seed: 5,
    });
    for (const transition of steps.transitions) replay.store(transition);
    const minibatch = replay.draw();
    assert.ok(
      minibatch.columns.sampleWeights?.every((weight) => weight === 1),
      'new ones are equal',
    );
    const errors = [0, 0.5, 1, 2, 4, 8, 1, 1];
    minibatch.indices.forEach((slot, i) => {
      (minibatch.columns.errors as Float32Array)[i] = errors[slot];
    });
    replay.learned(minibatch);
    const { indices, columns } = replay.draw();
    const priorities = errors.map((error) => (error + 1e-6) ** 0.7);
    const total = priorities.reduce((sum, p) => sum + p);
    const counts = errors.map((_, slot) => indices.filter((index) => index === slot).length);
    const weights = errors.map((_, slot) => ((8 * priorities[slot]) / total) ** -0.5);
    const drawn = weights.filter((_, slot) => counts[slot] > 0);
    for (const [slot, count] of counts.entries()) {
      // Stratified: a share of the total holds its draws, but for those at both ends.
      assert.ok(Math.abs(count - (4000 * priorities[slot]) / total) <= 2, `${slot}: ${count}`);
      const at = indices.indexOf(slot);
      if (at < 0) continue;
      const weight = columns.sampleWeights?.[at] ?? 0;
      assert.ok(Math.abs(weight - weights[slot] / Math.max(...drawn)) < 1e-5);
    }
  });

  it('draws each transition as often as any other, and never twice the same', () => {
    const form = { rows: 2, room: 50, steps: 400, nStep: 1, prioritized: false, sameStep: false, seed: 3 };
    const replay = open(form, { batchSize: 256 });
    for (const transition of play(form).transitions) replay.store(transition);
    const counts = new Uint32Array(100);
    let before = '';
    for (let k = 0; k < 400; k++) {
      const drawn = replay.draw().indices;
      assert.notEqual(drawn.join(), before);
      before = drawn.join();
      for (const index of drawn) counts[index]++;
    }
    // 1024 expected, with a standard deviation of 32.
    for (const count of counts) assert.ok(Math.abs(count - 1024) < 160, `${count}`);
  });

  it('refuses transitions that do not fit, and no room for two steps', () => {
    const form = { rows: 2, room: 2, steps: 1, nStep: 1, prioritized: false, sameStep: false, seed: 1 };
    const [transition] = play(form).transitions;
    assert.throws(() => open(form, { capacity: 3 }), RangeError);
    assert.throws(() => open(form, { nStep: 0 }), RangeError);
    const replay = open(form);
    assert.throws(() => replay.store({ ...transition, actions: new Int32Array(2) }), TypeError);
    assert.throws(() => replay.store({ ...transition, observations: new Float32Array(2) }), RangeError);
  });
});
