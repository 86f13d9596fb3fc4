import { decodeCheckpoint } from '../checkpoint.ts';
import { contents } from '../contents.ts';
import { CheckpointError, EnvError, ReplayError } from '../errors.ts';
import type { Json, Saved } from '../nouns.ts';
import { checkNames, checkSame, savedCount } from '../restore.ts';
import type { AnyEnv } from './env.ts';
import { kindsOf } from './kinds.ts';
import { digestsOf } from './recordedEnvs.ts';
import { fieldsOf } from './recordedFields.ts';
import { changedRow } from './rowDigest.ts';
import type { VectorEnvs } from './vectorEnvs.ts';
import { vectorForm } from './vectorForm.ts';
import { vectorize } from './vectorize.ts';
import type { VectorOptions } from './vectorOptions.ts';

/** What `recording` wrote. */
interface Recording {
  readonly form: Json;
  readonly options: VectorOptions;
  /** Steps that came to their end; there may be one more, which failed. */
  readonly steps: number;
  readonly failure: string | null;
  readonly tensors: Saved['tensors'];
}

/**
 * Does again what was recorded, with new envs, and compares what comes of it: observations, action masks, rewards,
 * terminations, truncations and masks of every step, and how the last one failed.
 *
 * @returns the envs, as they are after the last step
 * @throws ReplayError naming the first step, field and row that are not as they were recorded
 * @throws CheckpointError if the bytes are damaged, or no recording, or one of another env
 */
export function replay(env: AnyEnv, bytes: Uint8Array): VectorEnvs {
  const recording = readRecording(env, bytes);
  const envs = open(env, recording);
  try {
    checkSame('recording', vectorForm(envs), recording.form);
    checkTracks(envs, recording);
    compare(envs, recording);
    for (let t = 0; t < recording.steps; t++) {
      act(envs, recording, null);
      compare(envs, recording);
    }
    if (recording.failure !== null) act(envs, recording, recording.failure);
    return envs;
  } catch (error) {
    envs.close();
    throw error;
  }
}

function readRecording(env: AnyEnv, bytes: Uint8Array): Recording {
  const { tensors, values } = decodeCheckpoint(bytes);
  const read = contents('recording', ['options', 'steps', 'failure'], values);
  const form = checkNames('recording', read.recording, ['env', 'numEnvs', 'autoreset', 'params', 'kinds']);
  checkSame('recording.env', env.id, form.env);
  const chosen = checkNames('options', read.options, ['seed', 'params']);
  const numEnvs = savedCount('recording', { tensors, values: form }, 'numEnvs');
  const options = { ...chosen, numEnvs, autoreset: form.autoreset } as unknown as VectorOptions;
  const steps = savedCount('recording', { tensors, values: read }, 'steps');
  const { failure } = read;
  if (failure !== null && typeof failure !== 'string')
    throw new CheckpointError('checkpoint: expected the failure of a recording in words');
  const recording = { form: read.recording, options, steps, failure, tensors };
  // Before worlds are made: as many as are asked for must have acted.
  for (const { name, slots } of kindsOf(env)) {
    const told = tensors[`${name}.actions`]?.shape ?? [];
    const [rows, all] = [numEnvs * slots, steps + +(failure !== null)];
    if (told.length !== 3 || told[0] !== all || told[1] !== rows || all === 0 || told[2] === 0)
      throw new CheckpointError(
        `checkpoint: ${steps} steps of ${numEnvs} worlds cannot have actions of shape [${told.join(', ')}]`,
      );
  }
  return recording;
}

function open(env: AnyEnv, { options }: Recording): VectorEnvs {
  try {
    return vectorize(env, options);
  } catch (error) {
    if (error instanceof EnvError)
      throw new ReplayError(env.id, { step: 0 }, `expected no failure; got ${error.message}`, {
        cause: error,
      });
    throw new CheckpointError(`checkpoint: recording: ${(error as Error).message}`, { cause: error });
  }
}

function checkTracks({ groups }: VectorEnvs, { tensors, steps, failure }: Recording): void {
  const names = groups.flatMap(({ kind }) => [`${kind}.actions`, `${kind}.digests`]);
  checkNames('tensors', tensors, names);
  for (const group of groups) {
    const { kind, rows, actions } = group;
    const types = actions instanceof Float32Array ? [Float32Array] : [Uint8Array, Uint16Array, Int32Array];
    const told = steps + +(failure !== null);
    checkTrack(`${kind}.actions`, types, [told, rows, actions.length / rows], tensors);
    checkTrack(`${kind}.digests`, [Uint32Array], [steps + 1, fieldsOf(group).length, 2], tensors);
  }
}

function checkTrack(
  name: string,
  types: readonly ArrayType[],
  expected: readonly number[],
  tensors: Recording['tensors'],
) {
  const { data, shape } = tensors[name];
  if (types.some((Type) => data instanceof Type) && shape.join() === expected.join()) return;
  throw new CheckpointError(
    `checkpoint: expected recording.${name} as ${types.map(({ name }) => name).join(' or ')} [${expected.join(', ')}], got ${data.constructor.name} [${shape.join(', ')}]`,
  );
}

type ArrayType =
  | Float32ArrayConstructor
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor;

/** Takes the next step, which must fail, or come to its end, as it did. @throws ReplayError */
function act(envs: VectorEnvs, { tensors }: Recording, failure: string | null): void {
  const { env, groups, t: step } = envs;
  for (const { kind, actions } of groups) {
    const from = step * actions.length;
    actions.set(tensors[`${kind}.actions`].data.subarray(from, from + actions.length));
  }
  let cause: EnvError | undefined;
  try {
    envs.advance();
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    cause = error;
  }
  if ((cause?.message ?? null) === failure) return;
  const [expected, got] = [failure, cause?.message].map((message) => message ?? 'no failure');
  throw new ReplayError(env.id, { step }, `expected ${expected}; got ${got}`, { cause });
}

/** Compares what the envs show with what they showed. @throws ReplayError */
function compare({ env, groups, t }: VectorEnvs, { tensors }: Recording): void {
  for (const group of groups) {
    const { kind, rows, slots } = group;
    const fields = fieldsOf(group);
    const found = digestsOf(group);
    const expected = tensors[`${kind}.digests`].data.subarray(t * found.length, (t + 1) * found.length);
    for (const [f, [field]] of fields.entries()) {
      const [a, b] = [found, expected].map((digests) => digests.subarray(2 * f, 2 * f + 2));
      if (a[0] === b[0] && a[1] === b[1]) continue;
      const row = changedRow(a, b, rows);
      const where = row === undefined ? 'in several rows' : `in row ${row}, world ${Math.floor(row / slots)}`;
      const problem = `the ${field} of ${kind} differ ${where}`;
      throw new ReplayError(env.id, { step: t, kind, field, row }, problem);
    }
  }
}
