const low32 = 0xffffffffn;

/** Philox4x32-10 on big integers, word by word as in Salmon et al. (SC 2011). */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map((word) => BigInt(word >>> 0));
  let [k0, k1] = key.map((word) => BigInt(word >>> 0));
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & low32, (p0 >> 32n) ^ c3 ^ k1, p0 & low32];
    k0 = (k0 + 0x9e3779b9n) & low32;
    k1 = (k1 + 0xbb67ae85n) & low32;
  }
  return [c0, c1, c2, c3].map(Number);
}

/** Fisher–Yates from the last down; word k is word k & 3 of block (k >>> 2, time, purpose 2). */
export function shuffle(
  values: readonly number[],
  key: readonly number[],
  time: readonly number[],
): number[] {
  const shuffled = [...values];
  for (let i = shuffled.length - 1, k = 0; i > 0; i--, k++) {
    const word = philox([k >>> 2, ...time, 2], key)[k & 3];
    const j = Number((BigInt(word) * BigInt(i + 1)) >> 32n);
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled;
}
