/**
 * What a moving square meets first among faces that are offered to it: the earliest within the move, and of several at
 * once the one of which it covers most. It meets faces from the front only.
 */
export class FirstContact {
  /** What was met, by the number it was offered with; −1: nothing. */
  what = -1;
  /** Whether the face is upright, which turns the square's horizontal motion; else it is level. */
  upright = false;
  /** Where the square's upper left corner is then, or else at the end of the move. */
  x = 0;
  y = 0;
  readonly #size: number;
  #fromX = 0;
  #fromY = 0;
  #dx = 0;
  #dy = 0;
  /** Share of the move before the contact. */
  #time = 1;
  #overlap = 0;

  /** @param size length of the square's sides */
  constructor(size: number) {
    this.#size = size;
  }

  /** Begins a move of the square whose upper left corner is at (x, y). */
  begin(x: number, y: number, dx: number, dy: number): void {
    this.what = -1;
    this.x = x + dx;
    this.y = y + dy;
    this.#fromX = x;
    this.#fromY = y;
    this.#dx = dx;
    this.#dy = dy;
    this.#time = 1;
    this.#overlap = 0;
  }

  /** Offers the two faces of a rectangle that the square moves towards. */
  rectangle(x: number, y: number, width: number, height: number, what: number): void {
    this.side(this.#dx > 0 ? x : x + width, y, height, what);
    this.level(x, this.#dy > 0 ? y : y + height, width, what);
  }

  /** Offers the upright face from (x, y) down to (x, y + height). */
  side(x: number, y: number, height: number, what: number): void {
    const time = this.#timeOf(x, this.#fromX, this.#dx);
    if (time > this.#time) return;
    const at = this.#fromY + this.#dy * time;
    if (!this.#isFirst(time, at, y, height)) return;
    this.what = what;
    this.upright = true;
    this.x = this.#dx > 0 ? x - this.#size : x;
    this.y = at;
  }

  /** Offers the level face from (x, y) right to (x + width, y). */
  level(x: number, y: number, width: number, what: number): void {
    const time = this.#timeOf(y, this.#fromY, this.#dy);
    if (time > this.#time) return;
    const at = this.#fromX + this.#dx * time;
    if (!this.#isFirst(time, at, x, width)) return;
    this.what = what;
    this.upright = false;
    this.x = at;
    this.y = this.#dy > 0 ? y - this.#size : y;
  }

  /** When the leading edge reaches a face; 2 if not within this move. */
  #timeOf(face: number, from: number, move: number): number {
    const lead = move > 0 ? this.#size : 0;
    // Rounded as positions are, so that a face which this move does not reach is still ahead of the next.
    const before = face - (from + lead);
    const after = face - (from + move + lead);
    const crosses = move > 0 ? before >= 0 && after < 0 : before <= 0 && after > 0;
    return crosses ? Math.min(1, before / move) : 2;
  }

  #isFirst(time: number, at: number, from: number, length: number): boolean {
    const overlap = Math.min(from + length, at + this.#size) - Math.max(from, at);
    if (!(overlap > 0 && (time < this.#time || overlap > this.#overlap))) return false;
    this.#time = time;
    this.#overlap = overlap;
    return true;
  }
}
