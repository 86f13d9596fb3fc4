import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, take } from 'rxjs';
import * as builtIn from '../../envs/index.ts';
import { type Checkpoint, decodeCheckpoint } from '../../lib/checkpoint.ts';
import type { AnyEnv, ColumnarEnv } from '../../lib/env/env.ts';
import { isStructured } from '../../lib/env/kinds.ts';
import { record } from '../../lib/env/recordedEnvs.ts';
import { replay } from '../../lib/env/replay.ts';
import { loadState, saveState } from '../../lib/env/saveState.ts';
import type { VectorEnvs } from '../../lib/env/vectorEnvs.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { EnvError } from '../../lib/errors.ts';
import type { Json } from '../../lib/nouns.ts';
import { Random } from '../../lib/random.ts';
import { layout } from '../../lib/space/layout.ts';
import { openRun } from '../../pipelines/openRun.ts';
import { ppo } from '../../pipelines/ppo.ts';
import { damage, distort, pretend } from './corrupt.ts';
import { act } from './env/act.ts';

/**
 * Damaged and hostile files: none is taken for what it is not, and none does harm. A few hundred of each here; to try
 * ten thousand of each:
 *
 *   CORRUPTIONS=10000 npx mocha spec/lib/corruption.spec.ts
 */
const CORRUPTIONS = Number(process.env.CORRUPTIONS ?? 200);

const isEnv = (value: unknown): value is AnyEnv =>
  typeof value === 'object' && value !== null && 'id' in value;
const envs = Object.values(builtIn).filter(isEnv);

/** Something that is saved, and may be loaded from any bytes. */
interface Target {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Rejects if the bytes are refused; else what was loaded can be used. */
  load(bytes: Uint8Array): Promise<() => Promise<void> | void>;
}

/** Whether every row that an agent is in shows what its space has. */
function assertInSpace({ env, groups }: VectorEnvs): void {
  for (const { observation, observations, rows, kind } of groups) {
    const { unpack, width } = layout(observation);
    for (let row = 0; row < rows; row++) {
      const shown = observations.subarray(row * width, (row + 1) * width);
      if (isStructured(env) && shown.every((value) => value === 0)) continue;
      const problem = observation.problem(unpack(observations, row));
      assert.equal(problem, undefined, `${kind}[${row}]: ${problem}`);
    }
  }
}

function stateOf(env: AnyEnv): Target {
  const options = { numEnvs: 3, seed: 1 };
  const source = vectorize(env, options);
  act(source, 30, 1);
  const bytes = saveState(source);
  source.close();
  return {
    name: `a state of ${env.id}`,
    bytes,
    async load(changed) {
      const envs = vectorize(env, { ...options, seed: 2 });
      act(envs, 7, 2);
      const before = saveState(envs);
      try {
        loadState(envs, changed);
      } catch (error) {
        assert.deepEqual(saveState(envs), before, 'it was refused, but something has changed');
        throw error;
      }
      return () => {
        assert.deepEqual(saveState(envs), changed);
        assertInSpace(envs);
        act(envs, 20, 3);
        assertInSpace(envs);
        saveState(envs);
        envs.close();
      };
    },
  };
}

const small = { numEnvs: 3, numSteps: 8, numMinibatches: 2, updateEpochs: 1, network: { hidden: [4] } };

async function runOf(env: AnyEnv): Promise<Target> {
  const run = await openRun(env, ppo, small);
  await lastValueFrom(run.metrics.pipe(take(3)));
  const bytes = run.save();
  run.close();
  return {
    name: `a run on ${env.id}`,
    bytes,
    async load(changed) {
      // Others are as good as these, but slower, or learn nothing.
      const { network, ...sizes } = small;
      const config = { ...sizes, totalSteps: 2 ** 53 - 1, learningRate: 1e-3 };
      const run = await openRun(env, ppo, changed, { config });
      return async () => {
        assertInSpace(run.envs);
        assert.deepEqual(decodeCheckpoint(run.save()).tensors, decodeCheckpoint(changed).tensors);
        const { losses } = await lastValueFrom(run.metrics.pipe(take(1)));
        for (const loss of Object.values(losses)) assert.ok(Number.isFinite(loss));
        assertInSpace(run.envs);
        (await openRun(env, ppo, run.save())).close();
        run.close();
      };
    },
  };
}

