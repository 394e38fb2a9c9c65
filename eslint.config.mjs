import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Folders that a side may not import from: dependencies point one way (extension and webview -> contract <- server). */
const boundaries = [
  {
    files: ['extension/**/*.ts'],
    patterns: [{ regex: '/server/(?!contract/|client/)|/webview/', message: 'The extension imports from server/contract and server/client only.' }],
  },
  {
    files: ['webview/**/*.{ts,tsx}'],
    patterns: [{ regex: '/server/(?!contract/)|/extension/|^vscode$', message: 'Webviews import from server/contract only.' }],
  },
  {
    files: ['server/**/*.ts'],
    patterns: [{ group: ['**/extension/**', '**/webview/**', 'vscode'], message: 'The server knows neither the extension nor the webviews.' }],
  },
  {
    files: ['server/contract/*.ts'],
    patterns: [{ group: ['../*', 'node:*', 'express', 'better-sqlite3'], message: 'The contract depends on zod alone.' }],
  },
  {
    files: ['server/contract/*/*.ts'],
    patterns: [{ group: ['../../*', 'node:*', 'express', 'better-sqlite3'], message: 'The contract depends on zod alone.' }],
  },
];

export default tseslint.config(
  { ignores: ['dist/**', '.cache/**', 'node_modules/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      globals: { ...globals.node },
      parserOptions: { projectService: { allowDefaultProject: ['*.mjs'] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      'eqeqeq': ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['extension/**/*.ts', 'server/**/*.ts', 'webview/**/*.{ts,tsx}'],
    rules: { 'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }] },
  },
  ...boundaries.map(({ files, patterns }) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } })),
  {
    files: ['webview/**/*.{ts,tsx}'],
    ignores: ['webview/ui/toolkit.ts'],
    rules: {
      'no-restricted-imports': ['error', {
        paths: [{ name: '@vscode/webview-ui-toolkit', message: 'Import controls from webview/ui/toolkit.ts.' }],
        patterns: boundaries[1].patterns,
      }],
    },
  },
  {
    files: ['test/**/*.ts', 'test/**/*.tsx'],
    rules: { '@typescript-eslint/no-floating-promises': 'off', 'no-console': 'off' },
  },
  {
    files: ['test/vscode/*-extension/*.js', 'test/setup/editor/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off', '@typescript-eslint/no-require-imports': 'off' },
  },
  { files: ['**/*.mjs'], extends: [tseslint.configs.disableTypeChecked], rules: { 'no-console': 'off', '@typescript-eslint/explicit-module-boundary-types': 'off' } },
);
