import { type Arena, type Column, wordsOf } from '../../arena.ts';
import type { Estimate, Minibatch } from '../../records.ts';

/** What is read of a rollout. */
export type Judged = Omit<Estimate, 'kind'>;

/** The columns whose pointers are told, after observations; 0 where a rollout has no such column. */
const names = [
  'actionMasks',
  'actions',
  'logProbs',
  'advantages',
  'returns',
  'values',
  'weights',
  'states',
  'masks',
  'newLogProbs',
  'newValues',
] as const satisfies (keyof Judged)[];
/** Words before those pointers. */
const HEAD = 7;

/** Numbers (f64) in which a crew is told of a minibatch. */
export const MINIBATCH_WORDS = HEAD + names.length;

/** A minibatch as members of a crew know it. */
export interface ToldMinibatch {
  readonly observations: Column;
  /** Pointer to the indices (u32) of so many samples, which are segments of so many steps; 0 steps: single transitions. */
  readonly indices: number;
  readonly samples: number;
  readonly steps: number;
  /** Whether there is a way back, to gradients. */
  readonly isLearning: boolean;
  readonly pointers: Readonly<Record<(typeof names)[number], number>>;
}

export function writeMinibatch(
  words: Float64Array,
  { columns, indices, steps = 0 }: Minibatch<Judged>,
  isLearning: boolean,
): void {
  words.set([
    ...wordsOf(columns.observations),
    indices.byteOffset,
    indices.length,
    steps,
    Number(isLearning),
    ...names.map((name) => columns[name]?.byteOffset ?? 0),
  ]);
}

/** What `writeMinibatch` has written. @param arena over the memory of who wrote it */
export function readMinibatch(words: Float64Array, arena: Arena): ToldMinibatch {
  const [type, pointer, length, indices, samples, steps, isLearning] = words;
  return {
    observations: arena.view(type, pointer, length),
    indices,
    samples,
    steps,
    isLearning: isLearning === 1,
    pointers: Object.fromEntries(
      names.map((name, k) => [name, words[HEAD + k]]),
    ) as ToldMinibatch['pointers'],
  };
}
