import { z } from 'zod';

/** Relative error of every quantile. */
const accuracy = 0.005;
const gamma = (1 + accuracy) / (1 - accuracy);
const logGamma = Math.log(gamma);

/** Stored form: the buckets' indices as differences to the one before, each followed by its count. */
export const storedSketch = z.object({ count: z.number(), max: z.number(), buckets: z.array(z.number()) });
export type StoredSketch = z.infer<typeof storedSketch>;

/**
 * Quantiles of positive values from logarithmic buckets: bucket i counts the values in (gamma^(i-1), gamma^i]. Sketches merge by
 * addition without losing accuracy (DDSketch, https://arxiv.org/abs/1908.10693). Values below 1 count as 1.
 */
export class LatencySketch {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #max = 0;

  static of(stored: StoredSketch): LatencySketch {
    const sketch = new LatencySketch();
    sketch.addStored(stored);
    return sketch;
  }

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  add(value: number): void {
    const index = value <= 1 ? 0 : Math.ceil(Math.log(value) / logGamma);
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + 1);
    this.#count += 1;
    this.#max = Math.max(this.#max, value);
  }

  addStored(stored: StoredSketch): void {
    let index = 0;
    for (let position = 0; position + 1 < stored.buckets.length; position += 2) {
      index += stored.buckets[position] ?? 0;
      this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + (stored.buckets[position + 1] ?? 0));
    }
    this.#count += stored.count;
    this.#max = Math.max(this.#max, stored.max);
  }

  /** Adds all that another sketch holds. */
  addSketch(other: LatencySketch): void {
    for (const [index, count] of other.#buckets) {
      this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + count);
    }
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  /**
   * What was added after an earlier state of the same sketch was stored. The largest value of it is known within {@link accuracy}.
   */
  since(earlier: StoredSketch): LatencySketch {
    const later = new LatencySketch();
    const before = LatencySketch.of(earlier);
    for (const [index, count] of this.#buckets) {
      const added = count - (before.#buckets.get(index) ?? 0);
      if (added > 0) {
        later.#buckets.set(index, added);
        later.#count += added;
        later.#max = Math.max(later.#max, Math.min(this.#max, gamma ** index));
      }
    }
    return later;
  }

  /** The value of rank `ceil(q * count)`, within {@link accuracy}; undefined when nothing was added. */
  quantile(q: number): number | undefined {
    if (this.#count === 0) {
      return undefined;
    }
    const rank = Math.max(1, Math.ceil(q * this.#count));
    let seen = 0;
    for (const index of this.#sortedIndices()) {
      seen += this.#buckets.get(index) ?? 0;
      if (seen >= rank) {
        return Math.min(this.#max, (2 * gamma ** index) / (gamma + 1));
      }
    }
    return this.#max;
  }

  store(): StoredSketch {
    const buckets: number[] = [];
    let before = 0;
    for (const index of this.#sortedIndices()) {
      buckets.push(index - before, this.#buckets.get(index) ?? 0);
      before = index;
    }
    return { count: this.#count, max: this.#max, buckets };
  }

  #sortedIndices(): number[] {
    return [...this.#buckets.keys()].sort((a, b) => a - b);
  }
}
