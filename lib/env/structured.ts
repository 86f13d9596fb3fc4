import type { TypedArray } from '../space/dtype.ts';
import type { Infer, Like, MaskOf, Space } from '../space/space.ts';
import type { Frame } from './frame.ts';
import type { EnvHead } from './head.ts';

/** What an env tells beside observations and rewards; nothing reads it. */
export type Info = Readonly<Record<string, unknown>>;

export interface ResetOptions {
  /** Begins new random streams; absent: the streams go on. */
  readonly seed?: number;
  readonly options?: Info;
}

/**
 * Plain data: what `getState` may give. Typed arrays come back as such, and so do NaN, ±Infinity, −0 and bigints; the names
 * of objects come back sorted.
 */
export type State =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | TypedArray
  | Uint8ClampedArray
  | readonly State[]
  | { readonly [name: string]: State };

interface Simulation {
  /** The whole state, random streams included, as plain data that later steps do not change. */
  getState?(): State;
  /** Takes on a state that `getState` gave. @throws Error if it cannot be, and then nothing has changed */
  setState?(state: State): void;
  /** A picture of the state, which it leaves as it is. */
  render?(): Frame;
  /** Gives back what the env holds; may be called twice. */
  close?(): void;
}

/**
 * Gymnasium's form of an env: one agent, structured observations and actions.
 *
 * @see https://gymnasium.farama.org/api/env
 */
export interface GymnasiumEnv<O extends Space = Space, A extends Space = Space> extends Simulation {
  readonly observationSpace: O;
  readonly actionSpace: A;
  reset(options?: ResetOptions): readonly [observation: Like<O>, info: Info];
  step(
    action: Infer<A>,
  ): readonly [observation: Like<O>, reward: number, terminated: boolean, truncated: boolean, info: Info];
  /** Which choices are allowed now: flags, nested as the action space is. A forbidden action never reaches `step`. */
  actionMask?(): MaskOf<A>;
}

/** Values by the names of agents. */
export type PerAgent<T> = Readonly<Record<string, T>>;

/**
 * PettingZoo's parallel form: agents that act at the same time, come, go and may differ in kind. What a step returns
 * is keyed by the agents that were in `agents` before it, and by those that have come; who has terminated or been
 * truncated leaves `agents`.
 *
 * @see https://pettingzoo.farama.org/api/parallel
 */
export interface ParallelEnv<O extends Space = Space, A extends Space = Space> extends Simulation {
  /** Every agent that may ever be there. */
  readonly possibleAgents: readonly string[];
  /** Those who act next; none: the episode is over. */
  readonly agents: readonly string[];
  /** The same object at every call. */
  observationSpace(agent: string): O;
  actionSpace(agent: string): A;
  reset(options?: ResetOptions): readonly [observations: PerAgent<Like<O>>, infos: PerAgent<Info>];
  step(
    actions: PerAgent<Infer<A>>,
  ): readonly [
    observations: PerAgent<Like<O>>,
    rewards: PerAgent<number>,
    terminations: PerAgent<boolean>,
    truncations: PerAgent<boolean>,
    infos: PerAgent<Info>,
  ];
  actionMask?(agent: string): MaskOf<A>;
}

/** Agents that share their spaces, and so a batch. */
export interface AgentKind {
  readonly name: string;
  readonly observation: Space;
  readonly action: Space;
  /** Rows in each world: how many agents of the kind there may be at a time. */
  readonly slots: number;
  /** All agents of the kind; as many as slots, unless `maxAgents` says otherwise. */
  readonly agents: readonly string[];
  /** Whether the env says which actions are allowed. */
  readonly masked: boolean;
}

export interface SingleAgentOptions<O extends Space = Space, A extends Space = Space> extends EnvHead {
  /** Makes a new env at every call. */
  readonly create: () => GymnasiumEnv<O, A>;
}

export interface ParallelOptions<O extends Space = Space, A extends Space = Space> extends EnvHead {
  /** Makes a new env at every call. */
  readonly create: () => ParallelEnv<O, A>;
  /** The kind of an agent; by default its name without `_0`, `_1`, … at the end. */
  readonly kindOf?: (agent: string) => string;
  /** Rows a world has for each kind, if fewer than its possible agents are there at a time. */
  readonly maxAgents?: Readonly<Record<string, number>>;
  /** Agents that have finished may come again in the same episode. */
  readonly reappear?: boolean;
}

/** A simulation in Gymnasium's or PettingZoo's form, made ready to be vectorized. */
export interface StructuredEnv extends EnvHead {
  readonly create: () => GymnasiumEnv | ParallelEnv;
  readonly reappear: boolean;
  /** Whether it has `getState` and `setState`; read, like `form` and `kinds`, from an env that is created for it. */
  readonly restorable: boolean;
  /** Read, like `kinds`, from an env that is created for it when they are first asked for. */
  readonly form: 'single' | 'parallel';
  /** In the order of `possibleAgents`. */
  readonly kinds: readonly AgentKind[];
}
