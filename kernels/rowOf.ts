/** The row of block sample `sample`: indices[sample], or without indices (0) the sample itself. */
// @ts-ignore: decorator
@inline
export function rowOf(indices: usize, sample: i32): usize {
  return indices ? <usize>load<u32>(indices + (<usize>sample << 2)) : <usize>sample;
}
