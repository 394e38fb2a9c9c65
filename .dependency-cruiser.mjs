/**
 * The features of the server and those that each may import; every one may import platform, contract and governance (the audit log).
 * `mlflow/client` speaks to other servers: it reads and writes what they keep.
 */
const below = {
  artifacts: [],
  'mlflow/client': ['artifacts'],
  models: ['artifacts', 'python'],
  gateway: [],
  governance: [],
  trackingServer: ['mlflow/client'],
  tracking: ['models', 'artifacts', 'trackingServer', 'mlflow/client'],
  registry: ['tracking', 'models', 'artifacts', 'trackingServer', 'mlflow/client'],
  notebooks: ['tracking', 'artifacts'],
  transfer: ['registry', 'tracking', 'artifacts', 'mlflow/client'],
  releases: ['registry', 'tracking', 'models', 'artifacts'],
  deployments: ['releases', 'registry', 'tracking', 'models', 'artifacts', 'gateway'],
  alerts: [],
  fleet: [],
  prometheus: [],
  documents: [],
  retraining: ['registry', 'client'],
  lineage: ['registry', 'releases', 'monitoring'],
  promotion: ['monitoring', 'deployments', 'releases', 'registry'],
  monitoring: ['deployments', 'releases', 'registry', 'models', 'gateway'],
};
const everywhere = ['platform', 'contract', 'governance'];

const layers = Object.entries(below).map(([feature, others]) => ({
  name: `${feature.replace('/', '-')}-imports-what-is-below`,
  comment: 'Features are layers; see docs/architecture.md.',
  severity: 'error',
  from: { path: `^server/${feature}/` },
  to: { path: '^server/', pathNot: `^server/(${[...everywhere, feature, ...others].join('|')})/` },
}));

/** A part that knows the contract, what it is itself, and `others`. */
const apart = (part, others = []) => ({
  name: `${part.replace('/', '-')}-is-apart`,
  severity: 'error',
  from: { path: `^server/${part}/` },
  to: { path: '^server/', pathNot: `^server/(${[part, 'contract', ...others].join('|')})/` },
});

const vscode = '^vscode$|/@types/vscode/';

/** The sides of Slipway: extension and webview -> contract <- server. */
const sides = [
  {
    name: 'extension-imports-contract-and-client',
    severity: 'error',
    from: { path: '^extension/' },
    to: { path: '^(server|webview)/', pathNot: '^server/(contract|client)/' },
  },
  {
    name: 'webview-imports-contract',
    severity: 'error',
    from: { path: '^webview/' },
    to: { path: `^(server|extension)/|${vscode}`, pathNot: '^server/contract/' },
  },
  { name: 'server-knows-no-other-side', severity: 'error', from: { path: '^server/' }, to: { path: `^(extension|webview)/|${vscode}` } },
  {
    name: 'contract-depends-on-zod-alone',
    severity: 'error',
    from: { path: '^server/contract/' },
    to: { pathNot: '^server/contract/|^node_modules/zod/' },
  },
  {
    name: 'toolkit-is-imported-in-one-module',
    comment: 'The toolkit is archived upstream: its successor replaces it in one place.',
    severity: 'error',
    from: { pathNot: '^webview/ui/toolkit\\.ts$' },
    to: { path: '/@vscode/webview-ui-toolkit/' },
  },
];

export default {
  forbidden: [
    { name: 'no-circles', comment: 'Files that need each other are one idea, or want a third.', severity: 'error', from: {}, to: { circular: true } },
    ...sides,
    ...layers,
    apart('platform'),
    apart('client', ['platform']),
    {
      name: 'mlflow-surface-is-on-top',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/(mlflow/|features\\.ts$|reader\\.worker\\.ts$)' },
      to: { path: '^server/mlflow/', pathNot: '^server/mlflow/client/' },
    },
    { name: 'cli-is-on-top', severity: 'error', from: { path: '^server/', pathNot: '^server/cli(/|\\.ts$)' }, to: { path: '^server/cli(/|\\.ts$)' } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' } },
};
