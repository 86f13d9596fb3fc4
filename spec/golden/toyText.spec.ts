import assert from 'node:assert/strict';
import { blackjack } from '../../envs/blackjack.ts';
import { cliffWalking } from '../../envs/cliffWalking.ts';
import { frozenLake, frozenLake8x8 } from '../../envs/frozenLake.ts';
import { taxi } from '../../envs/taxi.ts';
import type { ColumnarEnv } from '../../lib/env/env.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { golden } from './golden.ts';

type Outcome = [probability: number, next: number, reward: number, terminated: boolean];

interface Episode {
  init_state: number;
  actions: number[];
  obs: number[];
  reward: number[];
  terminated: boolean[];
  truncated: boolean[];
}

/** Discrete states, of which one column holds the number; and the parameters to hold to the data. */
class Grid {
  readonly env: ColumnarEnv;
  readonly column: string;
  readonly params: Record<string, number>;

  constructor(env: ColumnarEnv, column: string, params: Record<string, number>) {
    this.env = env;
    this.column = column;
    this.params = params;
  }

  open(numEnvs: number) {
    return vectorize(this.env, { numEnvs, seed: 5, params: this.params });
  }

  /** Steps from every state by every action, `samples` times, and compares how often what came of it. */
  hasTable(table: Outcome[][][], samples: number): void {
    const actions = table[0].length;
    const envs = this.open(table.length * actions * samples);
    for (let i = 0; i < envs.numEnvs; i++) {
      envs.state[this.column][i] = Math.floor(i / (actions * samples));
      envs.actions[i] = Math.floor(i / samples) % actions;
    }
    envs.advance();
    for (const [state, row] of table.entries()) {
      for (const [action, outcomes] of row.entries()) {
        // No step is taken where an episode has ended; Gymnasium's table says that one stays.
        if (outcomes.length === 1 && outcomes[0][1] === state && outcomes[0][3]) continue;
        const came = Array.from({ length: samples }, (_, k) => {
          const i = (state * actions + action) * samples + k;
          return key(envs.observations[i], envs.rewards[i], envs.terminations[i]);
        });
        const expected: [string, number][] = outcomes.map(([p, ...rest]) => [key(...rest), p]);
        assertFrequencies(came, expected, `${state} by ${action}`);
      }
    }
  }

  begins(distribution: number[], samples: number): void {
    const { observations } = this.open(samples);
    const expected = [...distribution.entries()].filter(([, p]) => p > 0);
    assertFrequencies([...observations], expected, 'start');
  }

  plays(episodes: Episode[]): void {
    for (const { init_state, actions, obs, reward, terminated, truncated } of episodes) {
      const envs = this.open(1);
      envs.state[this.column][0] = init_state;
      for (let t = 0; t < actions.length; t++) {
        envs.actions[0] = actions[t];
        envs.advance();
        const came = [envs.observations[0], envs.rewards[0], envs.terminations[0], envs.truncations[0]];
        assert.deepEqual(came, [obs[t], reward[t], +terminated[t], +truncated[t]], `step ${t}`);
      }
    }
  }
}

const key = (next: number, reward: number, terminated: boolean | number) =>
  `${next}, ${Math.fround(reward)}, ${+terminated}`;

/** Each value as often as its probability says, to 5 standard deviations, and no other. */
function assertFrequencies<T>(values: T[], expected: [T, number][], what: string): void {
  const probabilities = new Map<T, number>();
  for (const [value, p] of expected) probabilities.set(value, (probabilities.get(value) ?? 0) + p);
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const value of counts.keys()) assert.ok(probabilities.has(value), `${what}: ${value}`);
  for (const [value, p] of probabilities) {
    const error = (counts.get(value) ?? 0) - values.length * p;
    const limit = 5 * Math.sqrt(values.length * p * Math.max(0, 1 - p)) + 1e-6;
    assert.ok(Math.abs(error) <= limit, `${what}: ${value} is off by ${error} of ${values.length}`);
  }
}

/** Of a deterministic env: what each action leads to, in each state. */
interface Sure {
  next: number[][];
  reward: number[][];
  terminated: boolean[][];
}
const tableOf = ({ next, reward, terminated }: Sure) =>
  next.map((row, s) => row.map((to, a): Outcome[] => [[1, to, reward[s][a], terminated[s][a]]]));

describe('golden: FrozenLake-v1 against Gymnasium', () => {
  const { variants } = golden<{
    variants: Record<
      string,
      {
        kwargs: { is_slippery: boolean; success_rate?: number; reward_schedule?: number[] };
        P: Outcome[][][];
        initial_state_distrib: number[];
        episodes?: Episode[];
      }
    >;
  }>('env/FrozenLake-v1');

  for (const [name, { kwargs, P, initial_state_distrib, episodes = [] }] of Object.entries(variants)) {
    it(name, () => {
      const { is_slippery, success_rate = 1 / 3, reward_schedule = [1, 0, 0] } = kwargs;
      const [goalReward, holeReward, frozenReward] = reward_schedule;
      const params = {
        slippery: +is_slippery,
        successRate: success_rate,
        goalReward,
        holeReward,
        frozenReward,
      };
      // All of the data's episodes run under the time limit of 4×4.
      const env = P.length === 16 ? frozenLake : { ...frozenLake8x8, maxEpisodeSteps: 100 };
      const grid = new Grid(env, 'cell', params);
      grid.hasTable(P, is_slippery ? 2000 : 1);
      grid.begins(initial_state_distrib, 100);
      grid.plays(episodes);
    });
  }
});

