import fc from 'fast-check';
import { emulate } from '../../lib/env/emulate.ts';
import type { GymnasiumEnv, ParallelEnv, PerAgent, ResetOptions, State } from '../../lib/env/structured.ts';
import { Random } from '../../lib/random.ts';
import { box } from '../../lib/space/box.ts';
import { dict } from '../../lib/space/dict.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { multiBinary } from '../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../lib/space/multiDiscrete.ts';
import type { Infer } from '../../lib/space/space.ts';
import { tuple } from '../../lib/space/tuple.ts';

const roverSees = dict({
  place: box(-50, 50, [2]),
  cargo: tuple([discrete(4, 2), multiBinary(3)]),
  camera: box(0, 255, [2, 2], 'u8'),
});
const roverDoes = dict({ move: discrete(3, -1), tools: multiDiscrete([2, 3]) });

/** A random drive whose observations and actions are nested, some actions forbidden; it ends in both ways. */
export class Rover implements GymnasiumEnv<typeof roverSees, typeof roverDoes> {
  readonly observationSpace = roverSees;
  readonly actionSpace = roverDoes;
  closed = 0;
  random = new Random(0);
  place: Float32Array = Float32Array.of(0, 0);
  load = 2;

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.random = new Random(seed);
    this.place.fill(this.random.uniform(-1, 1));
    this.load = 2;
    return [this.#look(), {}] as const;
  }

  step({ move, tools }: Infer<typeof roverDoes>) {
    this.place[0] += move + this.random.uniform(-0.5, 0.5);
    this.place[1] += tools[0] - 0.5 * tools[1];
    this.load = 2 + ((this.load + tools[1]) % 4);
    const reward = this.place[0] * tools[0] - this.load;
    return [
      this.#look(),
      reward,
      this.random.integer(0, 8) === 0,
      this.random.integer(0, 8) === 0,
      {},
    ] as const;
  }

  actionMask() {
    return { move: [this.place[0] > -2, true, this.place[0] < 2] };
  }

  getState(): State {
    return { seed: this.random.seed, draws: this.random.draws, place: this.place, load: this.load };
  }

  setState(state: State) {
    const { seed, draws, place, load } = state as {
      seed: number;
      draws: number;
      place: Float32Array;
      load: number;
    };
    this.random = new Random(seed, draws);
    [this.place, this.load] = [place, load];
  }

  close() {
    this.closed++;
  }

  #look(): Infer<typeof roverSees> {
    const camera = Uint8Array.from({ length: 4 }, (_, i) => (this.load * 40 + i * this.random.draws) % 256);
    const bits = Int8Array.from([1, 2, 4], (bit) => +((this.random.draws & bit) > 0));
    return { place: this.place.slice(), cargo: [this.load, bits], camera };
  }
}

export const hunterSees = dict({ hunger: box(0, 100, []), near: multiDiscrete([5, 5], [1, 1]) });
export const hunterDoes = discrete(4);
export const preySees = box(-1, 1, [3]);
export const preyDoes = box(-1, 1, [2]);

export interface HerdOptions {
  readonly hunters: number;
  readonly prey: number;
  /** Of each kind at a time, counting those who have just finished. */
  readonly most?: number;
  readonly reappear?: boolean;
}

/** Hunters and prey who come, go in both ways, and differ in what they see and do. */
export class Herd implements ParallelEnv {
  readonly possibleAgents: readonly string[];
  agents: string[] = [];
  closed = 0;
  readonly #options: HerdOptions;
  #random = new Random(0);
  #gone: string[] = [];
  #hunger = 0;

