/** What `bookkeep` keeps, as plain arrays over rows. */
export interface Books {
  rewards: number[];
  terminations: number[];
  truncations: number[];
  masks: number[];
  elapsed: number[];
  episodeReturns: number[];
  pending: number[];
  ended: number[];
}

/** One step of every row, in place; returns the finished rows. @throws the first row whose reward is not finite */
export function bookkeep(books: Books, limit: number): number[] {
  const finished: number[] = [];
  for (let i = 0; i < books.rewards.length; i++) {
    if (books.pending[i]) {
      for (const column of Object.values(books)) column[i] = 0;
      continue;
    }
    if (!Number.isFinite(books.rewards[i])) throw i;
    books.masks[i] = 1;
    books.elapsed[i]++;
    books.episodeReturns[i] += books.rewards[i];
    books.truncations[i] = limit > 0 && books.elapsed[i] >= limit ? 1 : 0;
    books.pending[i] = books.terminations[i] || books.truncations[i] ? 1 : 0;
    books.ended[i] = books.pending[i];
    if (books.pending[i]) finished.push(i);
  }
  return finished;
}
