import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena, bytesOf } from '../../lib/arena.ts';
import type { Segment } from '../../lib/nouns.ts';
import { extend, type Rollout, type Transition } from '../../lib/records.ts';
import { type RingOptions, RolloutRing } from '../../lib/rolloutRing.ts';

const open = (options: RingOptions) =>
  new RolloutRing(options, new Arena(bytesOf(RolloutRing.columns(options))));

/** A transition whose numbers say which step, row and column they belong to. */
function transition(
  t: number,
  { rows, observationSize, stateSize = 0, finalObservations }: RingOptions,
): Transition {
  const column = (code: number, width = 1) =>
    Float32Array.from({ length: rows * width }, (_, k) => 10_000 * code + 100 * t + k);
  const flags = (bit: number) => Uint8Array.from({ length: rows }, (_, i) => ((t + i) >> bit) & 1);
  return {
    kind: 'transition',
    t,
    observations: column(1, observationSize),
    actions: Int32Array.from(column(2)),
    logProbs: column(3),
    values: column(4),
    rewards: column(5),
    terminations: flags(0),
    truncations: flags(1),
    masks: Float32Array.from(flags(2)),
    nextObservations: column(1, observationSize).map((value) => value + 100),
    finalObservations: finalObservations ? column(6, observationSize) : undefined,
    states: stateSize ? column(7, stateSize) : undefined,
  };
}

function fill(segment: Segment, options: RingOptions, from = 0): Rollout {
  for (let k = 0; k < options.numSteps; k++)
    assert.equal(segment.add(transition(from + k, options)), k === options.numSteps - 1);
  return segment.finish(() => {});
}

const options = { numSteps: 3, rows: 2, observationSize: 4 };

