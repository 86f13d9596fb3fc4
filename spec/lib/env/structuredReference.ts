import { isParallel } from '../../../lib/env/emulate.ts';
import type { AgentKind, GymnasiumEnv, ParallelEnv } from '../../../lib/env/structured.ts';
import type { Autoreset } from '../../../lib/env/vectorOptions.ts';

/** What a row must hold after a step. */
export interface ExpectedRow {
  reward: number;
  termination: boolean;
  truncation: boolean;
  mask: number;
  /** What is shown next; undefined: zeros. */
  shown: unknown;
  /** The agent who acts next. */
  agent: string | undefined;
  final: unknown;
}

/** What the rows of one world must hold, told by the env itself, which runs beside: rows by the names of the kinds. */
export class StructuredReference {
  readonly rows: Readonly<Record<string, ExpectedRow[]>>;
  ended = false;
  /** Return and length of the episodes that ended in the last step, of agents in the order of their rows. */
  finished: [number, number][] = [];
  readonly env: ParallelEnv;
  readonly #kinds: readonly AgentKind[];
  readonly #autoreset: Autoreset;
  readonly #limit: number | undefined;
  readonly #episodes = new Map<string, [number, number]>();
  #elapsed = 0;

  constructor(
    env: GymnasiumEnv | ParallelEnv,
    kinds: readonly AgentKind[],
    options: { seed: number; autoreset: Autoreset; limit: number | undefined },
  ) {
    this.env = isParallel(env) ? env : alone(env);
    this.#kinds = kinds;
    this.#autoreset = options.autoreset;
    this.#limit = options.limit;
    this.rows = Object.fromEntries(
      kinds.map(({ name, slots }) => [name, Array.from({ length: slots }, nobody)]),
    );
    this.#reset(options.seed);
  }

  get agents(): string[] {
    return this.#all().flatMap(({ agent }) => agent ?? []);
  }

  /** @param actionOf what an agent in a row does */
  step(actionOf: (kind: string, slot: number) => unknown): void {
    this.finished = [];
    const wasEnded = this.ended;
    this.ended = false;
    if (wasEnded && this.#autoreset === 'NEXT_STEP') {
      this.#reset(undefined);
      return;
    }
    const before = this.#kinds.map(({ name }) => this.rows[name].map(({ agent }) => agent));
    const actions: Record<string, unknown> = {};
    for (const [k, { name }] of this.#kinds.entries())
      for (const [slot, agent] of before[k].entries()) if (agent) actions[agent] = actionOf(name, slot);
    const [observations, rewards, terminations, truncations] = this.env.step(actions as never);
    this.#elapsed++;
    const late = this.#elapsed === this.#limit;
    const present = late ? [] : this.env.agents;
    for (const [k, { name, slots, agents }] of this.#kinds.entries()) {
      const rows = this.rows[name];
      for (const [slot, agent] of before[k].entries()) {
        rows[slot] = nobody();
        if (!agent) continue;
        const [termination, truncation] = [terminations[agent], truncations[agent] || late];
        const [reward, shown] = [rewards[agent], observations[agent]];
        const over = termination || truncation;
        rows[slot] = {
          reward,
          termination,
          truncation,
          mask: 1,
          shown,
          agent,
          final: over ? shown : undefined,
        };
        const [sum, length] = this.#episodes.get(agent) as [number, number];
        this.#episodes.set(agent, [sum + Math.fround(reward), length + 1]);
        if (over) {
          this.finished.push([sum + Math.fround(reward), length + 1]);
          rows[slot].agent = undefined;
        }
      }
      for (const agent of present.filter((other) => agents.includes(other) && !before[k].includes(other))) {
        const free = rows.findIndex((row) => !row.mask && !row.agent);
        const slot = slots === agents.length ? agents.indexOf(agent) : free;
        Object.assign(rows[slot], { agent, shown: observations[agent] });
        this.#episodes.set(agent, [0, 0]);
      }
    }
    this.ended = this.agents.length === 0;
    if (this.ended && this.#autoreset === 'SAME_STEP') this.#reset(undefined, true);
  }

  /** @param keep what came of the step before */
  #reset(seed: number | undefined, keep = false): void {
    const [observations] = this.env.reset(seed === undefined ? {} : { seed });
    this.#elapsed = 0;
    for (const { name, slots, agents } of this.#kinds) {
      const rows = this.rows[name];
      for (const [slot, row] of rows.entries())
        rows[slot] = keep ? { ...row, agent: undefined, shown: undefined } : nobody();
      for (const agent of this.env.agents.filter((other) => agents.includes(other))) {
        const slot = slots === agents.length ? agents.indexOf(agent) : rows.findIndex((row) => !row.agent);
        Object.assign(rows[slot], { agent, shown: observations[agent] });
        this.#episodes.set(agent, [0, 0]);
      }
    }
  }

  #all(): ExpectedRow[] {
    return Object.values(this.rows).flat();
  }
}

function nobody(): ExpectedRow {
  return {
    reward: 0,
    termination: false,
    truncation: false,
    mask: 0,
    shown: undefined,
    agent: undefined,
    final: undefined,
  };
}

/** A Gymnasium env in the parallel form. */
function alone(env: GymnasiumEnv): ParallelEnv {
  const parallel = {
    possibleAgents: ['agent'],
    agents: ['agent'],
    observationSpace: () => env.observationSpace,
    actionSpace: () => env.actionSpace,
    reset(options: { seed?: number }) {
      parallel.agents = ['agent'];
      return [{ agent: env.reset(options)[0] }, {}] as const;
    },
    step({ agent: action }: Record<string, never>) {
      const [observation, reward, terminated, truncated] = env.step(action);
      parallel.agents = terminated || truncated ? [] : ['agent'];
      const [rewards, terminations, truncations] = [
        { agent: reward },
        { agent: terminated },
        { agent: truncated },
      ];
      return [{ agent: observation }, rewards, terminations, truncations, {}] as const;
    },
    actionMask: () => env.actionMask?.(),
  };
  return parallel as ParallelEnv;
}
