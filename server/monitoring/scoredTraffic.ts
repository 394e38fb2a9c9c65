import path from 'node:path';
import { z } from 'zod';
import { countedThresholds, type ScoredTraffic } from '../contract/monitoring.ts';
import { listSegments } from '../gateway/segments.ts';
import { linesFromEnd } from './linesFromEnd.ts';
import type { ScoresInput } from './windows/ingestMessages.ts';

/** How much of the log is read, from its end. */
const searchedBytes = 256 * 1024 * 1024;

/** What of a line of the log is needed here; the bodies are passed over. */
const scoredRecord = z.object({ at: z.number(), version: z.number().nullable(), status: z.number(), scores: z.array(z.number()).optional() });

/** Counts the scores of one version's rows in a span of time; what the log no longer has is covered by neither. */
export async function scoredTrafficOf(root: string, { endpoint, version, from, to }: ScoresInput): Promise<ScoredTraffic> {
  const counts = countedThresholds.map(() => 0);
  const found = { requests: 0, scoredRequests: 0, rows: 0 };
  let searched = 0;
  let earliest = to;
  for (const { file } of (await listSegments(path.join(root, endpoint))).reverse()) {
    for await (const line of linesFromEnd(file)) {
      searched += line.length;
      const record = readLine(line);
      // Processes of the gateway write segments of their own, so that a later line may be of an earlier time.
      if (record === undefined || record.at < from || record.at >= to) {
        continue;
      }
      earliest = Math.min(earliest, record.at);
      if (record.version === version && record.status < 300) {
        found.requests += 1;
        found.scoredRequests += record.scores === undefined ? 0 : 1;
        for (const score of record.scores ?? []) {
          found.rows += 1;
          const reached = Math.floor(score * (counts.length - 1) + 1e-9);
          counts[reached] = (counts[reached] ?? 0) + 1;
        }
      }
      if (searched > searchedBytes) {
        return { ...found, atLeast: sumsFromEnd(counts), from: earliest, to };
      }
    }
  }
  return { ...found, atLeast: sumsFromEnd(counts), from: earliest, to };
}

function readLine(line: string): z.infer<typeof scoredRecord> | undefined {
  try {
    return scoredRecord.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function sumsFromEnd(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.toReversed().map((count) => (sum += count)).toReversed();
}
