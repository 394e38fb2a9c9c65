import type { ModelVersion, RegisteredModel } from '../../server/contract/registry.ts';

/** What was typed, without the sign that aliases are shown with. */
export function cleanAlias(text: string): string {
  return text.trim().replace(/^@/, '');
}

/** Why a name cannot be an alias, or undefined; MLflow keeps `latest` and names like `v1` for itself. */
export function aliasProblem(alias: string): string | undefined {
  if (!/^[\w-]{1,255}$/.test(alias)) {
    return 'Use letters, digits, dashes and underscores, at most 255.';
  }
  if (/^(latest|v\d+)$/i.test(alias)) {
    return `"${alias}" is reserved: it reads like a version.`;
  }
  return undefined;
}

/** Usual aliases and those of the model's other versions, without those that this version has. */
export function suggestedAliases(model: RegisteredModel, version: ModelVersion): string[] {
  return [...new Set(['champion', 'challenger', ...Object.keys(model.aliases)])].filter((alias) => !version.aliases.includes(alias)).slice(0, 6);
}
