import { EnvError } from '../errors.ts';
import type { Json } from '../nouns.ts';
import type { Frame } from './frame.ts';
import { encodeState } from './stateCodec.ts';
import type { PerAgent, State, StructuredEnv } from './structured.ts';
import type { StructuredGroup } from './structuredGroup.ts';
import { type Instance, type StepResult, sameNames } from './structuredInstance.ts';

/** What the worlds of an env share. */
export interface Shared {
  readonly env: StructuredEnv;
  readonly groups: readonly StructuredGroup[];
  readonly places: ReadonlyMap<string, Place>;
  /** [worlds] steps of the episode */
  readonly elapsed: Int32Array;
}

/** Where an agent is among its kind. */
export interface Place {
  readonly group: StructuredGroup;
  readonly index: number;
}

/** An instance of the env and its rows in the columns of all. */
export class StructuredWorld {
  readonly index: number;
  readonly instance: Instance;
  readonly #shared: Shared;
  readonly #isSingle: boolean;
  /** How often the env's agents were looked through. */
  #passes = 0;

  constructor(shared: Shared, index: number, instance: Instance) {
    this.#shared = shared;
    this.index = index;
    this.instance = instance;
    this.#isSingle = shared.env.form === 'single';
  }

  /**
   * Begins the next episode, to be shown at step t.
   *
   * @throws EnvError if the env throws, or returns what it must not
   */
  reset(t: number, seed?: number): void {
    for (const group of this.#shared.groups) group.hide(this.index, this.index + 1, t);
    const observations = this.guard(() => this.instance.reset(seed));
    const agents = this.guard(() => this.instance.agents);
    if (agents.length === 0) throw this.error(undefined, 'agents: expected one at least, got none');
    for (const name of agents) {
      const place = this.#placeOf(name);
      if (place.group.rowOf(this.index, place.index) >= 0)
        throw this.error(name, 'agents: the name occurs twice');
      this.#enter(place, observations, t, true);
    }
    this.#checkNames('observations', observations, agents);
    this.#writeMasks(t);
  }

  /**
   * Acts for those who are there, and writes what came of it; true if that ended the episode.
   *
   * @throws EnvError if the env throws, or returns what it must not
   */
  step(): boolean {
    const { env, groups, elapsed } = this.#shared;
    const actions: Record<string, unknown> = {};
    for (const group of groups) {
      const from = this.index * group.slots;
      for (let row = from; row < from + group.slots; row++)
        if (group.occupants[row]) actions[group.nameOf(row)] = group.actionOf(row);
    }
    const result = this.guard(() => this.instance.step(actions));
    const agents = this.guard(() => this.instance.agents);
    for (const group of groups) {
      const from = this.index * group.slots;
      for (let row = from; row < from + group.slots; row++)
        if (group.occupants[row]) this.#takeOutcome(group, row, result);
    }
    const isLast = ++elapsed[this.index] === env.maxEpisodeSteps;
    if (!this.#isSingle) this.#checkAgents(agents, actions, result, isLast);
    const isOver = this.#finish(isLast);
    if (isOver) {
      elapsed[this.index] = 0;
      for (const group of groups) group.forget(this.index);
    } else this.#writeMasks(this.#t + 1);
    return isOver;
  }

  /** What the instance draws; undefined: it draws nothing. @throws EnvError if it throws, or gives something else */
  render(): Frame | undefined {
    const frame = this.guard(() => this.instance.env.render?.());
    if (frame === undefined) return undefined;
    const { width, height, data } = frame ?? {};
    const areSizes = [width, height].every((size) => Number.isInteger(size) && size > 0);
    if (!(areSizes && data instanceof Uint8Array && data.length === 3 * width * height)) {
      const got = `${width} × ${height} with ${data?.length} bytes`;
      throw this.error(undefined, `render: expected width × height pixels of 3 bytes each, got ${got}`);
    }
    return frame;
  }

  /** The instance's state. @throws Error if it has none to give */
  save(caller: string): Json {
    const { env } = this.instance;
    if (!env.getState) {
      const { id } = this.#shared.env;
      throw new Error(`${caller} ${id}: this env cannot be saved: it has no getState`);
    }
    return this.guard(() => encodeState(env.getState?.()));
  }

  /** Takes on a state, in which these agents must be there. @throws EnvError if the env refuses it, or they are not */
  load(state: State, names?: readonly string[]): void {
    this.guard(() => this.instance.env.setState?.(state));
    const agents = names && this.guard(() => this.instance.agents);
    if (names && agents && !sameNames(agents, names))
      throw this.error(
        undefined,
        `agents: expected ${names.join(', ')} in this state, got ${agents.join(', ')}`,
      );
  }

  /** @throws EnvError instead of whatever `run`, the env's code, throws */
  guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw EnvError.from(error, this.#shared.env.id, this.index, this.#t);
    }
  }

  error(agent: string | undefined, problem: string, t = this.#t): EnvError {
    const options = { agent: this.#isSingle ? undefined : agent };
    return new EnvError(this.#shared.env.id, this.index, t, problem, options);
  }

  get #t(): number {
    return this.#shared.groups[0].t;
  }

  /** Takes what a step returned for the agent of a row, who goes if that was the end for it. */
  #takeOutcome(group: StructuredGroup, row: number, result: StepResult): void {
    const name = group.nameOf(row);
    const reward = of(name, result.rewards);
    group.rewards[row] = reward as number;
    if (typeof reward !== 'number' || !Number.isFinite(group.rewards[row]))
      throw this.error(name, `reward: expected a finite number, got ${String(reward)}`);
    const terminated = this.#flag(name, 'termination', of(name, result.terminations));
    const truncated = this.#flag(name, 'truncation', of(name, result.truncations));
    this.#show(group, row, of(name, result.observations), this.#t + 1);
    group.terminations[row] = +terminated;
    group.truncations[row] = +truncated;
    group.masks[row] = 1;
    group.elapsed[row]++;
    group.episodeReturns[row] += group.rewards[row];
    if (terminated || truncated) group.leave(row);
  }

  #flag(name: string, what: string, value: unknown): boolean {
    if (typeof value === 'boolean') return value;
    throw this.error(name, `${what}: expected true or false, got ${String(value)}`);
  }

