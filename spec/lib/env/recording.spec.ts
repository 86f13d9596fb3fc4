import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom } from 'rxjs';
import { blackjack } from '../../../envs/blackjack.ts';
import { cartPole } from '../../../envs/cartPole.ts';
import { mine } from '../../../envs/mine.ts';
import { pendulum } from '../../../envs/pendulum.ts';
import { taxi } from '../../../envs/taxi.ts';
import { turnstile } from '../../../envs/turnstile.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../lib/checkpoint.ts';
import type { AnyEnv, ColumnarEnv } from '../../../lib/env/env.ts';
import { type RecordedEnvs, record } from '../../../lib/env/recordedEnvs.ts';
import { replay } from '../../../lib/env/replay.ts';
import { changedRow, rowDigest } from '../../../lib/env/rowDigest.ts';
import { saveState } from '../../../lib/env/saveState.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { VectorOptions } from '../../../lib/env/vectorOptions.ts';
import { EnvError, ReplayError } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/nouns.ts';
import { openRun, type Run } from '../../../pipelines/openRun.ts';
import { pipeline } from '../../../pipelines/pipeline.ts';
import { ppo } from '../../../pipelines/ppo.ts';
import { faulty } from '../../fakes/envs.ts';
import { act, seeds } from './act.ts';
import { wander } from './wander.ts';

const options: fc.Arbitrary<VectorOptions> = fc.record({
  numEnvs: fc.integer({ min: 1, max: 20 }),
  seed: seeds,
  autoreset: fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const),
});
const envs = fc.constantFrom<AnyEnv>(wander, cartPole, taxi, blackjack, pendulum, turnstile, mine);
const steps = fc.integer({ min: 1, max: 40 });

const { maxEpisodeSteps: _, ...endless } = wander;
/** Never ends, so that each step is one call. */
const quiet: ColumnarEnv = { ...endless, params: { drag: 0.5, reach: 1e9 } };

function recordingOf(env: AnyEnv, chosen: VectorOptions, steps: number): Uint8Array {
  const recorded = record(vectorize(env, chosen));
  act(recorded, steps, 1);
  return recorded.recording();
}