  constructor(options: HerdOptions) {
    this.#options = options;
    const names = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name}_${i}`);
    this.possibleAgents = [...names('hunter', options.hunters), ...names('prey', options.prey)];
  }

  observationSpace(agent: string) {
    return isHunter(agent) ? hunterSees : preySees;
  }

  actionSpace(agent: string) {
    return isHunter(agent) ? hunterDoes : preyDoes;
  }

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.#random = new Random(seed);
    this.agents = [];
    this.#gone = [];
    this.#hunger = 0;
    this.#admit([], 2);
    if (this.agents.length === 0) this.agents = [this.possibleAgents[0]];
    return [this.#look(this.agents), {}] as const;
  }

  step(actions: PerAgent<unknown>) {
    const before = Object.keys(actions);
    this.#hunger = (this.#hunger + 1.5) % 100;
    const each = <T>(value: (agent: string) => T) =>
      Object.fromEntries(before.map((agent) => [agent, value(agent)]));
    const rewards = each((agent) =>
      isHunter(agent) ? (actions[agent] as number) - this.#hunger : (actions[agent] as Float32Array)[1],
    );
    const terminations = each(() => this.#random.integer(0, 8) === 0);
    const truncations = each(() => this.#random.integer(0, 8) === 0);
    const left = before.filter((agent) => terminations[agent] || truncations[agent]);
    this.agents = this.agents.filter((agent) => !left.includes(agent));
    this.#admit(left, 8);
    if (!this.#options.reappear) this.#gone.push(...left);
    const observations = this.#look(new Set([...before, ...this.agents]));
    return [observations, rewards, terminations, truncations, {}] as const;
  }

  actionMask(agent: string) {
    return isHunter(agent) ? [1, this.#hunger < 3, true, 0] : undefined;
  }

  getState(): State {
    const { seed, draws } = this.#random;
    return { seed, draws, agents: this.agents, gone: this.#gone, hunger: this.#hunger };
  }

  setState(state: State) {
    const { seed, draws, agents, gone, hunger } = state as Record<'seed' | 'draws' | 'hunger', number> &
      Record<'agents' | 'gone', string[]>;
    this.#random = new Random(seed, draws);
    [this.agents, this.#gone, this.#hunger] = [agents, gone, hunger];
  }

  close() {
    this.closed++;
  }

  /** Lets about one in `rarity` of those come who may. */
  #admit(left: readonly string[], rarity: number): void {
    const { most = Number.POSITIVE_INFINITY } = this.#options;
    for (const agent of this.possibleAgents) {
      const comes = this.#random.integer(0, rarity) === 0;
      const kin = [...this.agents, ...left].filter((other) => isHunter(other) === isHunter(agent));
      const absent = ![...this.agents, ...left, ...this.#gone].includes(agent);
      if (comes && absent && kin.length < most) this.agents.push(agent);
    }
  }

  #look(agents: Iterable<string>): Record<string, never> {
    const seen = Array.from(agents, (agent): [string, unknown] => {
      if (!isHunter(agent)) return [agent, Float32Array.from([0, 1, 2], () => this.#random.uniform(-1, 1))];
      const near = Int32Array.of(1 + (this.agents.length % 5), this.#random.integer(1, 6));
      return [agent, { hunger: Math.fround(this.#hunger), near }];
    });
    // Which agent sees what, the type does not know.
    return Object.fromEntries(seen) as Record<string, never>;
  }
}

function isHunter(agent: string): boolean {
  return agent.startsWith('hunter');
}

export const rover = (maxEpisodeSteps?: number) =>
  emulate({ id: 'Rover-v0', create: () => new Rover(), maxEpisodeSteps });
export const herd = (options: HerdOptions, maxEpisodeSteps?: number) =>
  emulate({
    id: 'Herd-v0',
    create: () => new Herd(options),
    maxEpisodeSteps,
    reappear: options.reappear,
    maxAgents: options.most === undefined ? {} : { hunter: options.most, prey: options.most },
  });

const limits = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
const herds = fc.record({
  hunters: fc.integer({ min: 2, max: 4 }),
  prey: fc.integer({ min: 2, max: 3 }),
  most: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  reappear: fc.boolean(),
});
/** Envs of one kind alone, of one kind of several, and of two kinds. */
export const structuredEnvs = fc.oneof(
  limits.map(rover),
  fc
    .tuple(fc.record({ hunters: fc.constant(4), prey: fc.constant(0), reappear: fc.boolean() }), limits)
    .map(([options, limit]) => herd(options, limit)),
  fc.tuple(herds, limits).map(([options, limit]) => herd(options, limit)),
);
