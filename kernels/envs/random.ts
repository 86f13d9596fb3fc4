import { philoxWords, word0, word1, word2, word3 } from '../philox';

// Whose stream is drawn from: what lib/rng.ts's RowRandom is, a row at a time. Wasm globals belong to an instance, so
// no other thread sees them.
let count: usize = 0;
let draw: u32 = 0;
let stream: u32 = 0;
let purposeWord: u32 = 0;
let keyLow: u32 = 0;
let keyHigh: u32 = 0;

// @ts-ignore: decorator
@inline
function drawBlock(): void {
  philoxWords(draw >>> 2, stream, 0, purposeWord, keyLow, keyHigh);
}

/** Goes over to a row's stream: `draws` and `streams` are RowRandom's columns, the rest its purpose and key. */
export function openStream(
  row: usize,
  draws: usize,
  streams: usize,
  purpose: u32,
  key0: u32,
  key1: u32,
): void {
  count = draws + (row << 2);
  draw = load<u32>(count);
  stream = load<u32>(streams + (row << 2));
  purposeWord = purpose;
  keyLow = key0;
  keyHigh = key1;
  if (draw & 3) drawBlock();
}

/** The next 32 random bits of the row. */
// @ts-ignore: decorator
@inline
export function word(): u32 {
  const which = draw & 3;
  if (!which) drawBlock();
  store<u32>(count, ++draw);
  return which & 2 ? (which & 1 ? word3 : word2) : which & 1 ? word1 : word0;
}

/** RowRandom's `uniform`. */
// @ts-ignore: decorator
@inline
export function uniform(low: f64, high: f64): f64 {
  return low + (high - low) * (<f64>word() * 2.3283064365386963e-10);
}

/** RowRandom's `integer`. */
// @ts-ignore: decorator
@inline
export function integer(low: i32, high: i32): i32 {
  return low + <i32>Math.floor((<f64>high - <f64>low) * (<f64>word() * 2.3283064365386963e-10));
}
