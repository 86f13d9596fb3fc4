/** Box and Muller's pair of two words: u = (a | 1) 2⁻³² rounded to float32, v = b 2⁻³². */
export function normalsOf(a: number, b: number) {
  const u = Math.fround((a | 1) >>> 0) / 2 ** 32;
  const radius = Math.sqrt(-2 * Math.log(u));
  const angle = (2 * Math.PI * b) / 2 ** 32;
  return { radius, cosine: radius * Math.cos(angle), sine: radius * Math.sin(angle) };
}
