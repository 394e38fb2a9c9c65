import { type Found, mask } from './secretValues.ts';

/**
 * Rules of secretlint's recommended list that are not taken: what has a password among other text (logins in URLs, connection strings, private
 * keys, Docker's file) is masked where it stands, by `maskSecrets.ts`, and a comment must not be able to switch the masking off.
 */
const leftOut = /-rule-(?:basicauth|database-connection-string|privatekey|gcp|docker|filter-comments)$/;

/** Of what follows, secretlint's list knows nothing, or only a part. */
const furtherForms: readonly RegExp[] = [
  // AWS access key ids, those of AWS's own examples too.
  /\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b/g,
  // Stripe, in quotes too; PyPI, Google.
  /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}\b/g,
  /\bpypi-[\w-]{30,500}/g,
  /\bAIza[\w-]{35}/g,
  // OpenAI's form, which others took over; a word such as "sk-learn-contrib-extras" has no digit.
  /\bsk-(?=[\w-]{0,200}\d)[\w-]{16,255}/g,
  // JSON web tokens.
  /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g,
];

type Lint = (text: string) => Promise<readonly (readonly [start: number, end: number])[]>;

let prepared: Promise<Lint> | undefined;

/** Loaded with the first text: no start waits for it. */
async function prepare(): Promise<Lint> {
  const [{ lintSource }, { rules }] = await Promise.all([import('@secretlint/core'), import('@secretlint/secretlint-rule-preset-recommend')]);
  const config: Parameters<typeof lintSource>[0]['options']['config'] = {
    rules: rules.filter(({ meta }) => !leftOut.test(meta.id)).map((rule) => ({ id: rule.meta.id, rule })),
  };
  return async (content) => {
    const { messages } = await lintSource({ source: { content, filePath: 'cell.txt', ext: '.txt', contentType: 'text' }, options: { config, noPhysicFilePath: true } });
    return messages.map(({ range }) => range);
  };
}

/**
 * A text without the keys and tokens that show by their own form: those of secretlint's list (https://github.com/secretlint/secretlint), and a
 * few more. Quotes and what else stands around them stay.
 * @param found is told of each value that was masked
 */
export async function maskKnownSecrets(text: string, found: Found = () => undefined): Promise<string> {
  const masked = (value: string): string => {
    found(value);
    return mask;
  };
  const lint = await (prepared ??= prepare());
  let result = '';
  let at = 0;
  for (const [start, end] of [...(await lint(text))].sort((a, b) => a[0] - b[0])) {
    if (start >= at) {
      result += text.slice(at, start) + masked(text.slice(start, end));
      at = end;
    }
  }
  return furtherForms.reduce((current, form) => current.replace(form, masked), result + text.slice(at));
}
