import { EnvError } from '../errors.ts';
import { kindOf } from '../space/paths.ts';
import { isParallel } from './emulate.ts';
import type { GymnasiumEnv, ParallelEnv, PerAgent, StructuredEnv } from './structured.ts';

/** What a step returned, not looked into yet. */
export interface StepResult {
  readonly observations: PerAgent<unknown>;
  readonly rewards: PerAgent<unknown>;
  readonly terminations: PerAgent<unknown>;
  readonly truncations: PerAgent<unknown>;
}

/** One instance of an env, in one form whatever form it has: a Gymnasium env's only agent is named `agent`. */
export interface Instance {
  readonly env: GymnasiumEnv | ParallelEnv;
  /** Those who act next. */
  readonly agents: readonly string[];
  /** @throws TypeError if the env returned something else than it should; whatever the env throws */
  reset(seed: number | undefined): PerAgent<unknown>;
  /** @throws as `reset` does */
  step(actions: PerAgent<unknown>): StepResult;
  actionMask(agent: string): unknown;
}

/**
 * @throws EnvError if `create` throws
 * @throws TypeError if what it makes has not the form and the agents that the env is known to have
 */
export function openInstance({ id, create, kinds, form }: StructuredEnv, world: number): Instance {
  let env: GymnasiumEnv | ParallelEnv;
  try {
    env = create();
  } catch (error) {
    throw EnvError.from(error, id, world, 0);
  }
  const expected = kinds.flatMap(({ agents }) => agents);
  if (isParallel(env)) {
    if (form === 'parallel' && sameNames(env.possibleAgents, expected)) return new ParallelInstance(env);
  } else if (form === 'single') return new SingleInstance(env);
  throw new TypeError(`emulate ${id}: expected every env to have the agents ${expected.join(', ')}`);
}

export function sameNames(names: readonly string[], expected: readonly string[]): boolean {
  return names.length === expected.length && [...names].sort().join() === [...expected].sort().join();
}

class ParallelInstance implements Instance {
  readonly env: ParallelEnv;

  constructor(env: ParallelEnv) {
    this.env = env;
  }

  get agents(): readonly string[] {
    const { agents } = this.env;
    if (!Array.isArray(agents))
      throw new TypeError(`agents: expected an array of names, got ${kindOf(agents)}`);
    return agents;
  }

  reset(seed: number | undefined): PerAgent<unknown> {
    const result: readonly unknown[] = this.env.reset(seed === undefined ? {} : { seed });
    checkTuple('reset', result, ['observations', 'infos']);
    return checkObject('observations', result[0]);
  }

  step(actions: PerAgent<unknown>): StepResult {
    const result: readonly unknown[] = this.env.step(actions as never);
    checkTuple('step', result, ['observations', 'rewards', 'terminations', 'truncations', 'infos']);
    return {
      observations: checkObject('observations', result[0]),
      rewards: checkObject('rewards', result[1]),
      terminations: checkObject('terminations', result[2]),
      truncations: checkObject('truncations', result[3]),
    };
  }

  actionMask(agent: string): unknown {
    return this.env.actionMask?.(agent);
  }
}

/** Reuses the objects that it returns. */
class SingleInstance implements Instance {
  readonly env: GymnasiumEnv;
  agents: readonly string[] = [];
  readonly #observations: Record<string, unknown> = { agent: undefined };
  readonly #rewards: Record<string, unknown> = { agent: undefined };
  readonly #terminations: Record<string, unknown> = { agent: undefined };
  readonly #truncations: Record<string, unknown> = { agent: undefined };
  readonly #result: StepResult = {
    observations: this.#observations,
    rewards: this.#rewards,
    terminations: this.#terminations,
    truncations: this.#truncations,
  };

  constructor(env: GymnasiumEnv) {
    this.env = env;
  }

  reset(seed: number | undefined): PerAgent<unknown> {
    const result: readonly unknown[] = this.env.reset(seed === undefined ? {} : { seed });
    checkTuple('reset', result, ['observation', 'info']);
    this.#observations.agent = result[0];
    this.agents = ['agent'];
    return this.#observations;
  }

  step({ agent: action }: PerAgent<unknown>): StepResult {
    const result: readonly unknown[] = this.env.step(action as never);
    checkTuple('step', result, ['observation', 'reward', 'terminated', 'truncated', 'info']);
    const [observation, reward, terminated, truncated] = result;
    this.#observations.agent = observation;
    this.#rewards.agent = reward;
    this.#terminations.agent = terminated;
    this.#truncations.agent = truncated;
    this.agents = terminated || truncated ? [] : ['agent'];
    return this.#result;
  }

  actionMask(): unknown {
    return this.env.actionMask?.();
  }
}

function checkTuple(method: string, result: unknown, names: readonly string[]): void {
  if (Array.isArray(result) && result.length === names.length) return;
  const got = Array.isArray(result) ? `an array of ${result.length}` : kindOf(result);
  throw new TypeError(`${method}: expected [${names.join(', ')}], got ${got}`);
}

function checkObject(name: string, value: unknown): PerAgent<unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as PerAgent<unknown>;
  throw new TypeError(`${name}: expected an object with the agents' names, got ${kindOf(value)}`);
}
