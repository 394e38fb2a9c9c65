const size = 624;
const middle = 397;

/** The numbers below 2^32 of the Mersenne Twister (M. Matsumoto and T. Nishimura, 1998, https://doi.org/10.1145/272991.272995), as after `numpy.random.seed(seed)`. */
export function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let index = 1; index < size; index += 1) {
    const before = state[index - 1] ?? 0;
    state[index] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + index;
  }
  let at = size;
  const renew = (): void => {
    for (let index = 0; index < size; index += 1) {
      const mixed = ((state[index] ?? 0) & 0x80000000) | ((state[(index + 1) % size] ?? 0) & 0x7fffffff);
      state[index] = (state[(index + middle) % size] ?? 0) ^ (mixed >>> 1) ^ ((mixed & 1) === 0 ? 0 : 0x9908b0df);
    }
    at = 0;
  };
  return () => {
    if (at === size) {
      renew();
    }
    let value = state[at] ?? 0;
    at += 1;
    value ^= value >>> 11;
    value ^= (value << 7) & 0x9d2c5680;
    value ^= (value << 15) & 0xefc60000;
    return (value ^ (value >>> 18)) >>> 0;
  };
}

/** Puts the entries of a list into a random order, with the draws of `numpy.random.shuffle`. */
export function shuffle(list: Uint16Array, next: () => number): void {
  for (let index = list.length - 1; index > 0; index -= 1) {
    const mask = 2 ** (32 - Math.clz32(index)) - 1;
    let other = (next() & mask) >>> 0;
    while (other > index) {
      other = (next() & mask) >>> 0;
    }
    const [one, two] = [list[index] ?? 0, list[other] ?? 0];
    list[index] = two;
    list[other] = one;
  }
}
