import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../lib/arena.ts';
import type { DevicePpoConfig } from '../../../../lib/engine/engine.ts';
import type { Device } from '../../../../lib/engine/tensorflow/device.ts';
import { SpecPolicy } from '../../../../lib/engine/tensorflow/specPolicy.ts';
import type { Scalar, Tensor } from '../../../../lib/engine/tensorflow/tf.ts';
import { type OwnLoss, TfPpoLearner } from '../../../../lib/engine/tensorflow/tfPpoLearner.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import {
  type ActorCriticOptions,
  actionForm,
  countChoices,
} from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { PpoLearner } from '../../../../lib/engine/wasm/ppoLearner.ts';
import { DivergenceError } from '../../../../lib/errors.ts';
import type { LossTerm } from '../../../../lib/lossTerm.ts';
import type { Bootstrapped, Estimate, Losses, Minibatch } from '../../../../lib/records.ts';
import { immediate } from '../../../../lib/workers/crew.ts';
import { forEachDevice } from '../../../golden/engines.ts';
import { assertClose } from '../../../golden/golden.ts';
import { networks as categorical, noise, plain, randomTensors } from '../wasm/reference.ts';

const ROWS = 70;

const gaussian: fc.Arbitrary<ActorCriticOptions> = fc
  .record({
    inputs: fc.integer({ min: 1, max: 5 }),
    dimensions: fc.integer({ min: 1, max: 3 }),
    network: fc.record({ stateDependentStd: fc.boolean(), shared: fc.boolean() }),
  })
  .map(({ network, ...sizes }) => ({
    ...sizes,
    choices: [],
    network: { ...plain, ...network, hidden: [9] },
  }));

const configs: fc.Arbitrary<DevicePpoConfig> = fc.record({
  learningRate: fc.constantFrom(1e-3, { from: 2e-3, to: 0 }),
  optimizer: fc.constantFrom('adam', 'adamw', 'muon'),
  adamEps: fc.constant(1e-5),
  normAdv: fc.boolean(),
  clipCoef: fc.constantFrom(0.1, 0.2),
  clipVloss: fc.boolean(),
  entCoef: fc.constantFrom(0, 0.01, 0.5),
  vfCoef: fc.constantFrom(0.5, 1),
  maxGradNorm: fc.constantFrom(0.01, 0.5, 100),
  dualClip: fc.constantFrom(0, 3),
  klCoef: fc.constantFrom(0, 0.3),
});

const setups = fc
  .record({
    options: fc.oneof(categorical, gaussian),
    config: configs,
    seed: fc.nat(1e6),
    isWeighted: fc.boolean(),
    isMasked: fc.boolean(),
  })
  .map(({ config, ...rest }) => ({
    ...rest,
    config: { ...config, weightDecay: config.optimizer === 'adam' ? 0 : 0.1 },
  }));

interface Setup {
  readonly options: ActorCriticOptions;
  readonly config: DevicePpoConfig;
  readonly seed: number;
  readonly isWeighted?: boolean;
  readonly isMasked?: boolean;
  readonly loss?: OwnLoss;
}

const usual: Setup = {
  options: { inputs: 3, choices: [4], network: { ...plain, hidden: [7, 5] } },
  config: {
    ...{ learningRate: 1e-3, adamEps: 1e-5, normAdv: true, clipCoef: 0.2, clipVloss: true },
    ...{ entCoef: 0.01, vfCoef: 0.5, maxGradNorm: 0.5, klCoef: 0.1 },
  },
  seed: 1,
};

