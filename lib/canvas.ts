/** Steps of a shape's edge between the ground and its colour: few, so that a picture has few colours. */
const SHADES = 8;

/**
 * Draws shapes with smooth edges into RGB bytes [height, width, 3]. Places are in pixels from the top left corner, y
 * downwards, and need not be whole; what lies outside is left out. Colours are 0xRRGGBB.
 */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #data: Uint8Array;

  constructor(width: number, height: number, data: Uint8Array) {
    this.width = width;
    this.height = height;
    this.#data = data;
  }

  fill(color: number): void {
    this.rectangle(0, 0, this.width, this.height, color);
  }

  rectangle(x: number, y: number, width: number, height: number, color: number): void {
    const [right, bottom] = [x + width, y + height];
    const overlap = (from: number, to: number, pixel: number) =>
      Math.max(0, Math.min(to, pixel + 1) - Math.max(from, pixel));
    this.#shade([x, y, right, bottom], (px, py) => overlap(x, right, px) * overlap(y, bottom, py), color);
  }

  disc(x: number, y: number, radius: number, color: number): void {
    this.line(x, y, x, y, 2 * radius, color);
  }

  /** With round ends. */
  line(x0: number, y0: number, x1: number, y1: number, thickness: number, color: number): void {
    const [dx, dy] = [x1 - x0, y1 - y0];
    const square = dx * dx + dy * dy || 1;
    const radius = thickness / 2;
    const distance = (x: number, y: number) => {
      const along = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / square));
      return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
    };
    this.#shade(
      [
        Math.min(x0, x1) - radius - 1,
        Math.min(y0, y1) - radius - 1,
        Math.max(x0, x1) + radius + 1,
        Math.max(y0, y1) + radius + 1,
      ],
      (px, py) => radius + 0.5 - distance(px + 0.5, py + 0.5),
      color,
    );
  }

  /** Mixes a colour into the pixels of a box, each as far as it is covered. */
  #shade(
    [left, top, right, bottom]: readonly [number, number, number, number],
    covered: (x: number, y: number) => number,
    color: number,
  ): void {
    const lastX = Math.min(this.width, Math.ceil(right));
    const lastY = Math.min(this.height, Math.ceil(bottom));
    for (let y = Math.max(0, Math.floor(top)); y < lastY; y++) {
      for (let x = Math.max(0, Math.floor(left)); x < lastX; x++) {
        const share = Math.round(Math.max(0, Math.min(1, covered(x, y))) * SHADES) / SHADES;
        for (let k = 0; k < 3; k++) {
          const at = (y * this.width + x) * 3 + k;
          const part = (color >> (16 - 8 * k)) & 255;
          this.#data[at] = Math.round(this.#data[at] + share * (part - this.#data[at]));
        }
      }
    }
  }
}
