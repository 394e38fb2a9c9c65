const alignment = 8;

/** Writes numbers and texts one after the other, little-endian. */
export class PackedWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;

  #room(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }

  byte(value: number): void {
    this.#bytes.writeUInt8(value, this.#room(1));
  }

  /** A whole number from 0 to 2^53, in seven bits a byte (LEB128, https://dwarfstd.org/doc/DWARF5.pdf, 7.6). */
  whole(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  double(value: number): void {
    const at = this.#room(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.whole(bytes.length);
    this.raw(bytes);
  }

  /** Zeros up to a multiple of eight bytes, where a typed array may begin. */
  align(): void {
    const at = this.#length;
    const size = (alignment - (at % alignment)) % alignment;
    this.#room(size);
    this.#bytes.fill(0, at, at + size);
  }

  raw(value: Uint8Array): void {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
  }

  /** What was written, in memory that nothing is written to afterwards. */
  end(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }
}

/** Reads what {@link PackedWriter} wrote. @throws RangeError where there is less than is asked for */
export class PackedReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    const value = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  whole(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        return value;
      }
    }
  }

  wholes(count: number): number[] {
    const values = new Array<number>(count);
    for (let index = 0; index < count; index += 1) {
      values[index] = this.whole();
    }
    return values;
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    return this.raw(this.whole()).toString('utf8');
  }

  raw(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) {
      throw new RangeError('the bytes end early');
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Skips what {@link PackedWriter.align} wrote. */
  align(): void {
    this.#at = Math.ceil(this.#at / alignment) * alignment;
  }

  /** Where the next bytes are, for a typed array: in the memory that is read, or copied where it is not aligned. */
  memory(length: number): { readonly buffer: ArrayBuffer; readonly byteOffset: number } {
    const { buffer, byteOffset } = this.raw(length);
    return buffer instanceof ArrayBuffer && byteOffset % alignment === 0 ? { buffer, byteOffset } : { buffer: new Uint8Array(new Uint8Array(buffer, byteOffset, length)).buffer, byteOffset: 0 };
  }
}
