/** What the cell registers: a variable of the kernel under a name, with a few rows of a table as the example. */
export interface RegisterCell {
  readonly variable: string;
  readonly name: string;
  readonly example?: string | undefined;
  /** Source of a cell that connects the kernel to the companion. */
  readonly connect: string;
}

/** MLflow's flavor of a library where it has another name than the library's top package. */
const flavors = { torch: 'pytorch', keras: 'tensorflow', imblearn: 'sklearn' };

/** Source of a small cell that logs a variable with `mlflow` and registers it as the next version of a model. */
export function registerCellSource({ variable, name, example, connect }: RegisterCell): string {
  const input = example === undefined ? '' : `, input_example=${example}[:5]`;
  return [
    connect.replace(/^# .*\n/, () => `# Slipway: register ${variable} as ${JSON.stringify(name)}\n`),
    '',
    'import sys',
    'from importlib.metadata import packages_distributions',
    `library = type(${variable}).__module__.partition(".")[0]`,
    `flavor = getattr(mlflow, ${JSON.stringify(flavors)}.get(library, library))`,
    '# Which package each loaded module came from: they are often called otherwise.',
    'options = {"metadata": {"slipway_modules": {module: packages for module, packages in packages_distributions().items() if module in sys.modules}}}',
    'if "skops_trusted_types" in flavor.log_model.__code__.co_varnames:',
    '    import skops.io',
    '    # Kept without pickle; the types in your own model are yours to trust.',
    `    options["skops_trusted_types"] = skops.io.get_untrusted_types(data=skops.io.dumps(${variable}))`,
    `with mlflow.start_run(run_name=${JSON.stringify(name)}, nested=mlflow.active_run() is not None):`,
    `    flavor.log_model(${variable}, name=${JSON.stringify(toLoggedName(name))}${input}, registered_model_name=${JSON.stringify(name)}, **options)`,
  ].join('\n');
}

/** MLflow refuses some characters in the names of logged models. */
function toLoggedName(name: string): string {
  return name.replace(/[/:.%"']/g, '-');
}