function recordingOf(env: AnyEnv): Target {
  const envs = record(vectorize(env, { numEnvs: 3, seed: 1 }));
  act(envs, 20, 1);
  return {
    name: `a recording of ${env.id}`,
    bytes: envs.recording(),
    async load(changed) {
      const envs = replay(env, changed);
      return () => assertInSpace(envs);
    },
  };
}

/**
 * Whether it is an error by name that no check of a file can spare: parameters are an env's own matter, and what it
 * makes of odd ones it says when it resets; finite weights and coefficients may be so large that nothing can be learned.
 */
function mayFail({ name }: Error, distorted: Uint8Array, bytes: Uint8Array): boolean {
  const [now, before] = [distorted, bytes].map((file) => decodeCheckpoint(file));
  const changed = Object.keys(before.tensors).filter(
    (tensor) => Buffer.compare(bytesOf(now, tensor), bytesOf(before, tensor)) !== 0,
  );
  if (name === 'EnvError') return changed.some((tensor) => /^(envs\.)?params\./.test(tensor));
  const [config, other] = [now, before].map(({ values }) =>
    JSON.stringify((values as { config?: Json }).config),
  );
  return (
    name === 'DivergenceError' && (config !== other || changed.some((tensor) => /^agent\./.test(tensor)))
  );
}

function bytesOf({ tensors }: Checkpoint, name: string): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensors[name].data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

describe('corrupted files', function () {
  this.timeout(60_000 + 100 * CORRUPTIONS);
  let targets: readonly (readonly Target[])[];

  before(async () => {
    const { cartPole, corridor, taxi, mine } = builtIn;
    const runs = await Promise.all([cartPole, corridor, taxi, mine].map(runOf));
    targets = [envs.map(stateOf), runs, envs.map(recordingOf)];
  });

  const tries = (load: (target: Target, random: Random) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.nat(), async (form, which, seed) => {
        const target = targets[form][which % targets[form].length];
        try {
          await load(target, new Random(seed));
        } catch (error) {
          (error as Error).message = `${target.name}: ${(error as Error).message}`;
          throw error;
        }
      }),
      { numRuns: CORRUPTIONS, endOnFailure: true },
    );

  it('are refused, all of them', () =>
    tries(async ({ bytes, load }, random) => {
      const damaged = damage(bytes, random);
      if (Buffer.compare(damaged, bytes) !== 0)
        await assert.rejects(load(damaged), { name: 'CheckpointError' });
    }));

  it('of columnar envs whose observations agree with their states are refused, or are as good as others', () => {
    const columnar = envs.filter((env): env is ColumnarEnv => !isStructured(env));
    return fc.assert(
      fc.asyncProperty(fc.constantFrom(...columnar), fc.nat(), async (env, seed) => {
        const { bytes, load } = targets[0][envs.indexOf(env)];
        const use = await load(pretend(env, bytes, new Random(seed))).catch(({ name, message }: Error) => {
          assert.equal(name, 'CheckpointError', `${env.id}: ${message}`);
        });
        try {
          await use?.();
        } catch (error) {
          // At the edge of its space an env may be led beyond it, and says so; nothing else must go wrong.
          if (!(error instanceof EnvError) || error.cause !== undefined) throw error;
        }
      }),
      { numRuns: CORRUPTIONS, endOnFailure: true },
    );
  });

  it('with the right checksum are refused by name, or are as good as others', () =>
    tries(async ({ bytes, load }, random) => {
      const distorted = distort(bytes, random);
      const began = performance.now();
      const use = await load(distorted).catch(({ name, message }: Error) => {
        assert.match(name, /^(CheckpointError|ConfigError|ReplayError)$/, message);
      });
      try {
        await use?.();
      } catch (error) {
        if (!mayFail(error as Error, distorted, bytes)) throw error;
      }
      assert.ok(performance.now() - began < 5000, 'it took too long');
    }));
});
