import type { StructuredEnv } from '../../../lib/env/structured.ts';
import { Breach } from '../breach.ts';
import { differenceOf } from '../difference.ts';
import { law } from '../law.ts';
import { sameStory } from '../story.ts';
import { rawPlays } from './cases.ts';
import { playRaw, type RawPlay } from './playRaw.ts';
import { scribble } from './scribble.ts';

export const noAliasing = law<StructuredEnv, RawPlay>({
  name: 'no-aliasing',
  says: 'What was returned stays as it was: later steps do not write into it.',
  cases: (_, bounds) => rawPlays(bounds),
  holds(env, play, log) {
    const kept: unknown[] = [];
    const frames = playRaw(env, play, { log, touch: ([observations]) => kept.push(observations) });
    for (const [step, observations] of kept.entries()) {
      const difference = differenceOf(frames[step].observations, observations, 'observations');
      if (!difference) continue;
      const { path: field, expected, got } = difference;
      throw new Breach(
        { step, field, expected, got },
        `it was ${expected} when it was returned, and is ${got} now`,
      );
    }
  },
});

export const ownMemory = law<StructuredEnv, RawPlay>({
  name: 'own-memory',
  says: 'Whoever writes into what was returned, or into the actions they gave, changes nothing in the env.',
  cases: (_, bounds) => rawPlays(bounds),
  holds(env, play, log) {
    const expected = playRaw(env, play, { log });
    const undo: (() => void)[] = [];
    try {
      sameStory([expected], [playRaw(env, play, { touch: (values) => scribble(values, undo) })]);
    } finally {
      // What the env shares with all its instances is not to be left so.
      for (const restore of undo.reverse()) restore();
    }
  },
});