describe('RolloutRing', () => {
  it('stacks transitions, aligned, and keeps what comes after the last', () => {
    const size = fc.integer({ min: 1, max: 6 });
    const any = fc.record({
      numSteps: size,
      rows: size,
      observationSize: size,
      stateSize: fc.nat(3),
      finalObservations: fc.boolean(),
      development: fc.boolean(),
    });
    fc.assert(
      fc.property(any, fc.nat(1000), (options, t) => {
        const rollout = fill(open(options).begin(), options, t);
        const transitions = Array.from({ length: options.numSteps }, (_, k) => transition(t + k, options));
        const stacked = (name: keyof Transition) =>
          transitions.flatMap((record) => [...(record[name] as Float32Array)]);
        const size = options.numSteps * options.rows;
        for (const name of [
          'observations',
          'actions',
          'logProbs',
          'rewards',
          'terminations',
          'truncations',
          'masks',
        ] as const)
          assert.deepEqual([...rollout[name]], stacked(name), name);
        assert.deepEqual([...rollout.values.subarray(0, size)], stacked('values'));
        assert.equal(rollout.values.length, size + options.rows);
        assert.deepEqual([...rollout.nextObservations], [...transitions.at(-1)!.nextObservations]);
        assert.equal(rollout.order.length, size);
        const { kind, steps, rows, until, began, ended } = rollout;
        assert.deepEqual(
          [kind, steps, rows, rollout.t, until],
          ['rollout', options.numSteps, options.rows, t, t + steps],
        );
        assert.ok(began <= ended);
        if (options.finalObservations) {
          assert.deepEqual([...rollout.finalObservations!], stacked('finalObservations'));
          assert.equal(rollout.finalValues!.length, size);
        } else assert.deepEqual([rollout.finalObservations, rollout.finalValues], [undefined, undefined]);
        if (options.stateSize) assert.deepEqual(rollout.states, transitions[0].states);
        else assert.equal(rollout.states, undefined);
      }),
    );
  });

  it('copies: a transition may be overwritten after it was added', () => {
    const segment = open(options).begin();
    for (let t = 0; t < 3; t++) {
      const borrowed = transition(t, options);
      segment.add(borrowed);
      for (const value of Object.values(borrowed))
        if (ArrayBuffer.isView(value)) (value as Float32Array).fill(99);
    }
    assert.equal(segment.finish(() => {}).rewards.includes(99), false);
  });

  it('gives as many segments as it has slots, and a released one again', () => {
    for (const slots of [1, 2, 3]) {
      const ring = open({ ...options, slots });
      const rollouts = Array.from({ length: slots }, () => fill(ring.begin(), options));
      const message = `RolloutRing: all ${slots} rollouts are in use; release one before collecting more`;
      assert.throws(() => ring.begin(), { message });
      for (let k = 0; k < 5; k++) {
        const released = rollouts.splice(k % slots, 1)[0];
        released.release();
        const next = fill(ring.begin(), options, 100);
        assert.equal(next.rewards.byteOffset, released.rewards.byteOffset);
        rollouts.push(next);
        assert.throws(() => ring.begin(), { message });
      }
    }
  });

  it('keeps rollouts in different slots apart', () => {
    const ring = open({ ...options, slots: 2 });
    const first = fill(ring.begin(), options, 0);
    const before = [...first.observations];
    fill(ring.begin(), options, 50);
    assert.deepEqual([...first.observations], before);
  });

  it('takes back a segment that is abandoned, finished or not, and once', () => {
    const ring = open(options);
    const unfinished = ring.begin();
    unfinished.add(transition(0, options));
    unfinished.abandon();
    const rollout = (() => {
      const segment = ring.begin();
      unfinished.abandon();
      assert.throws(() => ring.begin(), /in use/);
      const finished = fill(segment, options);
      segment.abandon();
      return finished;
    })();
    assert.throws(() => ring.begin(), /in use/, 'abandoning does nothing after finish');
    rollout.release();
    ring.begin();
  });

  it('calls back once when it is released, and frees the slot once', () => {
    const ring = open(options);
    let calls = 0;
    const segment = ring.begin();
    for (let t = 0; t < 3; t++) segment.add(transition(t, options));
    const rollout = segment.finish(() => calls++);
    assert.equal(calls, 0);
    rollout.release();
    rollout.release();
    assert.equal(calls, 1);
    ring.begin();
    rollout.release();
    assert.throws(() => ring.begin(), /in use/, 'the old rollout cannot free the slot again');
  });

  it('refuses transitions that do not follow one another', () => {
    for (const t of [5, 7, 4, Number.NaN]) {
      const segment = open(options).begin();
      segment.add(transition(5, options));
      assert.throws(() => segment.add(transition(t, options)), {
        name: 'RangeError',
        message: `collect: expected the transition of step 6, got that of step ${t}`,
      });
    }
  });

  it('refuses columns of another size', () => {
    const cases: [keyof RingOptions, number, RegExp][] = [
      ['observationSize', 5, /collect: expected observations of 2 rows × 4, got 10 numbers/],
      ['rows', 3, /collect: expected observations of 2 rows × 4, got 12 numbers/],
      ['stateSize', 3, /collect: expected 0 states, got 6/],
    ];
    for (const [name, value, message] of cases) {
      const other = transition(0, { ...options, [name]: value });
      assert.throws(() => open(options).begin().add(other), { name: 'RangeError', message });
    }
    const names = ['actions', 'logProbs', 'values', 'rewards', 'terminations', 'truncations', 'masks'];
    for (const name of names) {
      for (const length of [1, 3]) {
        const bad = { ...transition(0, options), [name]: new Float32Array(length) };
        const message = `collect: expected 2 ${name}, got ${length}`;
        assert.throws(() => open(options).begin().add(bad), { name: 'RangeError', message });
      }
    }
    const final = { ...options, finalObservations: true };
    assert.throws(() => open(final).begin().add(transition(0, options)), {
      name: 'RangeError',
      message: 'collect: expected 8 finalObservations, got none',
    });
  });

  it('refuses what it has no room for, and columns of another type, since they would be missed or misread', () => {
    const add = (changes: object) =>
      open(options)
        .begin()
        .add({ ...transition(0, options), ...changes });
    assert.throws(() => add({ actionMasks: new Uint8Array(6) }), {
      name: 'RangeError',
      message: 'collect: the ring was made without room for actionMasks, got 6',
    });
    assert.throws(
      () => add({ finalObservations: new Float32Array(8) }),
      /without room for finalObservations/,
    );
    assert.throws(() => add({ observations: new Uint8Array(8) }), {
      name: 'TypeError',
      message: 'collect: expected observations in a Float32Array, got a Uint8Array',
    });
    assert.throws(() => add({ nextObservations: new Float32Array(2) }), /expected 8 nextObservations, got 2/);
  });

  it('refuses what comes too early, too late or after its time', () => {
    const ring = open({ ...options, slots: 2 });
    const segment = ring.begin();
    segment.add(transition(0, options));
    assert.throws(() => segment.finish(() => {}), {
      message: 'collect: expected 3 transitions in the segment, got 1',
    });
    segment.add(transition(1, options));
    segment.add(transition(2, options));
    assert.throws(() => segment.add(transition(3, options)), { message: /collect: the segment is full/ });
    segment.finish(() => {});
    const closed = /collect: the segment has been finished or abandoned/;
    assert.throws(() => segment.finish(() => {}), closed);
    assert.throws(() => segment.add(transition(3, options)), closed);
    const abandoned = ring.begin();
    abandoned.abandon();
    assert.throws(() => abandoned.add(transition(0, options)), closed);
  });

  it('refuses sizes that are none', () => {
    for (const name of ['numSteps', 'rows', 'slots', 'observationSize'] as const) {
      for (const value of [0, -1, 1.5, Number.NaN]) {
        const message = `RolloutRing: ${name} must be a positive integer, got ${value}`;
        const bad = { ...options, [name]: value };
        assert.throws(() => RolloutRing.columns(bad), { name: 'RangeError', message });
        assert.throws(() => new RolloutRing(bad, new Arena(1000)), { name: 'RangeError', message });
      }
    }
  });
});

