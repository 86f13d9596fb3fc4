import { block0, block1, block2, block3, philoxBlocks } from './philox';

/** Swaps indices[i] with indices[j], j = ⌊word · (i + 1) / 2³²⌋. */
// @ts-ignore: decorator
@inline
function swap(indices: usize, i: usize, word: u32): void {
  const j = <usize>((<u64>word * (<u64>i + 1)) >> 32);
  const last = load<u32>(indices + (i << 2));
  store<u32>(indices + (i << 2), load<u32>(indices + (j << 2)));
  store<u32>(indices + (j << 2), last);
}

/** The swaps of i, i − 1, i − 2 and i − 3, down to 1. */
function swapFour(indices: usize, i: i32, words: v128): void {
  if (i > 0) swap(indices, i, i32x4.extract_lane(words, 0));
  if (i > 1) swap(indices, i - 1, i32x4.extract_lane(words, 1));
  if (i > 2) swap(indices, i - 2, i32x4.extract_lane(words, 2));
  if (i > 3) swap(indices, i - 3, i32x4.extract_lane(words, 3));
}

/** Fisher–Yates over u32 indices[0..n), from the last down; word k is word k & 3 of Philox block (k >>> 2, time, 2). */
export function shuffle(indices: usize, n: i32, key0: u32, key1: u32, timeLow: u32, timeHigh: u32): void {
  let first: u32 = 0;
  for (let i = n - 1; i > 0; i -= 16) {
    philoxBlocks(first, timeLow, timeHigh, 2, key0, key1);
    swapFour(indices, i, block0);
    swapFour(indices, i - 4, block1);
    swapFour(indices, i - 8, block2);
    swapFour(indices, i - 12, block3);
    first += 4;
  }
}
