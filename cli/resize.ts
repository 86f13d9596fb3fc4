import type { Frame } from '../lib/env/frame.ts';

/** The picture with every pixel as a square of `factor` × `factor`. */
export function enlarge({ width, height, data }: Frame, factor: number): Frame {
  const large = new Uint8Array(width * height * 3 * factor * factor);
  const line = width * factor * 3;
  for (let y = 0; y < height; y++) {
    const start = y * factor * line;
    for (let i = 0; i < line; i++)
      large[start + i] = data[(y * width + Math.floor(i / (3 * factor))) * 3 + (i % 3)];
    for (let copy = 1; copy < factor; copy++) large.copyWithin(start + copy * line, start, start + line);
  }
  return { width: width * factor, height: height * factor, data: large };
}

/** The picture in as many pixels as a place has room for: enlarged by a whole factor, or averaged down. */
export function fitTo(frame: Frame, width: number, height: number): Frame {
  const room = Math.min(width / frame.width, height / frame.height);
  if (room >= 1) return enlarge(frame, Math.floor(room));
  return shrink(
    frame,
    Math.max(1, Math.floor(frame.width * room)),
    Math.max(1, Math.floor(frame.height * room)),
  );
}

/** Each pixel is the mean of the area that it stands for. */
function shrink(frame: Frame, width: number, height: number): Frame {
  const data = new Uint8Array(width * height * 3);
  const columns = areas(frame.width, width);
  const rows = areas(frame.height, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < 3; k++) {
        let sum = 0;
        for (const [row, down] of rows[y])
          for (const [column, across] of columns[x])
            sum += down * across * frame.data[(row * frame.width + column) * 3 + k];
        data[(y * width + x) * 3 + k] = Math.round(sum);
      }
    }
  }
  return { width, height, data };
}

/** Which of `from` pixels each of `to` pixels stands for, and their shares, which add up to 1. */
function areas(from: number, to: number): (readonly [pixel: number, share: number])[][] {
  const size = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * size, Math.min(from, (i + 1) * size)];
    const parts: [number, number][] = [];
    for (let pixel = Math.floor(start); pixel < end; pixel++)
      parts.push([pixel, (Math.min(end, pixel + 1) - Math.max(start, pixel)) / size]);
    return parts;
  });
}
