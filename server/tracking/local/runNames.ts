import { randomInt } from 'node:crypto';

// Words that MLflow's own names are made of too (mlflow/utils/name_utils.py), the friendly ones.
const adjectives = [
  'able', 'amazing', 'bold', 'bright', 'calm', 'capable', 'caring', 'casual', 'charming', 'classy', 'clean', 'colorful', 'dapper', 'delicate',
  'fearless', 'flawless', 'gentle', 'gifted', 'handsome', 'kindly', 'learned', 'likeable', 'luminous', 'lyrical', 'melodic', 'nimble', 'orderly',
  'peaceful', 'placid', 'polite', 'popular', 'powerful', 'rare', 'silent', 'sincere', 'skillful', 'smiling', 'stately', 'stylish', 'tasteful',
  'trusting', 'unique', 'upbeat', 'useful', 'valuable', 'wise', 'youthful',
] as const;

const nouns = [
  'ant', 'auk', 'bass', 'bear', 'bee', 'bird', 'calf', 'carp', 'cat', 'colt', 'conch', 'crab', 'crane', 'crow', 'deer', 'doe', 'dog', 'dolphin',
  'dove', 'duck', 'eel', 'elk', 'fawn', 'finch', 'fish', 'foal', 'fox', 'frog', 'goat', 'goose', 'grouse', 'gull', 'hare', 'hawk', 'hen', 'horse',
  'jay', 'kite', 'koi', 'lamb', 'lark', 'loon', 'lynx', 'mare', 'mink', 'mole', 'moose', 'moth', 'newt', 'owl', 'panda', 'penguin', 'perch',
  'quail', 'ray', 'robin', 'seal', 'sheep', 'shrike', 'sloth', 'snail', 'snipe', 'squid', 'stag', 'steed', 'stork', 'swan', 'tern', 'toad',
  'trout', 'turtle', 'vole', 'whale', 'wolf', 'wren', 'yak', 'zebra',
] as const;

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'calm';
}

/** A name such as `nimble-crane-412`, of 20 characters at most as MLflow's, for a run or a model that came without one. */
export function inventName(): string {
  return `${pick(adjectives)}-${pick(nouns)}-${randomInt(1000)}`;
}