/** The same network for each engine's learner, in one arena with what they learn from. */
function open(device: Device, { options, config, seed, isWeighted, isMasked, loss }: Setup) {
  const arena = new Arena(8e6, { deterministic: true });
  const tensors = randomTensors(ActorCritic.shapes(options), seed, 0.5);
  const [theirs, ours] = [0, 1].map(() => ActorCritic.from(options, tensors, arena));
  const progress = () => 0.25;
  const wasm = new PpoLearner(theirs, config, progress);
  const learner = new TfPpoLearner(device, new SpecPolicy(device, options), ours, config, progress, { loss });
  const { size, type } = actionForm(options);
  const choices = countChoices(options);
  const columns = arena.take({
    ...{ observations: ['f32', ROWS * options.inputs], actions: [type, ROWS * size] },
    ...{ logProbs: ['f32', ROWS], advantages: ['f32', ROWS], returns: ['f32', ROWS], values: ['f32', ROWS] },
    ...{ ratios: ['f32', ROWS], newLogProbs: ['f32', ROWS], newValues: ['f32', ROWS], order: ['u32', ROWS] },
    ...{ weights: ['f32', isWeighted ? ROWS : 0], actionMasks: ['u8', isMasked ? ROWS * choices : 0] },
  });
  const next = noise(seed + 1);
  const fill = (column: Float32Array, scale: number) =>
    column.set(Float32Array.from(column, () => scale * next()));
  fill(columns.observations, 1);
  fill(columns.advantages, 3);
  fill(columns.returns, 2);
  columns.order.set(Uint32Array.from({ length: ROWS }, (_, i) => (33 * i + 5) % ROWS));
  columns.weights.set(Float32Array.from(columns.weights, () => Math.max(0, 2 * next())));
  columns.actionMasks.set(columns.actionMasks.map(() => +(next() > -0.4)));
  columns.actions.set(columns.actions.map((_, i) => (type === 'f32' ? next() : chosen(i))));
  /** A choice that is allowed. */
  function chosen(i: number): number {
    const own = options.choices[i % size];
    const choice = Math.floor(((next() + 1) / 2) * own);
    const at = options.choices.slice(0, i % size).reduce((sum, n) => sum + n, 0) + choice;
    if (isMasked) columns.actionMasks[Math.floor(i / size) * choices + at] = 1;
    return choice;
  }
  const { weights, actionMasks, ratios, newLogProbs, newValues, ...rest } = columns;
  const given = { ...rest, ...(isWeighted && { weights }), ...(isMasked && choices > 0 && { actionMasks }) };
  const of = { kind: 'minibatch', indices: columns.order } as const;
  const minibatch = (n = ROWS) =>
    ({ ...of, columns: given, indices: columns.order.subarray(0, n) }) as unknown as Minibatch<Estimate>;
  const judged = { ...of, columns: { ...given, ratios, newLogProbs, newValues } };
  const judge = async (learner: PpoLearner | TfPpoLearner) => {
    const before = columns.values.slice();
    await learner.judge(judged as unknown as Minibatch<Bootstrapped>);
    const after = { logProbs: newLogProbs.slice(), values: columns.values.slice(), ratios: ratios.slice() };
    columns.values.set(before);
    return after;
  };
  // What acted was a little different: ratios and value changes are on both sides of the clip range.
  const begin = async () => {
    const { logProbs, values } = await judge(wasm);
    columns.logProbs.set(logProbs.map((own) => own + 0.4 * next()));
    columns.values.set(values.map((own) => own + 0.5 * next()));
  };
  const update = async () => {
    const answered = await learner.update(minibatch());
    return { answered, losses: await learner.publish() };
  };
  return { theirs, ours, wasm, learner, columns, minibatch, judge, begin, update };
}

/** Losses within 10⁻⁴; one sample at the edge of the clip range may be taken for the other side. */
function assertLosses(losses: Losses, expected: Losses, what: string): void {
  assert.deepEqual(Object.keys(losses), Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) {
    const tolerance = name === 'clipFraction' ? 1.01 / 20 : 1e-4;
    assertClose([losses[name]], [value], tolerance, `${what}: ${name}`, Math.max(1, Math.abs(value)));
  }
}

