import { emulate } from '../lib/env/emulate.ts';
import type { ParallelEnv, PerAgent, ResetOptions, State } from '../lib/env/structured.ts';
import { Random } from '../lib/random.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

const ROUNDS = 8;
const PLAYERS = ['player_0', 'player_1'];
const sees = box(-1, 1, [2]);
const does = discrete(2);

/**
 * A sanity check: two agents of a kind see different things and must act differently. Who mixes up their rows stays at
 * chance.
 *
 * Each player has a coin of its own, which is tossed again in each of 8 rounds. Observation, Box(2): player_0 sees its
 * coin (−1 or 1) and 0, player_1 sees 0 and its coin. Actions: 0 or 1; right is the coin's side (0 for −1) for player_0,
 * the other side for player_1. Reward: ⅛ for what is right. Both terminate after the last round. The optimum is 1 for
 * each, chance is ½; solved at a mean return of 0.95.
 */
class Pair implements ParallelEnv<typeof sees, typeof does> {
  readonly possibleAgents = PLAYERS;
  agents: readonly string[] = [];
  #random = new Random(0);
  #coins = [0, 0];
  #round = 0;

  observationSpace() {
    return sees;
  }

  actionSpace() {
    return does;
  }

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.#random = new Random(seed);
    this.agents = PLAYERS;
    this.#round = 0;
    return [this.#toss(), {}] as const;
  }

  step(actions: PerAgent<number>) {
    const [first, second] = PLAYERS.map((player, i) => +(actions[player] === (this.#coins[i] ^ i)) / ROUNDS);
    const isOver = ++this.#round === ROUNDS;
    if (isOver) this.agents = [];
    return [this.#toss(), both(first, second), both(isOver, isOver), both(false, false), {}] as const;
  }

  getState(): State {
    const { seed, draws } = this.#random;
    return { seed, draws, coins: [...this.#coins], round: this.#round };
  }

  setState(state: State) {
    const { seed, draws, coins, round } = state as {
      seed: number;
      draws: number;
      coins: number[];
      round: number;
    };
    if (
      !(
        coins.length === 2 &&
        coins.every((coin) => does.contains(coin)) &&
        discrete(ROUNDS + 1).contains(round)
      )
    )
      throw new RangeError('Pair: expected two coins and a round');
    this.#random = new Random(seed, draws);
    this.#coins = [...coins];
    this.#round = round;
    this.agents = round < ROUNDS ? PLAYERS : [];
  }

  #toss() {
    this.#coins = PLAYERS.map(() => this.#random.integer(0, 2));
    const [first, second] = this.#coins.map((coin) => 2 * coin - 1);
    return both([first, 0], [0, second]);
  }
}

function both<T>(first: T, second: T): PerAgent<T> {
  return { player_0: first, player_1: second };
}

export const pair = emulate({
  id: 'Pair-v0',
  module: import.meta.url,
  create: () => new Pair(),
  threshold: 0.95,
});
