import { PITCH } from './layout';

/** rows[s][f] = block[f][s] for n samples: the way back of `gather`. */
export function scatter(block: usize, n: i32, features: i32, rows: usize): void {
  for (let s = 0; s < n; s++) {
    let from = block + (<usize>s << 2);
    for (let f = 0; f < features; f++, from += PITCH, rows += 4) store<f32>(rows, load<f32>(from));
  }
}
