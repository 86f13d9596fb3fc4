import { defineEnv } from '../lib/env/env.ts';
import type { RowRandom } from '../lib/rng.ts';
import { discrete } from '../lib/space/discrete.ts';
import { tuple } from '../lib/space/tuple.ts';

/** From an endless deck: 1 is an ace, pictures count 10. */
function draw(rng: RowRandom, i: number): number {
  return Math.min(10, rng.integer(i, 1, 14));
}

/** A hand's worth: an ace counts 11 where the hand stays within 21 so. */
function worth(sum: number, ace: number): number {
  return ace && sum <= 11 ? sum + 10 : sum;
}

/**
 * Cards are to be drawn until their sum is as near to 21 as can be, but no more (Sutton and Barto, example 5.1).
 * Gymnasium's Blackjack-v1.
 *
 * Observation, Tuple(Discrete(32), Discrete(11), Discrete(2)): the worth of the player's hand, the dealer's first card,
 * and whether the player has an ace that counts 11. Actions: 0 sticks, 1 draws a card. Terminates when the player
 * has more than 21, which loses, or sticks; the dealer then draws up to 17 or more. Reward at the end: 1, 0 or −1 for
 * a hand that wins, draws or loses. A natural is an ace and a 10 in the first two cards. Where `sab` is not 0 (after
 * Sutton and Barto; so by default), it beats all but another; else, where `natural` is not 0, it wins 1.5. Starts with
 * two cards each. There is no time limit, and Gymnasium names no threshold.
 *
 * @see https://gymnasium.farama.org/environments/toy_text/blackjack; reference data: spec/golden/env
 */
export const blackjack = defineEnv({
  id: 'Blackjack-v1',
  module: import.meta.url,
  observation: tuple([discrete(32), discrete(11), discrete(2)]),
  action: discrete(2),
  params: { natural: 0, sab: 1 },
  /** `sum`, `ace` (whether there is one) and `cards` are the player's; in sums an ace counts 1. */
  state: {
    sum: { type: 'i32', low: 2, high: 31 },
    ace: { type: 'i32', low: 0, high: 1 },
    cards: { type: 'i32', low: 2, high: 22 },
    shown: { type: 'i32', low: 1, high: 10 },
    hidden: { type: 'i32', low: 1, high: 10 },
  },
  reset({ state: { sum, ace, cards, shown, hidden }, rng }, i) {
    shown[i] = draw(rng, i);
    hidden[i] = draw(rng, i);
    const first = draw(rng, i);
    const second = draw(rng, i);
    sum[i] = first + second;
    ace[i] = +(first === 1 || second === 1);
    cards[i] = 2;
  },
  step({ state, params: { natural, sab }, actions, rewards, terminations, rng }, from, to) {
    const { sum, ace, cards, shown, hidden } = state;
    for (let i = from; i < to; i++) {
      if (actions[i] === 1) {
        const card = draw(rng, i);
        sum[i] += card;
        ace[i] |= +(card === 1);
        cards[i]++;
        const bust = sum[i] > 21;
        rewards[i] = bust ? -1 : 0;
        terminations[i] = +bust;
        continue;
      }
      let dealerSum = shown[i] + hidden[i];
      let dealerAce = +(shown[i] === 1 || hidden[i] === 1);
      const dealerNatural = dealerAce === 1 && dealerSum === 11;
      while (worth(dealerSum, dealerAce) < 17) {
        const card = draw(rng, i);
        dealerSum += card;
        dealerAce |= +(card === 1);
      }
      const dealer = dealerSum > 21 ? 0 : worth(dealerSum, dealerAce);
      const playerNatural = cards[i] === 2 && ace[i] === 1 && sum[i] === 11;
      const reward = Math.sign(worth(sum[i], ace[i]) - dealer);
      if (sab[i]) rewards[i] = playerNatural && !dealerNatural ? 1 : reward;
      else rewards[i] = natural[i] && playerNatural && reward === 1 ? 1.5 : reward;
      terminations[i] = 1;
    }
  },
  observe({ state: { sum, ace, shown }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      const value = worth(sum[i], ace[i]);
      observations[3 * i] = value;
      observations[3 * i + 1] = shown[i];
      observations[3 * i + 2] = +(value > sum[i]);
    }
  },
});
