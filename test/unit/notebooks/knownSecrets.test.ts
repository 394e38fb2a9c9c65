import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskKnownSecrets } from '../../../server/notebooks/knownSecrets.ts';
import { mask } from '../../../server/notebooks/secretValues.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz';

/** Each line holds one secret between « and »; made up, in two parts where a scanner of this file would take it for a real one. */
const secrets: readonly string[] = [
  'print("«AKIAIOSFODNN7EXAMPLE»")',
  `login(«ghp_${letters}0123456789»)`,
  `git clone https://«glpat-${letters.slice(0, 20)}»/x`,
  `WebClient("«xox${'b'}-123456789012-123456789012-${letters.slice(0, 24)}»")`,
  'x = "«sk-proj-abc123DEF456ghi789jkl»"',
  'x = "«sk-ant-api03-abcdef0123456789»"',
  '«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U»',
  `HfApi("«hf_${letters}ABCDEFGH»")`,
  'dbutils("«dapi0123456789abcdef0123456789abcdef»")',
  `"«sk${'_live_'}${letters.slice(0, 24)}»"`,
  `mail("«SG.${letters.slice(0, 22)}.${letters}0123456789ABCDEFG»")`,
  `//registry.example/:_authToken=«npm_${letters}0123456789»`,
];

const ordinary: readonly string[] = [
  '# sk-learn-contrib-categorical-encoders is another package',
  'from sklearn.linear_model import LogisticRegression',
  'commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
  'model_id = "m-9f86d081884c7d659a2feaa0c55ad015"',
  'x = "mlflow-artifacts:/1/abc@champion"',
  'postgresql://me:letmein@db.example/x',
];

describe('secrets of known forms', () => {
  it('are masked, and nothing around them, each told once', async () => {
    for (const line of secrets) {
      const found: string[] = [];
      assert.equal(await maskKnownSecrets(line.replace(/[«»]/g, ''), (value) => found.push(value)), line.replace(/«[^»]*»/, mask), line);
      assert.deepEqual(found, [/«([^»]*)»/.exec(line)?.[1]]);
    }
  });

  it('are masked several in a text, also where a comment asks to leave them', async () => {
    const plain = `# secretlint-disable\n${secrets.join('\n')}`.replace(/[«»]/g, '');
    assert.equal(await maskKnownSecrets(plain), `# secretlint-disable\n${secrets.join('\n')}`.replace(/«[^»]*»/g, mask));
  });

  it('are not seen in ordinary code and output', async () => {
    assert.equal(await maskKnownSecrets(ordinary.join('\n')), ordinary.join('\n'));
  });
});