describe('TfPpoLearner', function () {
  this.timeout(120_000);

  forEachDevice(
    (name, device) => {
      // In software, a graphics processor takes a second for each shape that it has not seen.
      const runs = (numRuns: number) => ({ numRuns: name === 'tensorflow:webgpu' ? 1 : numRuns });

      it('has the losses of PpoLearner over 20 updates', () =>
        fc.assert(
          fc.asyncProperty(setups, async (setup) => {
            const { wasm, learner, minibatch, begin, update } = open(device(), setup);
            await begin();
            for (let k = 0; k < 20; k++) {
              const { losses, answered } = await update();
              assert.deepEqual(answered, {});
              assertLosses(losses, immediate(wasm.update(minibatch())), `update ${k}`);
            }
            learner.close();
          }),
          runs(12),
        ));

      it('goes on from what the other engine has saved, both ways', () =>
        fc.assert(
          fc.asyncProperty(setups, fc.boolean(), fc.nat(3), async (setup, isBack, steps) => {
            const { theirs, ours, wasm, learner, minibatch, begin, update } = open(device(), setup);
            await begin();
            const step = (own: object) => (own === wasm ? immediate(wasm.update(minibatch())) : update());
            const [from, to] = isBack ? [learner, wasm] : [wasm, learner];
            for (let k = 0; k < steps; k++) await step(from);
            await step(to);
            (isBack ? theirs : ours).load((isBack ? ours : theirs).tensors());
            to.load(from.save());
            assert.deepEqual(to.save(), from.save());
            for (let k = 0; k < 3; k++)
              assertLosses((await update()).losses, immediate(wasm.update(minibatch())), `update ${k}`);
            learner.close();
          }),
          runs(10),
        ));

      it('judges as PpoLearner does', () =>
        fc.assert(
          fc.asyncProperty(setups, async (setup) => {
            const { wasm, learner, judge, begin } = open(device(), setup);
            await begin();
            const [expected, judged] = [await judge(wasm), await judge(learner)];
            for (const name of ['logProbs', 'values', 'ratios'] as const)
              assertClose(judged[name], expected[name], 1e-5, name);
            learner.close();
          }),
          runs(20),
        ));

      it('lets nothing be learned while it is being published, though nobody may wait for that', async () => {
        const own = device();
        let answers: (() => void)[] = [];
        const late = Object.create(own, {
          read: {
            value: (tensor: Tensor) =>
              new Promise<void>((resolve) => answers.push(resolve)).then(() => own.read(tensor)),
          },
        }) as Device;
        const answerAll = () => {
          for (const answer of answers) answer();
          answers = [];
        };
        const { learner, wasm, minibatch } = open(late, usual);
        const expected = [1, 2].map(() => immediate(wasm.update(minibatch())));
        await learner.update(minibatch());
        const first = learner.publish();
        const next = learner.update(minibatch());
        assert.ok(learner.isBusy);
        answerAll();
        assertLosses(await first, expected[0], 'first');
        await next;
        assert.ok(!learner.isBusy);
        const second = learner.publish();
        answerAll();
        assertLosses(await second, expected[1], 'second');
        learner.close();
      });

      it('publishes what was learned of a rollout before it learns of the next', async () => {
        const { learner, wasm, minibatch, ours } = open(device(), usual);
        const { columns, ...rest } = minibatch();
        const of = (t: number) => ({ ...rest, columns: { ...columns, t } });
        await learner.update(of(0));
        const before = ours.tensors();
        assert.deepEqual(ours.tensors(), before);
        await learner.update(of(32));
        assert.notDeepEqual(ours.tensors(), before);
        immediate(wasm.update(minibatch()));
        assertLosses(await learner.publish(), immediate(wasm.update(minibatch())), 'second');
        learner.close();
      });

      it('keeps as many tensors however often it learns, and gives all of them back', async () => {
        const { tf } = device();
        const before = tf.memory().numTensors;
        const { learner, minibatch, judge, begin, update } = open(device(), usual);
        await begin();
        const counts: number[] = [];
        for (let iteration = 0; iteration < 5; iteration++) {
          await judge(learner);
          for (const n of [ROWS, 20, 50]) await learner.update(minibatch(n));
          counts.push(tf.memory().numTensors);
          await update();
          counts.push(tf.memory().numTensors);
        }
        assert.deepEqual(counts.slice(2), counts.slice(0, -2));
        learner.close();
        assert.equal(tf.memory().numTensors, before);
      });

      it('refuses to publish what is not finite, forgets it, and can go on', async () => {
        const { ours, learner, columns, minibatch, begin, update } = open(device(), usual);
        await begin();
        await update();
        const [weights, state] = [ours.tensors(), learner.save()];
        for (const name of ['observations', 'advantages', 'returns', 'logProbs'] as const) {
          const was = columns[name][4];
          columns[name][4] = Number.NaN;
          await learner.update(minibatch());
          columns[name][4] = was;
          await learner.update(minibatch());
          await assert.rejects(
            async () => learner.publish(),
            (error: Error) =>
              error instanceof DivergenceError &&
              /^updates 1 to 2: expected finite losses/.test(error.message),
          );
          assert.deepEqual([ours.tensors(), learner.save()], [weights, state]);
        }
        const again = open(device(), usual);
        await again.begin();
        await again.update();
        assert.deepEqual((await update()).losses, (await again.update()).losses);
        for (const each of [learner, again.learner]) each.close();
      });

      it('answers with the losses at once where a target KL asks for them, and with their means in the end', async () => {
        const { learner, minibatch, begin } = open(device(), {
          ...usual,
          config: { ...usual.config, targetKl: 0.1 },
        });
        await begin();
        const losses = [await learner.update(minibatch()), await learner.update(minibatch())];
        const means = await learner.publish();
        assert.deepEqual(Object.keys(means), Object.keys(losses[0]));
        for (const [name, mean] of Object.entries(means))
          assertClose([mean], [(losses[0][name] + losses[1][name]) / 2], 1e-6, name, 1);
        learner.close();
      });

      it('learns by a loss of one’s own what PpoLearner does by such a term', async () => {
        const { tf } = device();
        /** ¼ of the mean square of the values of those that count. */
        const term: LossTerm = {
          name: 'valueDecay',
          differentiate({ n, values, dValues, scales }) {
            let sum = 0;
            for (let s = 0; s < n; s++) {
              sum += 0.25 * scales[s] * values[s] ** 2;
              dValues[s] += 0.5 * scales[s] * values[s];
            }
            return sum;
          },
        };
        const loss: OwnLoss = ({ values }, { scales }, ppo) => {
          const valueDecay: Scalar = tf.mul(tf.sum(tf.mul(tf.square(values), scales)), 0.25);
          return { loss: tf.add(ppo, valueDecay), valueDecay };
        };
        const { wasm, learner, minibatch, begin, update } = open(device(), {
          ...usual,
          isWeighted: true,
          loss,
        });
        await begin();
        wasm.addTerm(term);
        for (let k = 0; k < 5; k++) {
          const { gradNorm, ...expected } = immediate(wasm.update(minibatch()));
          const { gradNorm: norm, ...losses } = (await update()).losses;
          assertLosses({ ...losses, gradNorm: norm }, { ...expected, gradNorm }, `update ${k}`);
        }
        learner.close();
        const other = open(device(), { ...usual, loss: (_, __, ppo) => ({ loss: ppo, entropy: ppo }) });
        assert.throws(() => other.learner.update(other.minibatch()), /got entropy, which PPO's loss has/);
        other.learner.close();
      });

      it('refuses a state that does not fit, and then nothing has changed', async () => {
        const { learner, begin, update } = open(device(), usual);
        await begin();
        await update();
        const saved = learner.save();
        const { 'm.actor.0.bias': _, ...missing } = saved.tensors;
        for (const [bad, message] of [
          [
            { ...saved, tensors: missing },
            /expected optimizer\.m\.actor\.0\.bias as Float32Array \[7\], got none/,
          ],
          [{ ...saved, values: { ...saved.values, klCoef: -1 } }, /klCoef: expected a number ≥ 0, got -1/],
          [{ ...saved, values: { ...saved.values, updates: -1 } }, /got -1/],
        ] as const) {
          assert.throws(() => learner.load(bad), { name: 'CheckpointError', message });
          assert.deepEqual(learner.save(), saved);
        }
        learner.close();
      });

      it('refuses minibatches that are empty, or count for nothing', async () => {
        const { learner, columns, minibatch } = open(device(), { ...usual, isWeighted: true });
        assert.throws(() => learner.update(minibatch(0)), /expected a minibatch of at least one sample/);
        columns.weights.fill(0);
        assert.throws(() => learner.update(minibatch()), /expected a transition that counts/);
        learner.close();
      });
    },
    { imitated: false },
  );
});