  /** Holds the env's agents against those who must be there, and lets in those who have come. */
  #checkAgents(
    agents: readonly string[],
    actions: PerAgent<unknown>,
    result: StepResult,
    isLast: boolean,
  ): void {
    const pass = ++this.#passes;
    for (const name of agents) {
      const place = this.#placeOf(name);
      let row = place.group.rowOf(this.index, place.index);
      if (row < 0) {
        if (Object.hasOwn(actions, name))
          throw this.error(name, 'agents: it has finished, but is still there');
        this.#checkNewcomer(place, result);
        // Who comes in the last step never acts.
        if (isLast) continue;
        row = this.#enter(place, result.observations, this.#t + 1, false);
      }
      if (place.group.mentioned[row] === pass) throw this.error(name, 'agents: the name occurs twice');
      place.group.mentioned[row] = pass;
    }
    for (const group of this.#shared.groups) {
      const from = this.index * group.slots;
      for (let row = from; row < from + group.slots; row++) {
        if (group.occupants[row] && group.mentioned[row] !== pass)
          throw this.error(group.nameOf(row), 'agents: it is gone without termination or truncation');
      }
    }
    for (const [what, values] of Object.entries(result)) this.#checkNames(what, values, agents, actions);
  }

  #checkNewcomer({ group, index }: Place, result: StepResult): void {
    const name = group.agents[index];
    if (group.hasGone(this.index, index) && !this.#shared.env.reappear)
      throw this.error(name, 'agents: it has finished, and may not come again unless reappear is set');
    for (const what of ['rewards', 'terminations', 'truncations'] as const) {
      const value = of(name, result[what]);
      if (value) throw this.error(name, `${what}: it has only come, got ${String(value)}`);
    }
  }

  /** Refuses values for those who are not there and were not. */
  #checkNames(
    what: string,
    values: PerAgent<unknown>,
    agents: readonly string[],
    before: PerAgent<unknown> = {},
  ): void {
    for (const name of Object.keys(values)) {
      if (Object.hasOwn(before, name) || agents.includes(name)) continue;
      this.#placeOf(name);
      throw this.error(name, `${what}: expected nothing for an agent who is not there`);
    }
  }

  #placeOf(name: string): Place {
    const place = this.#shared.places.get(name);
    if (place) return place;
    throw this.error(name, 'agents: the name is not among possibleAgents');
  }

  #enter({ group, index }: Place, observations: PerAgent<unknown>, t: number, isReset: boolean): number {
    const name = group.agents[index];
    const row = group.enter(this.index, index, isReset);
    if (row < 0) {
      const rule = `maxAgents.${group.kind} is ${group.slots}, and who has just finished counts for a step`;
      throw this.error(name, `agents: there is no row for it: ${rule}`);
    }
    this.#show(group, row, of(name, observations), t);
    return row;
  }

  #show(group: StructuredGroup, row: number, observation: unknown, t: number): void {
    try {
      group.layout.pack(observation, group.observationsAt(t), row, 'observation');
    } catch (error) {
      throw this.error(group.nameOf(row), (error as Error).message, t);
    }
  }

  #writeMasks(t: number): void {
    for (const group of this.#shared.groups) {
      if (!group.actionMasks) continue;
      const from = this.index * group.slots;
      for (let row = from; row < from + group.slots; row++) {
        if (!group.occupants[row]) continue;
        const name = group.nameOf(row);
        const problem = group.writeMask(
          this.guard(() => this.instance.actionMask(name)),
          row,
          t,
        );
        if (problem) throw this.error(name, problem, t);
      }
    }
  }

  /** Ends what ends with this step; true if nobody acts next. */
  #finish(isLast: boolean): boolean {
    let isOver = true;
    for (const group of this.#shared.groups) {
      const from = this.index * group.slots;
      for (let row = from; row < from + group.slots; row++) {
        if (isLast && group.masks[row]) {
          group.truncations[row] = 1;
          if (group.occupants[row]) group.leave(row);
        }
        if (group.terminations[row] || group.truncations[row]) group.keepFinal(row, this.#t + 1);
        if (group.occupants[row]) isOver = false;
      }
    }
    return isOver;
  }
}

/** What is said for an agent; nothing is inherited. */
function of(name: string, values: PerAgent<unknown>): unknown {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
