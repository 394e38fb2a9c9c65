import { randomInt } from 'node:crypto';

const adjectives = [
  'able', 'agile', 'amber', 'bold', 'brave', 'bright', 'brisk', 'calm', 'candid', 'clever', 'coastal', 'crisp', 'curious', 'deft', 'eager',
  'early', 'fair', 'fleet', 'gentle', 'golden', 'grand', 'honest', 'humble', 'keen', 'kind', 'lively', 'lucid', 'mellow', 'mild', 'nimble',
  'noble', 'patient', 'placid', 'polite', 'proud', 'quick', 'quiet', 'rapid', 'sharp', 'silent', 'sleek', 'steady', 'sturdy', 'sunny', 'swift',
  'tidal', 'upbeat', 'vivid', 'wise', 'witty',
] as const;

const nouns = [
  'anchor', 'bay', 'beacon', 'bight', 'boat', 'bow', 'brig', 'buoy', 'canoe', 'cape', 'cliff', 'clipper', 'cove', 'crane', 'cutter', 'deck',
  'delta', 'dhow', 'dock', 'dune', 'eddy', 'ferry', 'fjord', 'gull', 'harbor', 'heron', 'hull', 'island', 'keel', 'ketch', 'lagoon', 'mast',
  'oar', 'osprey', 'otter', 'petrel', 'pier', 'quay', 'reef', 'rudder', 'sail', 'schooner', 'seal', 'sextant', 'shoal', 'skiff', 'sloop', 'tern',
  'tide', 'wharf',
] as const;

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'calm';
}

/** A name such as `brisk-heron-412` for a run or a model that came without one. */
export function inventName(): string {
  return `${pick(adjectives)}-${pick(nouns)}-${randomInt(1000)}`;
}