describe('golden: CliffWalking-v1 against Gymnasium', () => {
  const { start, det, P_slippery, episodes } = golden<{
    start: number;
    det: Sure;
    P_slippery: Outcome[][][];
    episodes: Episode[];
  }>('env/CliffWalking-v1');

  it('leads where its table says, from where it says', () => {
    const grid = new Grid(cliffWalking, 'cell', {});
    grid.hasTable(tableOf(det), 1);
    grid.begins(
      det.next.map((_, s) => +(s === start)),
      100,
    );
    grid.plays(episodes);
  });

  it('slips as its table says', () =>
    new Grid(cliffWalking, 'cell', { slippery: 1 }).hasTable(P_slippery, 2000));
});

describe('golden: Taxi-v4 against Gymnasium', () => {
  const { env, det, action_mask, initial_states, episodes } = golden<{
    env: string;
    det: Sure;
    action_mask: number[][];
    initial_states: number[];
    episodes: Episode[];
  }>('env/Taxi');
  const grid = new Grid(taxi, 'place', { masked: 0 });

  it('has its name, and leads where its table says', () => {
    assert.equal(taxi.id, env);
    grid.hasTable(tableOf(det), 1);
    grid.plays(episodes);
  });

  it('begins in its states, each alike', () => {
    const starts = new Set(initial_states);
    const p = 1 / starts.size;
    grid.begins(
      det.next.map((_, s) => (starts.has(s) ? p : 0)),
      60_000,
    );
  });

  it('masks what it masks', () => {
    const actionMasks = new Uint8Array(action_mask.flat().length);
    const place = Int32Array.from(action_mask.keys());
    const params = { masked: new Float64Array(place.length).fill(1) };
    taxi.actionMask?.({ state: { place }, params, actionMasks } as never, 0, place.length);
    assert.deepEqual([...actionMasks], action_mask.flat());
  });
});

describe('golden: Blackjack-v1 against Gymnasium', () => {
  interface Game {
    kwargs: { natural: boolean; sab: boolean };
    player: number[];
    dealer: number[];
    draws: number[];
    init_obs: number[];
    actions: number[];
    obs: number[][];
    reward: number[];
    terminated: boolean[];
    final_player: number[];
    final_dealer: number[];
  }
  type Hand = [
    cards: number[],
    sum: number,
    usableAce: number,
    bust: boolean,
    score: number,
    natural: boolean,
  ];
  const { hands, games } = golden<{ hands: Hand[]; games: Game[] }>('env/Blackjack-v1');

  /** A table with these hands, whose next cards are `draws`. */
  function deal(player: number[], dealer: number[], draws: number[], natural = false, sab = true) {
    const column = (value: number) => Int32Array.of(value);
    const context = {
      state: {
        sum: column(player.reduce((a, b) => a + b)),
        ace: column(+player.includes(1)),
        cards: column(player.length),
        shown: column(dealer[0]),
        hidden: column(dealer[1]),
      },
      params: { natural: Float64Array.of(+natural), sab: Float64Array.of(+sab) },
      rng: { integer: () => draws.shift() },
      actions: new Int32Array(1),
      rewards: new Float32Array(1),
      terminations: new Uint8Array(1),
      observations: new Int32Array(3),
    };
    return {
      act(action: number): [reward: number, terminated: number] {
        context.actions[0] = action;
        blackjack.step(context as never, 0, 1);
        return [context.rewards[0], context.terminations[0]];
      },
      look(): number[] {
        blackjack.observe(context as never, 0, 1);
        return [...context.observations];
      },
    };
  }

  it('values hands as it does', () => {
    for (const [cards, sum, usableAce, bust, score, natural] of hands) {
      assert.deepEqual(deal(cards, [6, 10], []).look(), [sum, 6, usableAce], `${cards}`);
      if (bust) continue;
      const [reward] = deal(cards, [6, 10], [5]).act(0);
      assert.equal(reward, natural ? 1 : Math.sign(score - 21), `${cards} against 21 in three cards`);
    }
  });

  it('plays games as it does', () => {
    for (const [k, { kwargs, player, dealer, draws, ...game }] of games.entries()) {
      const left = [...draws];
      const { act, look } = deal(player, dealer, left, kwargs.natural, kwargs.sab);
      assert.deepEqual(look(), game.init_obs, `game ${k}`);
      for (const [t, action] of game.actions.entries()) {
        assert.deepEqual(act(action), [game.reward[t], +game.terminated[t]], `game ${k}, step ${t}`);
        assert.deepEqual(look(), game.obs[t], `game ${k}, step ${t}`);
      }
      const drawn = game.final_player.length + game.final_dealer.length - 4;
      assert.equal(draws.length - left.length, drawn, `game ${k}: cards drawn`);
    }
  });
});