describe('record and replay', () => {
  it('come to the same state', () => {
    fc.assert(
      fc.property(envs, options, steps, (env, chosen, steps) => {
        const recorded = record(vectorize(env, chosen));
        act(recorded, steps, 1);
        const bytes = recorded.recording();
        const replayed = replay(env, bytes);
        assert.equal(replayed.t, steps);
        assert.deepEqual(saveState(replayed), saveState(recorded));
        assert.deepEqual(recordingOf(env, chosen, steps), bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('take parameters along, and go on after a part was written', () => {
    const recorded = record(vectorize(wander, { numEnvs: 3, seed: 1, params: { drag: 0.9, reach: 7 } }));
    act(recorded, 5, 1);
    assert.equal(replay(wander, recorded.recording()).t, 5);
    act(recorded, 20, 2);
    assert.deepEqual(saveState(replay(wander, recorded.recording())), saveState(recorded));
  });

  it('record a run when its graph has the recorded envs', async () => {
    let envs: RecordedEnvs | undefined;
    const recorded = pipeline('recorded', ppo.schema, (nouns) => {
      envs ??= record(run.envs);
      return ppo.graph({ ...nouns, envs });
    });
    const run: Run<typeof ppo.schema> = await openRun(cartPole, recorded, {
      totalSteps: 300,
      numEnvs: 4,
      numSteps: 25,
    });
    await lastValueFrom(run.metrics);
    assert.ok(run.envs.t >= 75);
    assert.deepEqual(saveState(replay(cartPole, (envs as RecordedEnvs).recording())), saveState(run.envs));
  });

  it('name the step, the field and the row in which a replay departs', () => {
    fc.assert(
      fc.property(options, steps, fc.nat(), fc.nat(), fc.boolean(), (chosen, steps, pick, at, isReward) => {
        const row = pick % chosen.numEnvs;
        const step = at % steps;
        const bytes = recordingOf(quiet, chosen, steps);
        let t = 0;
        const changed: ColumnarEnv = {
          ...quiet,
          step(context, from, to) {
            quiet.step(context, from, to);
            if (t++ !== step) return;
            if (isReward) context.rewards[row] += 1e-3;
            else context.state.x[row] += 1e-3;
          },
        };
        assert.throws(
          () => replay(changed, bytes),
          (error) => {
            assert.ok(error instanceof ReplayError, String(error));
            const field = isReward ? 'rewards' : 'observations';
            assert.deepEqual(error.departure, { step: step + 1, kind: 'agent', field, row });
            const where = `the ${field} of agent differ in row ${row}, world ${row}`;
            assert.equal(error.message, `replay of Wander-v0, after ${step + 1} steps: ${where}`);
            return true;
          },
        );
      }),
    );
  });

  it('depart at the start when the first observations differ, in several rows', () => {
    const bytes = recordingOf(wander, { numEnvs: 4, seed: 1 }, 3);
    const { tensors, values } = decodeCheckpoint(bytes);
    const other = { ...(values as object), options: { seed: 2, params: {} } };
    assert.throws(() => replay(wander, encodeCheckpoint({ tensors, values: other as Json })), {
      name: 'ReplayError',
      message: 'replay of Wander-v0, after 0 steps: the observations of agent differ in several rows',
    });
  });

  it('keep the step that failed, which must fail again', () => {
    const env = faulty('NaN reward', 7);
    const recorded = record(vectorize(env, { numEnvs: 3, seed: 1 }));
    assert.throws(() => act(recorded, 20, 1), EnvError);
    const bytes = recorded.recording();
    assert.equal(replay(env, bytes).t, 6);
    assert.throws(() => replay(faulty('NaN reward', 8), bytes), {
      name: 'ReplayError',
      message: /after 6 steps: expected Faulty-v0, env 1, step 6: reward: .* got NaN; got no failure$/,
    });
    assert.throws(() => replay(faulty('throws', 6), bytes), {
      name: 'ReplayError',
      message:
        /after 5 steps: expected no failure; got Faulty-v0, envs 0 to 2, step 5: the simulation broke$/,
    });
  });

  it('refuse what is no recording of the env', () => {
    const bytes = recordingOf(wander, { numEnvs: 4, seed: 1 }, 3);
    const { tensors, values } = decodeCheckpoint(bytes);
    const refuses = (env: ColumnarEnv, bytes: Uint8Array, message: RegExp) =>
      assert.throws(() => replay(env, bytes), { name: 'CheckpointError', message });
    const changed = (changes: object, more: object = {}) =>
      encodeCheckpoint({
        tensors: { ...tensors, ...more },
        values: { ...(values as object), ...changes } as Json,
      });
    refuses(cartPole, bytes, /recording\.env: expected "CartPole-v1", got "Wander-v0"$/);
    refuses(
      wander,
      saveState(vectorize(wander, { numEnvs: 4, seed: 1 })),
      /expected a recording of envs, got a saved state/,
    );
    refuses(wander, changed({ steps: 4 }), /cannot have actions of shape \[3, 4, 1\]$/);
    refuses(wander, changed({ failure: 'it broke' }), /cannot have actions of shape/);
    refuses(wander, changed({ failure: 3 }), /expected the failure of a recording in words/);
    refuses(wander, changed({ options: { seed: -1, params: {} } }), /recording: seed: expected an integer/);
    refuses(wander, changed({ options: { seed: 1, params: { length: 3 } } }), /unknown parameter length/);
    const form = (values as { recording: object }).recording;
    refuses(
      wander,
      changed({ recording: { ...form, numEnvs: 1e9 } }),
      /1000000000 worlds cannot have actions/,
    );
    refuses(wander, changed({ recording: { ...form, autoreset: 'LATER' } }), /autoreset must be/);
    const short = { shape: [4, 3, 2], data: new Uint32Array(24) };
    refuses(
      wander,
      changed({}, { 'agent.digests': short }),
      /expected recording\.agent\.digests as Uint32Array \[4, 5, 2\], got/,
    );
    const odd = { shape: [3, 4, 1], data: new Float64Array(12) };
    refuses(wander, changed({}, { 'agent.actions': odd }), /as Uint8Array or Uint16Array or Int32Array/);
  });

  it('cannot begin late, be empty, fork or load', () => {
    const late = vectorize(wander, { numEnvs: 2, seed: 1 });
    act(late, 1, 1);
    assert.throws(() => record(late), { name: 'RangeError', message: /taken no step, got 1$/ });
    const envs = vectorize(wander, { numEnvs: 2, seed: 1 });
    const recorded = record(envs);
    assert.throws(() => recorded.recording(), /expected one step at least/);
    assert.throws(() => recorded.fork(), /would not fork/);
    assert.throws(() => recorded.load(), /would not load/);
    act(envs, 1, 1);
    assert.throws(() => act(recorded, 1, 1), /expected to see every step, got 1 and saw 0/);
  });
});

describe('rowDigest', () => {
  it('tells which row has changed, by any bits', () => {
    const columns = fc
      .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9 }))
      .chain(([rows, width]) =>
        fc.record({
          rows: fc.constant(rows),
          bytes: fc.uint8Array({ minLength: rows * width, maxLength: rows * width }),
          row: fc.nat(rows - 1),
          change: fc
            .uint8Array({ minLength: width, maxLength: width })
            .filter((bits) => bits.some((bit) => bit > 0)),
        }),
      );
    fc.assert(
      fc.property(columns, ({ rows, bytes, row, change }) => {
        const changed = bytes.map((byte, i) => {
          const k = i - row * change.length;
          return byte ^ (change[k] ?? 0);
        });
        const [a, b] = [bytes, changed].map((column) => rowDigest(column, rows));
        assert.notDeepEqual(a, b);
        assert.equal(changedRow(a, b, rows), row);
        assert.equal(changedRow(b, a, rows), row);
      }),
      { numRuns: 1000 },
    );
  });
});
