import assert from 'node:assert/strict';
import { Arena } from '../../../../../lib/arena.ts';
import { TfSacLearner } from '../../../../../lib/engine/tensorflow/sac/tfSacLearner.ts';
import { SacActor } from '../../../../../lib/engine/wasm/sac/sacActor.ts';
import { SacLearner, type SacLearnerConfig } from '../../../../../lib/engine/wasm/sac/sacLearner.ts';
import type { SacOptions } from '../../../../../lib/engine/wasm/sac/sacOptions.ts';
import { TwinCritic } from '../../../../../lib/engine/wasm/sac/twinCritic.ts';
import { CheckpointError, DivergenceError } from '../../../../../lib/errors.ts';
import type { Transition } from '../../../../../lib/records.ts';
import { Replay } from '../../../../../lib/replay.ts';
import { box } from '../../../../../lib/space/box.ts';
import { immediate } from '../../../../../lib/workers/crew.ts';
import { forEachDevice } from '../../../../golden/engines.ts';
import { random } from '../../../../kernels/random.ts';

const low = [-1, -2, 0];
const high = [1, 2, 3];
const ROWS = 100;
/** More than a block. */
const BATCH = 150;

/** Networks of the same seed, learners of them, and a replay to learn from, in one arena. */
function open(
  activation: 'relu' | 'tanh' | 'gelu' = 'tanh',
  { isPacked = false, isPrioritized = true, ...changes }: Partial<SacLearnerConfig & Flags> = {},
) {
  const arena = new Arena(2 ** 23, { deterministic: true });
  const gains = { hidden: 1.4, policy: 1, value: 1 };
  const options: SacOptions = {
    ...{ inputs: 5, low, high, network: { hidden: [12, 9], activation, gains, normalizeBytes: true } },
    ...(isPacked && { observation: box(0, 255, [5], 'u8') }),
  };
  const config = {
    ...{ seed: 4, batchSize: BATCH, policyLearningRate: { from: 1e-3, to: 1e-4 }, qLearningRate: 2e-3 },
    ...{ tau: 0.05, alpha: 0.5, autotune: true, adamEps: 1e-8 },
    ...changes,
  };
  const replay = new Replay(
    {
      ...{ capacity: 4 * ROWS, rows: ROWS, observationSize: 5, observationType: isPacked ? 'u8' : 'f32' },
      ...{ actionSize: 3, batchSize: BATCH, seed: 2, gamma: 0.9, nStep: 2 },
      ...(isPrioritized && { priorities: { alpha: 0.7, beta: 0.5 } }),
    },
    arena,
  );
  for (let t = 0; t < 3; t++) replay.store(transition(t, isPacked));
  const networks = () => ({
    actor: new SacActor(options, arena).initialize(1),
    critic: new TwinCritic(options, arena).initialize(1, 1),
  });
  return { config, replay, networks };
}

interface Flags {
  readonly isPacked: boolean;
  readonly isPrioritized: boolean;
}

function transition(t: number, isPacked: boolean): Transition {
  const { uniform, chance } = random(9 + t);
  const floats = (size: number) => new Float32Array(size).map(() => uniform(-1, 1));
  const seen = () => (isPacked ? new Uint8Array(5 * ROWS).map(() => uniform(0, 255)) : floats(5 * ROWS));
  const flags = () => new Uint8Array(ROWS).map(() => chance(0.1));
  return {
    ...{ kind: 'transition', t, observations: seen(), nextObservations: seen(), actions: floats(3 * ROWS) },
    ...{ rewards: floats(ROWS), terminations: flags(), truncations: flags() },
    ...{ masks: new Float32Array(ROWS).fill(1), logProbs: floats(ROWS), values: floats(ROWS) },
  };
}

/** Half of the run is done. */
const progress = () => 0.5;

function onWasm({ config, networks }: ReturnType<typeof open>) {
  const { actor, critic } = networks();
  return { actor, critic, learner: new SacLearner(actor, critic, config, progress) };
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string) {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++)
    assert.ok(
      Math.abs(actual[i] - expected[i]) <= tolerance,
      `${what}[${i}]: ${expected[i]}, got ${actual[i]}`,
    );
}

