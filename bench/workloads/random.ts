/** Reproducible uniform numbers in [0, 1): data for workloads, nothing more. @see "mulberry32" */
export function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Overwrites a column with uniform numbers in [low, high). */
export function fillUniform(column: Float32Array, low: number, high: number, uniform: () => number): void {
  for (let i = 0; i < column.length; i++) column[i] = low + (high - low) * uniform();
}
