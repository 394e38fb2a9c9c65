/**
 * Reads what BuildKit reports while it builds: a `moby.buildkit.v1.StatusResponse` as base64 in the `aux` of an event with the id
 * `moby.buildkit.trace` (https://github.com/moby/buildkit/blob/master/api/services/control/control.proto). Only the few fields that
 * people read are decoded: 1 = vertexes {3 name, 4 cached, 5 started, 6 completed, 7 error}, 3 = logs {4 msg}.
 */
export interface BuildTrace {
  /** Steps that have just begun. */
  readonly started: readonly string[];
  /** What the steps wrote. */
  readonly output: readonly string[];
  readonly errors: readonly string[];
}

interface Field {
  readonly number: number;
  /** Empty for numbers. */
  readonly bytes: Buffer;
  readonly value: number;
}

/** The fields of a protobuf message (https://protobuf.dev/programming-guides/encoding/). */
function* fields(message: Buffer): Generator<Field> {
  let offset = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; offset < message.length; factor *= 128) {
      const byte = message[offset] ?? 0;
      offset += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        break;
      }
    }
    return value;
  };
  const none = Buffer.alloc(0);
  while (offset < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { number, bytes: none, value: varint() };
        break;
      case 1:
        offset += 8;
        break;
      case 2: {
        const length = varint();
        yield { number, bytes: message.subarray(offset, offset + length), value: 0 };
        offset += length;
        break;
      }
      case 5:
        offset += 4;
        break;
      default:
        return;
    }
  }
}

export function decodeTrace(base64: string): BuildTrace {
  const started: string[] = [];
  const output: string[] = [];
  const errors: string[] = [];
  for (const { number, bytes } of fields(Buffer.from(base64, 'base64'))) {
    if (number === 1) {
      const vertex = [...fields(bytes)];
      const text = (wanted: number): string => vertex.find((field) => field.number === wanted)?.bytes.toString('utf8') ?? '';
      const has = (wanted: number): boolean => vertex.some((field) => field.number === wanted);
      if (text(7) !== '') {
        errors.push(text(7));
      } else if (has(5) && !has(6)) {
        started.push(text(3));
      }
    } else if (number === 3) {
      for (const field of fields(bytes)) {
        if (field.number === 4) {
          output.push(...field.bytes.toString('utf8').split('\n').filter((line) => line.trim() !== ''));
        }
      }
    }
  }
  return { started, output, errors };
}
