import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskSecrets } from '../../../server/notebooks/maskSecrets.ts';
import { mask } from '../../../server/notebooks/secretValues.ts';

/** Each line holds one secret between « and ». */
const secrets: Readonly<Record<string, readonly string[]>> = {
  'values that code assigns to secret names': [
    'password = "«hunter2»"',
    "PASSWORD='«correct horse battery»'",
    'api_key: str = "«abc»"',
    'client = OpenAI(api_key="«something»", timeout=3)',
    'os.environ["OPENAI_API_KEY"] = "«abc»"',
    "os.environ.setdefault('HF_TOKEN', '«abcdef»')",
    'os.getenv("DB_PASSWORD", "«fallback»")',
    'config = {"user": "me", "password": "«hunter2»", "port": 5432}',
    'dbPassword = "«x1»"',
    'aws_secret_access_key="«wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»"',
    'token = "«9f86d081884c7d659a2feaa0c55ad015»"',
    'key = b"«4f3aB9c1D2e8F7a6»"',
    'secret2 = """«abc»"""',
  ],
  'values of settings, commands and query strings': [
    'export WANDB_API_KEY=«abc»',
    '%env TOKEN=«hello»',
    '!curl "https://host.example/x?api_key=«k3y9f2a7»&n=1"',
    'db_password: «hunter22x»',
    'mysql --password «hunter2» db',
    'postgresql://db.example/x?user=me&password=«letmein»&n=1',
    '<a href="https://host.example/?n=1&amp;password=«letmein»&amp;x=1">x</a>',
    'Server=db;Uid=me;Pwd=«letmein»;Encrypt=yes',
    'AccountName=a;AccountKey=«dGhpc2lzYWtleTEyMzQ1Njc4OTA=»;EndpointSuffix=x',
    'AWS_SECRET_ACCESS_KEY=«wJalrXUtnFEMI7MDENGbPxRfiCYEXAMPLEKEY1»',
  ],
  'values in what notebooks show': [
    'password = \u001b[33m"«hunter2»"\u001b[39m',
    'connect(password\u001b[38;5;241m=\u001b[39m\u001b[33m"«hunter2»"\u001b[39m)',
    '{"stack": "os.environ[\\u001b[33m\\"API_KEY\\"\\u001b[39m] = \\u001b[33m\\"«hunter2»\\"\\u001b[39m"}',
    '<tr>\n  <th>OPENAI_API_KEY</th>\n  <td>«abc»</td>\n</tr>',
  ],
  'logins of headers and URLs': [
    'headers = {"Authorization": "Bearer «abc123def456»"}',
    'curl -H "Authorization: Basic «dXNlcjpwYXNzd29yZA==»"',
    'create_engine("postgresql://me:«s3cret»@db.example:5432/x")',
    'pip install git+https://«a1b2c3d4e5f6a7b8c9»@github.example/x.git',
  ],
};

const ordinary: readonly string[] = [
  'for key, value in params.items():',
  'best = max(scores, key=scores.get)',
  'df.sort_values(key="accuracy")',
  'rows.sort(key=lambda row: row["id"])',
  'primary_key = "customer_id"',
  'metric_key="validation_accuracy_2024"',
  'max_tokens = 4096',
  'tokens = tokenizer("some text")',
  'tokenizer.pad_token = tokenizer.eos_token',
  'tokenizer.mask_token = "[MASK]"',
  'pad_token="<pad>"',
  'for token in doc: print(token)',
  'token: str = next(tokens)',
  'def login(user: str, password: str) -> None:',
  'password = getpass("Password: ")',
  'api_key = os.environ["OPENAI_API_KEY"]',
  'client = Client(token=token, password=password)',
  'client = Client(api_key=settings.api_key)',
  'secret = load_secret(name)',
  'password=f"{password}"',
  'api_key = "<your key>"',
  'PASSWORD=$PASSWORD',
  'columns = ["password", "email"]',
  'df = df.drop(columns=["password_hash", "token_count"])',
  'from sklearn.linear_model import LogisticRegression',
  '# sk-learn-contrib-categorical-encoders is another package',
  'requests.get("https://example.com/data.csv?key=name")',
  'git clone ssh://git@github.com/x/y.git',
  'MLFLOW_TRACKING_URI = "http://127.0.0.1:5000"',
  'plt.plot(history["loss"], label="loss")',
  'x = 1; password=getpass()',
  '<tr><th>user</th><th>password</th></tr><tr><td>a</td><td>b</td></tr>',
  '<tr><td>token</td><td>the</td></tr>',
  'keyboard = "us"',
  'monkey = "banana12345678901"',
  'array([0.1, 0.2]), dtype=float64',
  'commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
  'Bearer authentication is described below',
  'signature = infer_signature(x, y)',
  'signature="model_signature_v12"',
  'auth="basic"',
  '<div class="key">accuracy</div>',
  'x = "mlflow-artifacts:/1/abc@champion"',
  'author = "A. Person, 1234567890123456"',
];

describe('maskSecrets', () => {
  for (const [what, lines] of Object.entries(secrets)) {
    it(`masks ${what}, and nothing around them`, () => {
      for (const line of lines) {
        const plain = line.replace(/[«»]/g, '');
        assert.equal(maskSecrets(plain), line.replace(/«[^»]*»/, mask), plain);
      }
    });
  }

  it('leaves ordinary code and output as it is', () => {
    for (const line of ordinary) {
      assert.equal(maskSecrets(line), line);
    }
    assert.equal(maskSecrets(ordinary.join('\n')), ordinary.join('\n'));
  });

  it('masks a private key as a whole, also one that was cut off', () => {
    const body = 'MIIEowIBAAKCAQEA\nabc\n';
    assert.equal(
      maskSecrets(`a\n-----BEGIN RSA PRIVATE KEY-----\n${body}-----END RSA PRIVATE KEY-----\nb`),
      `a\n-----BEGIN RSA PRIVATE KEY-----${mask}-----END RSA PRIVATE KEY-----\nb`,
    );
    assert.equal(maskSecrets(`-----BEGIN PRIVATE KEY-----\n${body}`), `-----BEGIN PRIVATE KEY-----${mask}`);
  });

  it('keeps JSON readable, with escapes inside strings', () => {
    const error = { name: 'ValueError', message: 'bad login {"password": "hunter2"} for https://me:pw1@host/', stack: "api_key = 'abc'\nline 2" };
    const masked: unknown = JSON.parse(maskSecrets(JSON.stringify(error)));
    assert.deepEqual(masked, {
      name: 'ValueError',
      message: `bad login {"password": "${mask}"} for https://me:${mask}@host/`,
      stack: `api_key = '${mask}'\nline 2`,
    });
  });

  it('changes nothing when it is applied again', () => {
    for (const line of Object.values(secrets).flat()) {
      const once = maskSecrets(line.replace(/[«»]/g, ''));
      assert.equal(maskSecrets(once), once);
    }
  });
});
