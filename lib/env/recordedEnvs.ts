import { encodeCheckpoint } from '../checkpoint.ts';
import { EnvError } from '../errors.ts';
import type { Form, Formed, Maybe, Saved, Tensor } from '../nouns.ts';
import type { Actions, Decision, Observation } from '../records.ts';
import { fieldsOf } from './recordedFields.ts';
import { rowDigest } from './rowDigest.ts';
import type { RowGroup, VectorEnvs } from './vectorEnvs.ts';
import { vectorForm } from './vectorForm.ts';

/** What is kept of a kind of agents. */
interface Track {
  readonly group: RowGroup;
  /** Of each step. */
  readonly actions: Actions[];
  /** At the start, and after each step: two numbers for each field. */
  readonly digests: Uint32Array[];
}

/**
 * Envs that write down every step: its actions, and a digest of what came of them. They stand for the envs that they
 * are made of, in a loop and in a graph.
 */
export class RecordedEnvs<F extends Form = Form> implements VectorEnvs<F> {
  readonly #envs: VectorEnvs<F>;
  readonly #tracks: readonly Track[];
  #failure: { readonly message: string; readonly actions: readonly Actions[] } | undefined;

  constructor(envs: VectorEnvs<F>) {
    if (envs.t !== 0) throw new RangeError(`record: expected envs that have taken no step, got ${envs.t}`);
    this.#envs = envs;
    this.#tracks = envs.groups.map((group) => ({ group, actions: [], digests: [digestsOf(group)] }));
  }

  get env() {
    return this.#envs.env;
  }

  get options() {
    return this.#envs.options;
  }

  get numEnvs() {
    return this.#envs.numEnvs;
  }

  get autoreset() {
    return this.#envs.autoreset;
  }

  get groups() {
    return this.#envs.groups;
  }

  get ended() {
    return this.#envs.ended;
  }

  get turn() {
    return this.#envs.turn;
  }

  get t() {
    return this.#envs.t;
  }

  get steps() {
    return this.#envs.steps;
  }

  get scores() {
    return this.#envs.scores;
  }

  observe(): Formed<F, Observation> {
    return this.#envs.observe();
  }

  step(decision: Formed<F, Decision>) {
    return this.#record(() => this.#envs.step(decision));
  }

  advance(): Maybe<void> {
    return this.#record(() => this.#envs.advance());
  }

  /** @throws Error always: a replay would not do it */
  fork(): void {
    throw new Error('fork: these envs are being recorded, and a replay would not fork');
  }

  save(): Saved {
    return this.#envs.save();
  }

  /** @throws Error always: a replay would not do it */
  load(): void {
    throw new Error('load: these envs are being recorded, and a replay would not load');
  }

  render(world: number) {
    return this.#envs.render(world);
  }

  close(): void {
    this.#envs.close();
  }

  /**
   * The recording up to now, for `replay`: the env's id, the options of the envs, and all steps. If the last one failed
   * with an EnvError, that is in it too.
   *
   * @throws Error if there was no step
   */
  recording(): Uint8Array<ArrayBuffer> {
    const steps = this.#tracks[0].actions.length;
    if (steps === 0 && !this.#failure) throw new Error('recording: expected one step at least, got none');
    const tensors: Record<string, Tensor> = {};
    for (const [g, { group, actions, digests }] of this.#tracks.entries()) {
      const told = this.#failure ? [...actions, this.#failure.actions[g]] : actions;
      const width = group.actions.length / group.rows;
      const shape = [told.length, group.rows, width];
      tensors[`${group.kind}.actions`] = { shape, data: narrowed(joined(told)) };
      const fields = fieldsOf(group).length;
      tensors[`${group.kind}.digests`] = { shape: [steps + 1, fields, 2], data: joined(digests) };
    }
    const { seed, params = {} } = this.options;
    const failure = this.#failure?.message ?? null;
    const values = { recording: vectorForm(this), options: { seed, params }, steps, failure };
    return encodeCheckpoint({ tensors, values });
  }

  #record<T>(step: () => Maybe<T>): Maybe<T> {
    const steps = this.#tracks[0].actions.length;
    if (this.t !== steps)
      throw new Error(`record: expected to see every step, got ${this.t} and saw ${steps}`);
    this.#failure = undefined;
    const keep = (result: T) => {
      for (const { group, actions, digests } of this.#tracks) {
        actions.push(group.actions.slice());
        digests.push(digestsOf(group));
      }
      return result;
    };
    const fail = (error: unknown): never => {
      if (error instanceof EnvError) {
        const actions = this.#tracks.map(({ group }) => group.actions.slice());
        this.#failure = { message: error.message, actions };
      }
      throw error;
    };
    try {
      const result = step();
      return result instanceof Promise ? result.then(keep, fail) : keep(result);
    } catch (error) {
      return fail(error);
    }
  }
}

/**
 * Records what is done with envs from their step 0 on: the returned envs are to be used instead. A replay begins with
 * new envs of the same options, so that what was done to the state before, or beside the recording, makes it depart.
 *
 * @throws RangeError if they have taken steps
 */
export function record<F extends Form>(envs: VectorEnvs<F>): RecordedEnvs<F> {
  return new RecordedEnvs(envs);
}

/** The digests of all fields. */
export function digestsOf(group: RowGroup): Uint32Array {
  return Uint32Array.from(fieldsOf(group).flatMap(([, column]) => rowDigest(column, group.rows)));
}

function joined<T extends Actions | Uint32Array>(parts: readonly T[]): T {
  const { length } = parts[0];
  const whole = new (parts[0].constructor as new (length: number) => T)(length * parts.length);
  for (const [k, part] of parts.entries()) whole.set(part, k * length);
  return whole;
}

/** Indices of choices in as few bytes as they need. */
function narrowed(actions: Actions): Actions | Uint8Array | Uint16Array {
  if (actions instanceof Float32Array) return actions;
  for (const Type of [Uint8Array, Uint16Array]) {
    const narrow = Type.from(actions);
    if (narrow.every((value, i) => value === actions[i])) return narrow;
  }
  return actions;
}
