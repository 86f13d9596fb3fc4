import { isParallel } from '../../../lib/env/emulate.ts';
import type {
  GymnasiumEnv,
  ParallelEnv,
  PerAgent,
  ResetOptions,
  StructuredEnv,
} from '../../../lib/env/structured.ts';
import { EnvError } from '../../../lib/errors.ts';
import { type ActionCodec, actionCodec } from '../../../lib/space/actionCodec.ts';
import type { Space } from '../../../lib/space/space.ts';
import { Chooser } from '../chooser.ts';
import { noteOpened } from '../opened.ts';

/** What a reset or a step returned, by agent. */
export interface Outcome {
  readonly observations: PerAgent<unknown>;
  readonly rewards?: PerAgent<unknown>;
  readonly terminations?: PerAgent<unknown>;
  readonly truncations?: PerAgent<unknown>;
}

const resetParts = ['observations'] as const;
const stepParts = ['observations', 'rewards', 'terminations', 'truncations'] as const;

/**
 * An instance of a structured env with nothing around it, which is closed when the case is over. The agent of
 * Gymnasium's form is called `agent`.
 */
export class RawWorld {
  readonly env: GymnasiumEnv | ParallelEnv;
  /** Steps so far, for messages. */
  t = 0;
  /** Of one agent: nobody acts before a reset. */
  isOver = true;
  readonly #id: string;
  readonly #choosers = new Map<string, readonly [Chooser, ActionCodec]>();

  /** @throws EnvError if the env throws, or returns what cannot be read; the other methods too */
  constructor({ id, create }: StructuredEnv) {
    this.#id = id;
    this.env = this.guard('create', create);
    noteOpened(this);
  }

  /** Those who act next; none: the episode is over. */
  get agents(): readonly string[] {
    const { env } = this;
    if (isParallel(env)) return this.guard('agents', () => [...env.agents]);
    return this.isOver ? [] : ['agent'];
  }

  get possibleAgents(): readonly string[] {
    const { env } = this;
    return isParallel(env) ? env.possibleAgents : ['agent'];
  }

  observationSpace(agent: string): Space {
    const { env } = this;
    return this.guard('observationSpace', () =>
      isParallel(env) ? env.observationSpace(agent) : env.observationSpace,
    );
  }

  actionSpace(agent: string): Space {
    const { env } = this;
    return this.guard('actionSpace', () => (isParallel(env) ? env.actionSpace(agent) : env.actionSpace));
  }

  reset(options?: ResetOptions): Outcome {
    const result: unknown = this.guard('reset', () => this.env.reset(options));
    this.isOver = false;
    return this.#read('reset', result, resetParts);
  }

  step(actions: PerAgent<unknown>): Outcome {
    this.t++;
    const { env } = this;
    const told = (isParallel(env) ? actions : actions.agent) as never;
    const result: unknown = this.guard('step', () => env.step(told));
    const outcome = this.#read('step', result, stepParts);
    this.isOver = Boolean(outcome.terminations?.agent || outcome.truncations?.agent);
    return outcome;
  }

  /** The mask of an agent, as the env gives it. */
  mask(agent: string): unknown {
    const { env } = this;
    return this.guard('actionMask', () => (isParallel(env) ? env.actionMask?.(agent) : env.actionMask?.()));
  }

  /** Flags of all choices; undefined: there is no mask. */
  flags(agent: string): Uint8Array | undefined {
    if (!this.env.actionMask) return undefined;
    const [{ choices }, codec] = this.#chooser(agent);
    const flags = new Uint8Array(choices);
    const mask = this.mask(agent);
    this.guard('actionMask', () => codec.maskFlags(mask as never, flags, 0, 'actionMask'));
    return flags;
  }

  /** The allowed action that a number stands for: indices of choices, or floats. */
  choose(agent: string, draw: number): number[] {
    return this.#chooser(agent)[0].choose(draw, this.flags(agent));
  }

  chooser(agent: string): Chooser {
    return this.#chooser(agent)[0];
  }

  /** The action with the structure of its space. */
  decode(agent: string, action: readonly number[]): unknown {
    const [{ choices }, codec] = this.#chooser(agent);
    return codec.decode(choices > 0 ? Int32Array.from(action) : Float32Array.from(action), 0);
  }

  close(): void {
    this.guard('close', () => this.env.close?.());
  }

  guard<T>(method: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (error instanceof EnvError) throw error;
      const problem = `${method} threw: ${error instanceof Error ? error.message : String(error)}`;
      throw new EnvError(this.#id, 0, this.t, problem, { cause: error });
    }
  }

  #chooser(agent: string): readonly [Chooser, ActionCodec] {
    const known = this.#choosers.get(agent);
    if (known) return known;
    const space = this.actionSpace(agent);
    const made = [new Chooser(space), actionCodec(space)] as const;
    this.#choosers.set(agent, made);
    return made;
  }

  #read(method: string, result: unknown, parts: readonly string[]): Outcome {
    const problem = resultProblem(method, result, isParallel(this.env));
    if (problem) throw new EnvError(this.#id, 0, this.t, problem);
    const values = result as readonly unknown[];
    const single = (value: unknown) => (isParallel(this.env) ? value : { agent: value });
    return Object.fromEntries(parts.map((part, i) => [part, single(values[i])])) as unknown as Outcome;
  }
}

/** What is wrong with the form of what `reset` or `step` returned, or undefined. */
function resultProblem(method: string, result: unknown, parallel: boolean): string | undefined {
  const parts =
    method === 'reset'
      ? ['observation', 'info']
      : ['observation', 'reward', 'terminated', 'truncated', 'info'];
  const names = parallel ? parts.map((name) => `${name}s`) : parts;
  if (!Array.isArray(result) || result.length !== parts.length) {
    const got = Array.isArray(result) ? `an array of ${result.length}` : typeof result;
    return `${method}: expected it to return [${names.join(', ')}], got ${got}`;
  }
  for (const [i, name] of names.entries()) {
    if (!parallel && name !== 'info') continue;
    const value: unknown = result[i];
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return `${method}: expected ${name} to be an object, got ${Array.isArray(value) ? 'an array' : String(value)}`;
  }
  return undefined;
}
