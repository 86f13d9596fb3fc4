import { emulate } from '../lib/env/emulate.ts';
import type { ParallelEnv, ResetOptions, State } from '../lib/env/structured.ts';
import { Random } from '../lib/random.ts';
import { box } from '../lib/space/box.ts';
import { dict } from '../lib/space/dict.ts';
import { discrete } from '../lib/space/discrete.ts';
import { multiBinary } from '../lib/space/multiBinary.ts';
import type { Infer } from '../lib/space/space.ts';

const ROUNDS = 8;
const SHAFTS = 3;
const MINERS = ['miner_0', 'miner_1'];
const scoutSees = box(0, 1, [SHAFTS]);
const scoutDoes = discrete(SHAFTS);
const minerSees = dict({ signal: box(0, 1, [SHAFTS]), rock: multiBinary(1) });
const minerDoes = dict({ shaft: discrete(SHAFTS), hard: discrete(2) });

type Actions = Readonly<Record<string, number | Infer<typeof minerDoes>>>;

/**
 * A sanity check: two kinds of agents differ in what they see and in what they do, and one depends on the other. Who
 * takes one kind for the other can't act at all; miners reach the optimum only once the scout has.
 *
 * Each of 8 rounds has its ore in one of three shafts. The scout sees (Box(3), one-hot) where the ore of the next round
 * will be and signals a shaft (Discrete(3)). Each of two miners sees, as a Dict, the `signal` of the round before (Box(3),
 * one-hot; in the first round the truth) and whether its `rock` is hard (one bit), and chooses, as a Dict, a `shaft` and
 * whether to dig `hard`. Reward: ⅛ to the scout for a true signal; ⅛ to a miner who digs where the ore is, as hard as
 * its rock is. All terminate after the last round. The optimum is 1 for each; chance is ⅓ for the scout and ⅙ for a
 * miner; solved at a mean return of 0.9 over the agents.
 */
class Mine implements ParallelEnv {
  readonly possibleAgents = ['scout', ...MINERS];
  agents: readonly string[] = [];
  #random = new Random(0);
  #ore = 0;
  #nextOre = 0;
  #signal = 0;
  #rocks: readonly number[] = [0, 0];
  #round = 0;

  observationSpace(agent: string) {
    return agent === 'scout' ? scoutSees : minerSees;
  }

  actionSpace(agent: string) {
    return agent === 'scout' ? scoutDoes : minerDoes;
  }

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.#random = new Random(seed);
    this.agents = this.possibleAgents;
    this.#round = 0;
    this.#nextOre = this.#random.integer(0, SHAFTS);
    this.#begin(this.#nextOre);
    return [this.#look(), {}] as const;
  }

  step(actions: Actions) {
    const paid = [+(actions.scout === this.#nextOre)];
    for (const [i, name] of MINERS.entries()) {
      const { shaft, hard } = actions[name] as Infer<typeof minerDoes>;
      paid.push(+(shaft === this.#ore && hard === this.#rocks[i]));
    }
    const isOver = ++this.#round === ROUNDS;
    if (isOver) this.agents = [];
    this.#begin(actions.scout as number);
    const rewards = this.#each((i) => paid[i] / ROUNDS);
    return [this.#look(), rewards, this.#each(() => isOver), this.#each(() => false), {}] as const;
  }

  getState(): State {
    const { seed, draws } = this.#random;
    const [ore, nextOre, signal] = [this.#ore, this.#nextOre, this.#signal];
    return { seed, draws, ore, nextOre, signal, rocks: [...this.#rocks], round: this.#round };
  }

  setState(state: State) {
    const { seed, draws, ore, nextOre, signal, rocks, round } = state as Readonly<Record<string, number>> & {
      rocks: number[];
    };
    const areShafts = [ore, nextOre, signal].every((shaft) => scoutDoes.contains(shaft));
    const areRocks = rocks.length === MINERS.length && rocks.every((rock) => rock === 0 || rock === 1);
    if (!(areShafts && areRocks && discrete(ROUNDS + 1).contains(round)))
      throw new RangeError('Mine: expected shafts, rocks and a round');
    this.#random = new Random(seed, draws);
    [this.#ore, this.#nextOre, this.#signal, this.#rocks, this.#round] = [
      ore,
      nextOre,
      signal,
      [...rocks],
      round,
    ];
    this.agents = round < ROUNDS ? this.possibleAgents : [];
  }

  /** A round in which the miners see this signal. */
  #begin(signal: number): void {
    this.#signal = signal;
    this.#ore = this.#nextOre;
    this.#nextOre = this.#random.integer(0, SHAFTS);
    this.#rocks = MINERS.map(() => this.#random.integer(0, 2));
  }

  #look(): Record<string, never> {
    const seen = this.#each((i): unknown =>
      i === 0 ? oneHot(this.#nextOre) : { signal: oneHot(this.#signal), rock: [this.#rocks[i - 1]] },
    );
    return seen as Record<string, never>;
  }

  #each<T>(value: (i: number) => T): Record<string, T> {
    return Object.fromEntries(this.possibleAgents.map((name, i) => [name, value(i)]));
  }
}

function oneHot(shaft: number): number[] {
  return [0, 1, 2].map((i) => +(i === shaft));
}

export const mine = emulate({
  id: 'Mine-v0',
  module: import.meta.url,
  create: () => new Mine(),
  threshold: 0.9,
});
