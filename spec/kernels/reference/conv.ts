/** Convolutions in float64 as PyTorch has them: images channels first, weights [channels, input channels, k, k]. */
export interface Sizes {
  height: number;
  width: number;
  /** Of the input. */
  depth: number;
  channels: number;
  kernel: number;
  stride: number;
}

const steps = (size: number, { kernel, stride }: Sizes) => Math.floor((size - kernel) / stride) + 1;

/** Features of the output. */
export function outputSize(sizes: Sizes): number {
  return sizes.channels * steps(sizes.height, sizes) * steps(sizes.width, sizes);
}

/** Visits all products: which input times which weight goes to which output. */
function visit(sizes: Sizes, product: (output: number, input: number, weight: number) => void): void {
  const { height, width, depth, channels, kernel, stride } = sizes;
  const [down, across] = [steps(height, sizes), steps(width, sizes)];
  for (let o = 0; o < channels; o++)
    for (let y = 0; y < down; y++)
      for (let x = 0; x < across; x++)
        for (let c = 0; c < depth; c++)
          for (let dy = 0; dy < kernel; dy++)
            for (let dx = 0; dx < kernel; dx++)
              product(
                (o * down + y) * across + x,
                (c * height + y * stride + dy) * width + x * stride + dx,
                ((o * depth + c) * kernel + dy) * kernel + dx,
              );
}

/** W * x + b of one image. */
export function convolve(
  sizes: Sizes,
  weights: ArrayLike<number>,
  bias: ArrayLike<number>,
  image: ArrayLike<number>,
): number[] {
  const pixels = outputSize(sizes) / sizes.channels;
  const out = Array.from({ length: outputSize(sizes) }, (_, i) => bias[Math.floor(i / pixels)]);
  visit(sizes, (o, i, w) => {
    out[o] += weights[w] * image[i];
  });
  return out;
}

/** The gradients of Σ dy · (W * x + b) of one image. */
export function convolveBackward(
  sizes: Sizes,
  weights: ArrayLike<number>,
  image: ArrayLike<number>,
  dy: ArrayLike<number>,
) {
  const input = new Float64Array(image.length);
  const weight = new Float64Array(weights.length);
  const bias = new Float64Array(sizes.channels);
  visit(sizes, (o, i, w) => {
    input[i] += weights[w] * dy[o];
    weight[w] += image[i] * dy[o];
  });
  const pixels = dy.length / sizes.channels;
  for (let i = 0; i < dy.length; i++) bias[Math.floor(i / pixels)] += dy[i];
  return { input, weight, bias };
}