describe('RolloutRing in development mode', () => {
  const development = { ...options, finalObservations: true, stateSize: 2, development: true };
  const columns = [
    'observations',
    'actions',
    'logProbs',
    'values',
    'rewards',
    'terminations',
    'truncations',
    'masks',
    'nextObservations',
    'finalObservations',
    'finalValues',
    'states',
    'order',
    'advantages',
    'returns',
  ];

  it('throws where a column is read after release, also through records that extend the rollout', () => {
    const ring = open(development);
    const rollout = fill(ring.begin(), development) as unknown as Record<string, unknown> & Rollout;
    const records = [
      rollout,
      extend(rollout, { kind: 'bootstrapped' }),
      extend(extend(rollout, { a: 1 }), { b: 2 }),
    ];
    for (const record of records as Record<string, unknown>[])
      for (const name of columns) assert.ok(ArrayBuffer.isView(record[name]), name);
    (records[2] as unknown as Rollout).release();
    for (const record of records as Record<string, unknown>[]) {
      for (const name of columns) {
        const message = `rollout.${name} was read after release; take a snapshot() to keep a rollout`;
        assert.throws(() => record[name], { message });
      }
      assert.equal(record.steps, 3, 'what is no column stays readable');
    }
    // Neither does the slot's next life revive it.
    fill(ring.begin(), development);
    assert.throws(() => rollout.rewards, /read after release/);
  });

  it('overwrites what somebody may still hold', () => {
    const rollout = fill(open(development).begin(), development);
    const { rewards, actions, terminations, order, states } = rollout;
    rollout.release();
    for (const column of [rewards, states as Float32Array]) assert.ok(column.every(Number.isNaN));
    assert.ok(actions.every((action) => action === -1));
    assert.ok(terminations.every((flag) => flag === 255));
    assert.ok(order.every((row) => row === 2 ** 32 - 1));
  });

  it('is otherwise off: columns stay as they are', () => {
    const rollout = fill(open(options).begin(), options);
    const before = [...rollout.rewards];
    rollout.release();
    assert.deepEqual([...rollout.rewards], before);
  });
});