describe('TfSacLearner', function () {
  this.timeout(120_000);
  forEachDevice(
    (_, device) => {
      function onDevice({ config, networks }: ReturnType<typeof open>) {
        const { actor, critic } = networks();
        return { actor, critic, learner: new TfSacLearner(device(), actor, critic, config, progress) };
      }

      for (const [title, given] of Object.entries({
        'with priorities': open('tanh'),
        'of bytes': open('relu', { isPacked: true, isPrioritized: false }),
        'with a given α': open('gelu', { autotune: false, isPrioritized: false }),
      })) {
        it(`learns as the wasm engine does, ${title}, and holds on to no tensors`, async () => {
          const [wasm, own] = [onWasm(given), onDevice(given)];
          const before = device().tf.memory().numTensors;
          let kept: number | undefined;
          // A graphics processor that is played by the processor takes seconds for each.
          const updates = device().isImitated ? 2 : 20;
          for (let update = 0; update < updates; update++) {
            const minibatch = given.replay.draw();
            const { errors } = minibatch.columns;
            await own.learner.update(minibatch);
            const ownErrors = errors?.slice();
            const losses = await own.learner.publish();
            const expected = immediate(wasm.learner.update(minibatch));
            assert.deepEqual(Object.keys(losses), Object.keys(expected));
            close(Object.values(losses), Object.values(expected), 1e-4, `losses of update ${update}`);
            if (ownErrors && errors) close(ownErrors, errors, 1e-4, 'errors');
            kept ??= device().tf.memory().numTensors;
            assert.equal(device().tf.memory().numTensors, kept);
            given.replay.learned(minibatch);
          }
          const [saved, expected] = [own.learner.save(), wasm.learner.save()];
          assert.deepEqual(saved.values, expected.values);
          assert.deepEqual(Object.keys(saved.tensors), Object.keys(expected.tensors));
          for (const [name, { shape, data }] of Object.entries(expected.tensors)) {
            assert.deepEqual(saved.tensors[name].shape, shape);
            close(saved.tensors[name].data, data, 1e-4, name);
          }
          close(own.actor.parameters, wasm.actor.parameters, 1e-4, 'actor');
          own.learner.close();
          assert.ok(device().tf.memory().numTensors < before);
        });
      }

      it('goes on from the save of either engine, and takes on nothing that does not fit', async () => {
        const given = open();
        const minibatch = given.replay.draw();
        const [first, second, wasm] = [onDevice(given), onDevice(given), onWasm(given)];
        // What the second has learned is to be forgotten.
        for (const { learner } of [first, first, second]) {
          await learner.update(minibatch);
          await learner.publish();
        }
        const saved = first.learner.save();
        assert.throws(() => second.learner.load({ ...saved, values: { updates: -1 } }), CheckpointError);
        for (const { actor, learner } of [second, wasm]) {
          actor.load(first.actor.tensors());
          learner.load(saved);
          assert.deepEqual(learner.save(), saved);
        }
        for (const { learner } of [first, second]) {
          await learner.update(minibatch);
          await learner.publish();
        }
        await wasm.learner.update(minibatch);
        assert.deepEqual(second.learner.save(), first.learner.save());
        assert.deepEqual(second.actor.parameters, first.actor.parameters);
        close(first.actor.parameters, wasm.actor.parameters, 1e-5, 'actor');
        close(first.critic.parameters, wasm.critic.parameters, 1e-5, 'critic');
        assert.notDeepEqual(first.learner.save(), saved);
        // And back: what the wasm engine has learned since.
        second.actor.load(wasm.actor.tensors());
        second.learner.load(wasm.learner.save());
        assert.deepEqual(second.learner.save(), wasm.learner.save());
        for (const { learner } of [first, second]) learner.close();
      });

      it('tells the mean losses of the updates since it last told them', async () => {
        const given = open('relu', { policyLearningRate: 0, qLearningRate: 0, tau: 0 });
        const minibatch = given.replay.draw();
        const { learner } = onDevice(given);
        assert.deepEqual(await learner.publish(), {});
        const each: number[] = [];
        for (const together of [1, 2]) {
          for (let k = 0; k < together; k++) assert.deepEqual(await learner.update(minibatch), {});
          each.push((await learner.publish()).actorLoss as number);
        }
        // The same noise is drawn for an update of the same number.
        const again = onDevice(given);
        for (let k = 0; k < 3; k++) await again.learner.update(minibatch);
        const { actorLoss } = await again.learner.publish();
        close([actorLoss], [(each[0] + 2 * each[1]) / 3], 1e-5, 'mean');
        for (const opened of [again.learner, learner]) opened.close();
      });

      it('leaves the networks alone when a loss is no longer finite, and refuses foreign columns', async () => {
        const given = open();
        const { learner, actor, critic } = onDevice(given);
        const minibatch = given.replay.draw();
        const foreign = { ...minibatch, columns: { ...minibatch.columns, actions: new Float32Array(60) } };
        assert.throws(() => learner.update(foreign), TypeError);
        assert.throws(
          () => learner.update({ ...minibatch, indices: minibatch.indices.subarray(0, 0) }),
          RangeError,
        );
        minibatch.columns.returns[3] = Number.NaN;
        const before = [actor.parameters.slice(), critic.parameters.slice()];
        await learner.update(minibatch);
        await assert.rejects(async () => learner.publish(), DivergenceError);
        assert.deepEqual([actor.parameters, critic.parameters], before);
        assert.throws(() => onDevice({ ...given, config: { ...given.config, adamEps: 0 } }), RangeError);
        learner.close();
      });
    },
    { imitated: false },
  );
});
