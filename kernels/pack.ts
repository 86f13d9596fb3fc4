import { padded, panelRows } from './layout';

/** P[panel][k][row] = source[(o + row) · down + k · across], o the panel's first row; strides in bytes. */
// @ts-ignore: decorator
@inline
function packPanels(
  source: usize,
  panels: usize,
  outputs: i32,
  inputs: i32,
  down: usize,
  across: usize,
): void {
  let to = panels;
  for (let o = 0; o < outputs; ) {
    const rows = panelRows(outputs - o);
    for (let k = 0; k < inputs; k++) {
      let from = source + <usize>o * down + <usize>k * across;
      for (let row = 0; row < rows; row++, from += down, to += 4) store<f32>(to, load<f32>(from));
    }
    o += rows;
  }
}

/** Panels of W [outputs, inputs]. */
export function pack(weights: usize, panels: usize, outputs: i32, inputs: i32): void {
  packPanels(weights, panels, outputs, inputs, <usize>padded(inputs) << 2, 4);
}

/** Panels of Wᵀ [inputs, outputs], read from W [outputs, inputs]. */
export function packTransposed(weights: usize, panels: usize, outputs: i32, inputs: i32): void {
  packPanels(weights, panels, inputs, outputs, 4, <usize>padded(inputs) << 2);
}
