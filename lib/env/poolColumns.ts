import type { Arena, Column, ColumnSpecs } from '../arena.ts';
import { prefixed, unprefixed } from '../restore.ts';
import { layout } from '../space/layout.ts';
import { Queue, queueColumns } from '../workers/queue.ts';
import { ActionCheck } from './actionCheck.ts';
import type { AnyEnv } from './env.ts';
import { kindsOf } from './kinds.ts';
import { checkOptions, type VectorOptions } from './vectorOptions.ts';

/** What a pool's threads have to know. */
export interface PoolForm extends VectorOptions {
  /** Worlds in a batch. */
  readonly batchSize: number;
  readonly workers: number;
}

/** Words of `control`, far enough apart not to share a cache line: a wish to end, and how worlds tell that they are ready. */
export const at = { leave: 0, pushed: 16, wanted: 32, rung: 48 } as const;

/** What rows show. */
function rowColumns(env: AnyEnv, rows: number, { autoreset }: VectorOptions) {
  const [{ observation, action, masked }] = kindsOf(env);
  const { dtype, width } = layout(observation);
  return {
    steps: ['f64', rows],
    observations: [dtype, rows * width],
    actionMasks: ['u8', masked ? rows * new ActionCheck(action).choices : 0],
    rewards: ['f32', rows],
    terminations: ['u8', rows],
    truncations: ['u8', rows],
    masks: ['f32', rows],
    finalObservations: [dtype, autoreset === 'SAME_STEP' ? rows * width : 0],
  } as const satisfies ColumnSpecs;
}

export type RowColumns = { readonly [K in keyof ReturnType<typeof rowColumns>]: Column } & {
  readonly steps: Float64Array;
  readonly actionMasks: Uint8Array;
  readonly rewards: Float32Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  readonly masks: Float32Array;
};

/** The columns of a pool. @throws RangeError or TypeError if an option is out of range, or a world has several agents */
export function poolColumns(env: AnyEnv, form: PoolForm): ColumnSpecs {
  checkForm(env, form);
  const { numEnvs, batchSize, workers } = form;
  const check = new ActionCheck(kindsOf(env)[0].action);
  const specs: Record<string, ColumnSpecs[string]> = {
    control: ['i32', 64],
    actions: [check.type, numEnvs * check.width],
    worlds: ['i32', batchSize],
  };
  Object.assign(specs, prefixed('all.', rowColumns(env, numEnvs, form)));
  Object.assign(specs, prefixed('batch.', rowColumns(env, batchSize, form)));
  for (let worker = 0; worker < workers; worker++) {
    const queue = queueColumns(Math.ceil(numEnvs / workers));
    Object.assign(specs, prefixed(`sent.${worker}.`, queue), prefixed(`ready.${worker}.`, queue));
  }
  return specs;
}

export type PoolColumns = ReturnType<typeof takePoolColumns>;

export function takePoolColumns(env: AnyEnv, form: PoolForm, arena: Arena) {
  const columns = arena.take(poolColumns(env, form));
  const queueOf = (name: string) =>
    new Queue(unprefixed(`${name}.`, columns) as ConstructorParameters<typeof Queue>[0]);
  const workers = Array.from({ length: form.workers }, (_, worker) => worker);
  return {
    control: columns.control as Int32Array,
    /** [M, K] */
    actions: columns.actions as Int32Array | Float32Array,
    /** [N] */
    worlds: columns.worlds as Int32Array,
    /** [M] what each world shows */
    all: unprefixed('all.', columns) as unknown as RowColumns,
    /** [N] the same for a batch */
    batch: unprefixed('batch.', columns) as unknown as RowColumns,
    /** Worlds that are to step, and those that have, by their workers. */
    sent: workers.map((worker) => queueOf(`sent.${worker}`)),
    ready: workers.map((worker) => queueOf(`ready.${worker}`)),
  };
}

/** Which of the workers a world lives with. */
export function workerOf(world: number, { workers }: PoolForm): number {
  return world % workers;
}

function checkForm(env: AnyEnv, form: PoolForm): void {
  const { numEnvs, batchSize, workers, seed } = form;
  checkOptions(env, form);
  const kinds = kindsOf(env);
  const agents = kinds.reduce((sum, { slots }) => sum + slots, 0);
  if (agents !== 1)
    throw new TypeError(`openPool ${env.id}: expected one agent in each world, got ${agents}; vectorize it`);
  for (const [name, value] of Object.entries({ batchSize, workers }))
    if (!(Number.isInteger(value) && value > 0 && value <= numEnvs))
      throw new RangeError(
        `openPool: expected ${name} in [1, ${numEnvs}], the number of worlds, got ${value}`,
      );
  if (!(Number.isSafeInteger(seed) && seed >= 0 && Number.isSafeInteger(seed + numEnvs)))
    throw new RangeError(`seed: expected an integer in [0, 2^53 − numEnvs), got ${seed}`);
}
